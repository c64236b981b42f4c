"""Configuration of the kernel."""

from django.apps import AppConfig

from governance.audit.labels import name_values
from governance.events.registry import subscribe
from governance.masterdata.choices import Seat
from governance.people.choices import MembershipKind, Role


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        name_values("role", Role)
        name_values("kind", MembershipKind)
        name_values("seat", Seat)
        subscribe("membership.created", "governance.mail_invitation")
