"""Configuration of the app."""

from importlib import import_module

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        # Wiring reads models, which may only be imported once all apps are loaded.
        import_module("reporting.wiring")
