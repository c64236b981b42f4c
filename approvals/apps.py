"""Configuration of the app."""

from importlib import import_module

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        import_module("approvals.wiring")
