"""The words of decisions in histories, what escalates of them, and how people are told of it."""

from django.utils.translation import gettext_lazy as _

from approvals.choices import ConditionState, Outcome, ReasonCode, RequestState
from approvals.escalations import registry as escalations
from approvals.escalations.choices import EndReason, LevelOutcome, Tier
from approvals.escalations.notices import KINDS
from approvals.escalations.services.policies import POLICIES
from approvals.exceptions import registry
from approvals.exceptions.choices import (
    Category,
    ExceptionOutcome,
    ExceptionSource,
)
from approvals.exceptions.choices import (
    Tier as ExceptionTier,
)
from approvals.exceptions.finding import KIND as FOUND
from approvals.exceptions.nodes import LEVELS, NODES
from approvals.exceptions.notices import register_kinds
from approvals.exceptions.overdue import SOURCES as OVERDUE_EXCEPTIONS
from approvals.exceptions.pages.sources import EXCEPTIONS
from approvals.exceptions.services.watching import clocks_answered
from approvals.exceptions.work import WORK
from approvals.overdue import SOURCES
from approvals.pages.escalation_sources import ESCALATIONS
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.notifications.proposals import register_setting
from governance.notifications.registry import register_kind
from governance.people.choices import Permission
from governance.search.registry import register_finds
from governance.web import lists
from governance.web.navigation import Entry, register
from governance.work.registry import register_work


class _Tiers:
    """Tiers as histories keep them: as texts."""

    choices = [(str(tier.value), tier.label) for tier in ExceptionTier]


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
for source in (*SOURCES, *OVERDUE_EXCEPTIONS):
    escalations.register(source)
for kind in KINDS:
    register_kind(kind)
register_setting(POLICIES, "escalation-policies/versions/%(number)s/")
name_values("outcome", ExceptionOutcome)
name_values("source", ExceptionSource)
name_values("category", Category)
name_values("exception_tier", _Tiers())
register_kinds()
for listed in (EXCEPTIONS, ESCALATIONS):
    lists.register(listed)
register(Entry(_("Exceptions"), "approvals:exceptions", "alert-circle", _("Overview"), 17))
register_work(WORK)
register_finds(FOUND)
for level in LEVELS:
    registry.register(level.word, NODES)
registry.register_gone(ExceptionSource.LAPSED_CLOCK, clocks_answered)
name_tasks(
    {
        "approvals.run_escalations": _("Escalate what is overdue"),
        "approvals.watch_exceptions": _("Move unanswered exceptions up and note what eased"),
    }
)
