"""The plan tab of a measure: how far it is, its milestones in time, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.templatetags.ui import day
from governance.ui.parts import Column
from governance.web.refusals import TEXTS
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.documents.models import DocumentVersion
from initiatives.documents.selectors import upload_refusal
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import implementation
from initiatives.milestones.selectors import (
    accept_refusal,
    change_refusal,
    done_refusal,
    evidence_of,
    frozen_refusal,
    is_acceptor,
    milestones_of,
    plan_refusal,
    return_refusal,
)
from initiatives.models import Measure
from initiatives.pages.frame import Action, measure_frame, measure_url
from initiatives.selectors import measure_by_code

FULL = 1000
PER_CENT = 100
TONES = {
    MilestoneState.PLANNED: "neutral",
    MilestoneState.DONE: "amber",
    MilestoneState.ACCEPTED: "green",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One day on the time line: what it is, and where, in per cent of the width."""

    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One milestone on the time line; `words` says the same to those who do not see it."""

    milestone: Milestone
    marks: list[Mark]
    words: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One document that counts as evidence, and where its bytes are."""

    version: DocumentVersion
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One milestone of the table."""

    milestone: Milestone
    tone: str
    proofs: list[Proof]
    actions: list[Action]


@require_safe
def plan(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The milestones of a measure (D1): a bar, a time line, a table."""
    measure = measure_by_code(code, by=request.actor)
    context = measure_frame(request, measure, "initiatives:measure-plan")
    milestones = list(milestones_of(measure))
    for row in milestones:
        row.measure = measure
    evidence = evidence_of(milestones)
    share = implementation((row.weight, row.accepted_at is not None) for row in milestones)
    context |= {
        "share": share,
        "percent": _percent(share),
        "is_frozen": frozen_refusal(measure) is not None,
        "lanes": lanes(milestones, timezone.localdate()),
        "today": timezone.localdate(),
        "rows": [_row(row, evidence.get(row.pk, []), request) for row in milestones],
        "columns": _columns(),
        "add": _add_action(measure, request),
    }
    return page_or_region(request, "initiatives/measure_plan.html", context, region="panel")


def _percent(share: Decimal | None) -> int:
    return int(share * PER_CENT) if share is not None else 0


def _columns() -> list[Column]:
    return [
        Column("title", _("Milestone")),
        Column("weight", _("Weight"), numeric=True),
        Column("plan", _("Planned")),
        Column("forecast", _("Expected")),
        Column("actual", _("Done")),
        Column("acceptor", _("Accepted by")),
        Column("state", _("State")),
        Column("evidence", _("Evidence")),
    ]


def lanes(milestones: Sequence[Milestone], today: date) -> list[Lane]:
    """Every milestone that has a day, on one scale that holds today, too."""
    dated = [(row, _days_of(row)) for row in milestones]
    all_days = [at for _milestone, days in dated for at in days.values()]
    if not all_days:
        return []
    first, last = min(*all_days, today), max(*all_days, today)
    now = Mark("today", _place(today, first, last))
    return [
        Lane(row, [now, *(Mark(kind, _place(at, first, last)) for kind, at in days.items())], words)
        for row, days in dated
        if (words := _words(row))
    ]


def _days_of(row: Milestone) -> dict[str, date]:
    days = {"plan": row.plan_on, "forecast": row.forecast_on, "actual": row.actual_on}
    return {kind: at for kind, at in days.items() if at is not None}


def _place(at: date, first: date, last: date) -> str:
    """Between 2 and 98 per cent, so that no mark is cut off; the same text in every language."""
    span = max((last - first).days, 1)
    thousandth = 20 + (at - first).days * (FULL - 40) // span
    return f"{thousandth // 10}.{thousandth % 10}%"


def _words(row: Milestone) -> str:
    said = {
        _("planned %(day)s"): row.plan_on,
        _("expected %(day)s"): row.forecast_on,
        _("done %(day)s"): row.actual_on,
    }
    return ", ".join(text % {"day": day(at)} for text, at in said.items() if at is not None)


def _row(row: Milestone, evidence: list[DocumentVersion], request: TenantRequest) -> Row:
    proofs = [
        Proof(
            version,
            reverse(
                "initiatives:document-content",
                args=[request.tenant.slug, version.document.public_id],
            ),
        )
        for version in evidence
    ]
    return Row(row, TONES[row.state], proofs, _actions(row, request, has_evidence=bool(proofs)))


def _actions(row: Milestone, request: TenantRequest, *, has_evidence: bool) -> list[Action]:
    """What this person can do with a milestone; what is theirs and not possible now says why."""
    by, found = request.actor, []
    if is_acceptor(row, by) and row.state is not MilestoneState.ACCEPTED:
        refusal = accept_refusal(row, by, has_evidence=has_evidence)
        found.append(_action(row, request, "accept", _("Accept"), refusal))
        if not return_refusal(row, by):
            found.append(_action(row, request, "return", _("Give back"), None))
    if change_refusal(row, by) == "milestone_not_yours" or row.state is MilestoneState.ACCEPTED:
        return found
    if row.state is MilestoneState.PLANNED:
        found.append(_action(row, request, "done", _("Done"), done_refusal(row, by)))
    if not upload_refusal(row.measure, by):
        new = measure_url(row.measure, request.tenant, "document-new")
        found.append(Action(_("Add evidence"), f"{new}?milestone={row.public_id}", "paperclip"))
    if row.state is MilestoneState.PLANNED:
        found.append(_action(row, request, "edit", _("Change"), change_refusal(row, by)))
        if not plan_refusal(row.measure, by):
            found.append(_action(row, request, "delete", _("Remove"), None))
    return found


ICONS: dict[str, str] = {
    "accept": "circle-check",
    "return": "arrow-back-up",
    "done": "check",
    "edit": "pencil",
    "delete": "trash",
}


def _action(
    row: Milestone, request: TenantRequest, page: str, label: str, refusal: str | None
) -> Action:
    if refusal is not None:
        return Action(label, reason=str(TEXTS[refusal]))
    url = reverse(f"initiatives:milestone-{page}", args=[request.tenant.slug, row.public_id])
    return Action(label, url, ICONS[page], dialog=page != "edit")


def _add_action(measure: Measure, request: TenantRequest) -> Action:
    """The way to a new milestone; shown refused to those who plan none here, or once frozen."""
    label = _("Add a milestone")
    if reason := plan_refusal(measure, request.actor):
        return Action(label, reason=str(TEXTS[reason]))
    return Action(label, measure_url(measure, request.tenant, "milestone-new"), "plus")
