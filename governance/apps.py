"""Configuration of the kernel."""

from importlib import import_module

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        import_module("governance.wiring")
