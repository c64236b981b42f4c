"""Configuration of the kernel."""

from django.apps import AppConfig

from governance.events.registry import subscribe


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        subscribe("membership.created", "governance.mail_invitation")
