"""Configuration of the app."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
