"""Escalations: what is overdue here, and of one who was told when and what comes next (T17)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.escalations.choices import LevelOutcome
from approvals.escalations.models import Escalation
from approvals.escalations.rules import Level
from approvals.escalations.selectors import (
    Reached,
    escalation_by_id,
    levels_reached,
)
from approvals.escalations.services.running import escalation_subject
from approvals.escalations.timing import Timetable
from approvals.pages.escalation_lines import lines_of, list_columns, state_of
from approvals.pages.escalation_sources import ESCALATIONS, choose_escalations
from governance.history import history_of
from governance.tenancy.models import Tenant
from governance.ui.parts import Column, Crumb
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION, PAGE_SIZE = "escalations", 50
TONES = {
    LevelOutcome.TOLD: "green",
    LevelOutcome.ALREADY: "neutral",
    LevelOutcome.VACANT: "amber",
    LevelOutcome.LEFT: "amber",
    LevelOutcome.PASSED: "neutral",
}


@require_safe
def escalations(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What is overdue where this person looks, the longest overdue first."""
    chosen = choose_escalations(request.GET, request.actor)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(chosen.rows, order=chosen.order, cursor=cursor, limit=PAGE_SIZE)
    context = {
        "form": chosen.form,
        "active": sum(1 for name in chosen.form.fields if request.GET.get(name)),
        "page": page,
        "lines": lines_of(page.rows),
        "columns": list_columns(),
        "offers": offers(request, ESCALATIONS.name),
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
