"""The words of decisions in histories, what escalates of them, and how people are told of it."""

from django.utils.translation import gettext_lazy as _

from approvals.choices import ConditionState, Outcome, ReasonCode, RequestState
from approvals.escalations import registry as escalations
from approvals.escalations.choices import EndReason, LevelOutcome, Tier
from approvals.escalations.notices import KINDS
from approvals.overdue import SOURCES
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.notifications.registry import register_kind
from governance.people.choices import Permission
from governance.web.navigation import Entry, register

name_values("outcome", Outcome)
name_values("outcome", LevelOutcome)
name_values("reason_code", ReasonCode)
name_values("end_reason", EndReason)
name_values("tier", Tier)
name_values("state", RequestState)
name_values("state", ConditionState)
register(Entry(_("Escalations"), "approvals:escalations", "trending-up", _("Overview"), 28))
register(
    Entry(
        _("Escalation policies"),
        "approvals:escalation-policies",
        "trending-up",
        _("Set-up"),
        818,
        Permission.PEOPLE_VIEW,
    )
)
for source in SOURCES:
    escalations.register(source)
for kind in KINDS:
    register_kind(kind)
name_tasks({"approvals.run_escalations": _("Escalate what is overdue")})
