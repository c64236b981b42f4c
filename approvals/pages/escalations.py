"""Escalations: what is overdue here, and of one who was told when and what comes next (T17)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from approvals.clock import Clocks
from approvals.escalations.choices import EndReason, LevelOutcome
from approvals.escalations.models import Escalation
from approvals.escalations.registry import source_label, sources
from approvals.escalations.rules import Level
from approvals.escalations.selectors import (
    EscalationFilters,
    Reached,
    escalation_by_id,
    escalation_list,
    levels_reached,
)
from approvals.escalations.services.running import escalation_subject
from approvals.escalations.timing import Timetable
from governance.errors import NotVisible
from governance.history import history_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.ui.parts import Column, Crumb
from governance.web.pages import Order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION, PAGE_SIZE, MOST_LEVELS = "escalations", 50, 6
LONGEST_FIRST = Order("due", "due_at")
OPEN, OVER, ALL = "open", "over", "all"
TONES = {
    LevelOutcome.TOLD: "green",
    LevelOutcome.ALREADY: "neutral",
    LevelOutcome.VACANT: "amber",
    LevelOutcome.LEFT: "amber",
    LevelOutcome.PASSED: "neutral",
}


class EscalationFilterForm(forms.Form):
    """What the list is narrowed by; read from the address."""

    source = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    level = forms.TypedChoiceField(
        label=gettext_lazy("Escalation level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("All levels")), *((n, str(n)) for n in range(MOST_LEVELS + 1))],
    )
    age = forms.TypedChoiceField(
        label=gettext_lazy("Overdue for"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", gettext_lazy("Any time")),
            (7, gettext_lazy("a week or longer")),
            (30, gettext_lazy("a month or longer")),
            (90, gettext_lazy("a quarter or longer")),
        ],
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Shown"),
        required=False,
        choices=[
            ("", gettext_lazy("Still open")),
            (OVER, gettext_lazy("Over")),
            (ALL, gettext_lazy("Open and over")),
        ],
    )
    told = forms.ChoiceField(
        label=gettext_lazy("Told"),
        required=False,
        choices=[("", gettext_lazy("Anybody")), ("me", gettext_lazy("Me"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(source.code, source.label) for source in sources()]
        field = self.fields["source"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All kinds")), *named]

    def filters(self, by: Actor, now: datetime) -> EscalationFilters:
        """As the list takes it; what cannot be read narrows nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        shown, age = data.get("shown") or OPEN, data.get("age")
        return EscalationFilters(
            source=data.get("source", ""),
            level=data.get("level"),
            is_open=None if shown == ALL else shown == OPEN,
            due_before=None if age is None else now - timedelta(days=age),
            told=by.membership_id if data.get("told") else None,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One escalation in a list: how long it is overdue, and the last level it reached."""

    row: Escalation
    kind: str
    days: int
    last: Reached | None
    state: str
    tone: str


def lines_of(rows: list[Escalation]) -> list[Line]:
    """Escalations as lists show them; two queries, and two for each calendar."""
    reached, now, clocks = levels_reached(rows), timezone.now(), Clocks()
    return [
        Line(
            row,
            str(source_label(row.source)),
            max(0, -clocks.of(row.calendar_number).days_left(row.due_at, row.ended_at or now)),
            reached[row.pk][-1] if reached[row.pk] else None,
            *state_of(row),
        )
        for row in rows
    ]


def state_of(row: Escalation) -> tuple[str, str]:
    """Where an escalation stands, in words and as a tone."""
    if row.ended_at is not None:
        return str(EndReason(row.end_reason).label), "neutral"
    if row.stopped_at is not None:
        return _("on hold"), "blue"
    return _("open"), "amber" if row.level < 3 else "red"  # noqa: PLR2004  # beyond the line's leads


def list_columns() -> list[Column]:
    return [
        Column("what", _("What")),
        Column("owes", _("Who owes it")),
        Column("due", _("Due")),
        Column("level", _("Escalation level")),
        Column("state", _("State")),
    ]


@require_safe
def escalations(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What is overdue where this person looks, the longest overdue first."""
    by = request.actor
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    form = EscalationFilterForm(request.GET)
    filters = form.filters(by, timezone.now())
    page = keyset_page(
        escalation_list(filters, by=by),
        order=LONGEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "form": form,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "page": page,
        "lines": lines_of(page.rows),
        "columns": list_columns(),
    }
    return page_or_region(request, "approvals/escalations.html", context, region=REGION)


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a chain on the page of an escalation: reached, or still to come."""

    number: int
    tier: str
    after_days: int
    reached: Reached | None
    outcome: str
    tone: str
    due_at: datetime | None


@require_safe
def escalation(request: TenantRequest, tenant_slug: str, escalation_id: UUID) -> HttpResponse:
    """One escalation: what is owed by whom, who was told when, what comes next, its history."""
    row = escalation_by_id(escalation_id, by=request.actor)
    subject = escalation_subject(row)
    state, tone = state_of(row)
    context = {
        "row": row,
        "line": lines_of([row])[0],
        "state": state,
        "tone": tone,
        "link": link_of(row, request.tenant),
        "rungs": rungs_of(row),
        "columns": [
            Column("number", _("Escalation level"), numeric=True),
            Column("tier", _("Part")),
            Column("when", _("When")),
            Column("who", _("Told")),
        ],
        "history": history_of(subject.type, subject.key, request.GET.get("history_cursor", "")),
        "breadcrumbs": [
            Crumb(_("Escalations"), reverse("approvals:escalations", args=[tenant_slug])),
            Crumb(f"{row.subject_code} {row.label}"),
        ],
    }
    return render(request, "approvals/escalation.html", context)


def link_of(row: Escalation, tenant: Tenant) -> str:
    """The page of what is owed."""
    return reverse("tenant-home", args=[tenant.slug]) + row.link


def rungs_of(row: Escalation) -> list[Rung]:
    """The whole chain by the policy it began under."""
    times = Timetable()
    reached = {one.number: one for one in levels_reached([row])[row.pk]}
    return [_rung(row, level, reached.get(level.number), times) for level in times.levels(row)]


def _rung(row: Escalation, level: Level, reached: Reached | None, times: Timetable) -> Rung:
    outcome = reached.outcome if reached else None
    waits = reached is None and row.is_open and row.stopped_at is None
    return Rung(
        level.number,
        str(level.tier.label),
        level.after_days,
        reached,
        str(outcome.label) if outcome else "",
        TONES[outcome] if outcome else "",
        times.moment(row, level) if waits else None,
    )
