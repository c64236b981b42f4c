"""Exceptions as lists show them: one line each, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.clock import Clocks
from approvals.exceptions.choices import ExceptionState, Tier
from approvals.exceptions.labels import clock_words, headline
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import kind_of
from approvals.exceptions.selectors import subject_names
from governance.tenancy.models import Tenant
from governance.ui.parts import Column

STATE_TONES = {
    ExceptionState.OPEN: "amber",
    ExceptionState.ASSIGNED: "blue",
    ExceptionState.DECISION_REQUESTED: "primary",
    ExceptionState.DECIDED: "blue",
    ExceptionState.VERIFIED: "green",
    ExceptionState.CLOSED: "neutral",
}
TIER_TONES = {Tier.LOCAL: "neutral", Tier.CROSS_FUNCTIONAL: "amber", Tier.COMMITTEE: "red"}


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """One exception of a list."""

    row: GovernanceException
    title: str
    url: str
    about: str
    about_url: str
    tier_tone: str
    state_tone: str
    clock: str
    is_overdue: bool


def exception_lines(rows: Sequence[GovernanceException], tenant: Tenant) -> list[ExceptionLine]:
    """Lines with what their subjects are called and how their clocks stand."""
    names, now = subject_names(rows), timezone.now()
    clocks = Clocks().read(row.calendar_number for row in rows)
    return [
        ExceptionLine(
            row=row,
            title=headline(row.source, row.title),
            url=exception_url(row, tenant),
            about=names.get((row.subject_type, row.subject_id), row.subject_code),
            about_url=about_url(row, tenant),
            tier_tone=TIER_TONES[row.known_tier],
            state_tone=STATE_TONES[row.known_state],
            clock=clock_words(row, now, clocks.of(row.calendar_number)),
            is_overdue=row.known_state.is_unanswered and row.due_at < now,
        )
        for row in rows
    ]


def exception_url(row: GovernanceException, tenant: Tenant, page: str = "exception") -> str:
    """A page of an exception."""
    return reverse(f"approvals:{page}", args=[tenant.slug, row.code])


def about_url(row: GovernanceException, tenant: Tenant) -> str:
    """The page of what an exception is about."""
    return kind_of(row.subject_type).url(row.subject_code, row.place, tenant.slug)


def exception_columns(*, with_about: bool = True) -> list[Column]:
    """The columns of `approvals/_exception_table.html`."""
    about = [Column("about", _("Concerns"))] if with_about else []
    return [
        Column("exception", _("Exception")),
        *about,
        Column("tier", _("Tier")),
        Column("amount", _("Money at stake"), numeric=True),
        Column("owner", _("Owner")),
        Column("state", _("State")),
        Column("clock", _("Clock")),
    ]
