"""The decisions of a measure: every request with its votes; attesting a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_stubs_ext import StrOrPromise

from approvals.choices import ConditionState, Outcome, ReasonCode, RequestState
from approvals.models import (
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
)
from approvals.selectors import (
    conditions_of,
    decisions_of,
    last_decided,
    requests_about,
    steps_of,
    votes_of,
)
from approvals.services.conditions import accept_refusal
from approvals.sod import SegregationOfDuties
from governance.errors import Forbidden
from governance.web.forms import refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay
from initiatives.gates.attesting import attest_refusal, attested_line, criterion_attest
from initiatives.gates.position import SUBJECT
from initiatives.gates.readiness import criterion_label
from initiatives.models import Measure
from initiatives.pages.frame import (
    Action,
    measure_crumbs,
    measure_frame,
    measure_url,
    request_url,
    stage_label,
)
from initiatives.pages.gate_forms import NoteForm
from initiatives.pages.gate_panels import attest_reason, transition_label
from initiatives.pages.measure_forms import LABELS
from initiatives.selectors import measure_by_code
from initiatives.stage_models.choices import Part

NEWEST_FIRST = Order("id", "id", is_descending=True)
ON_A_PAGE, SHORT_HASH = 20, 12
STATE_TONES = {
    RequestState.OPEN: "blue",
    RequestState.DECIDED: "neutral",
    RequestState.WITHDRAWN: "neutral",
    RequestState.VOIDED: "amber",
}
OUTCOME_TONES = {
    Outcome.GO: "green",
    Outcome.CONDITIONAL_GO: "green",
    Outcome.SEND_BACK: "amber",
    Outcome.HOLD: "amber",
    Outcome.CANCEL: "red",
}
OWNER_NEVER = gettext_lazy("A condition is never accepted by its own owner (T6).")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request and what was said in it."""

    part: str
    who: str
    votes: Sequence[ApprovalVote]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, with the way to accept it where it is open."""

    row: ApprovalCondition
    accept: Action | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a change request."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One request as the tab shows it."""

    row: ApprovalRequest
    label: str
    url: str
    state_tone: str
    reason: str
    hash: str
    lands: str
    outcome_tone: str
    decision: ApprovalDecision | None
    steps: list[Step]
    conditions: list[Condition]
    changes: list[Change]
    withdraw: str
    note: str


@require_safe
def decisions(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Every request about a measure, newest first."""
    measure = measure_by_code(code, by=request.actor)
    context = measure_frame(request, measure, "initiatives:measure-decisions")
    cursor = request.GET.get("cursor", "")
    rows = requests_about(SUBJECT, measure.pk).order_by()
    page = keyset_page(rows, order=NEWEST_FIRST, cursor=cursor, limit=ON_A_PAGE)
    context |= {"page": page, "told": _told(request, measure, page.rows)}
    return page_or_region(request, "initiatives/measure_decisions.html", context, region="panel")


def _told(request: TenantRequest, measure: Measure, rows: Sequence[ApprovalRequest]) -> list[Told]:
    steps, votes = steps_of(rows), votes_of(rows)
    ends, conditions = decisions_of(rows), conditions_of(rows)
    reopened = _reopened(measure)
    return [
        Told(
            row=row,
            label=transition_label(measure, row),
            url=request_url(row.public_id, request.tenant),
            state_tone=STATE_TONES[row.known_state],
            reason=str(ReasonCode(row.reason_code).label) if row.reason_code else "",
            hash=row.snapshot_hash[:SHORT_HASH],
            lands=_lands(measure, ends.get(row.pk)),
            outcome_tone=OUTCOME_TONES[Outcome(ends[row.pk].outcome)] if row.pk in ends else "",
            decision=ends.get(row.pk),
            steps=[_step(step, votes[row.pk]) for step in steps[row.pk]],
            conditions=[
                _condition(request, condition, votes[row.pk]) for condition in conditions[row.pk]
            ],
            changes=_changes(row),
            withdraw=_withdraw_url(request, row),
            note=_note(row, ends.get(row.pk), reopened),
        )
        for row in rows
    ]


def _lands(measure: Measure, decision: ApprovalDecision | None) -> str:
    """Where the measure stood after it."""
    if decision is None:
        return ""
    stage = stage_label(measure, decision.to_state)
    overlay = Overlay(decision.to_overlay)
    return stage if overlay is Overlay.ACTIVE else f"{stage}, {overlay.label}"


def _step(step: ApprovalStep, votes: Sequence[ApprovalVote]) -> Step:
    who = step.decider.name if step.decider else step.forum.name if step.forum else ""
    part = str(Part(step.part).label)
    return Step(part, who, [vote for vote in votes if vote.step_id == step.pk])


def _condition(
    request: TenantRequest, row: ApprovalCondition, votes: Sequence[ApprovalVote]
) -> Condition:
    if row.state != ConditionState.OPEN:
        return Condition(row, None)
    label = _("Accept as met")
    if code := accept_refusal(row, request.actor.membership_id, votes):
        return Condition(row, Action(label, reason=str(_accept_reason(code))))
    url = reverse("initiatives:condition-accept", args=[request.tenant.slug, row.public_id])
    return Condition(row, Action(label, url, "check", dialog=True))


def _accept_reason(code: str) -> StrOrPromise:
    return OWNER_NEVER if code == "S1" else TEXTS[code]


def _changes(row: ApprovalRequest) -> list[Change]:
    fields = row.details.get("fields") or {}
    return [
        Change(str(LABELS.get(name, name)), change["before"] or "", change["after"] or "")
        for name, change in fields.items()
    ]


def _withdraw_url(request: TenantRequest, row: ApprovalRequest) -> str:
    """Only whoever asked takes a request back, while it is open (T14)."""
    me = request.actor.membership_id
    if row.known_state is not RequestState.OPEN or me is None or row.requested_by_id != me:
        return ""
    return reverse("initiatives:gate-request-withdraw", args=[request.tenant.slug, row.public_id])


def _reopened(measure: Measure) -> int:
    """The number of the latest request that reopened this measure; 0 where none did."""
    row = last_decided(SUBJECT, measure.pk, ["T13"])
    if row is None or not Outcome(decisions_of([row])[row.pk].outcome).is_go:
        return 0
    return int(row.pk)


def _note(row: ApprovalRequest, decision: ApprovalDecision | None, reopened: int) -> str:
    """What came of it besides its outcome."""
    if row.known_state is RequestState.VOIDED:
        return _("Void, nothing was decided: %(note)s") % {"note": row.close_note}
    if decision is None:
        return row.close_note
    if decision.outcome == Outcome.SEND_BACK:
        return _("The measure stayed where it was, and its rework counter rose.")
    if row.transition == "T5" and Outcome(decision.outcome).is_go and reopened > row.pk:
        return _(
            "The measure was reopened later: this sign-off stays on record, the amount it "
            "confirmed is void (F9)."
        )
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
def attest(request: TenantRequest, tenant_slug: str, code: str, criterion: str) -> HttpResponse:
    """Vouch for a criterion of the next gate as the measure stands (G4)."""
    measure = measure_by_code(code, by=request.actor)
    _gate, line = attested_line(measure, criterion)
    reason = attest_refusal(measure, line, request.actor)
    if reason in {"S1", "S7"}:
        raise SegregationOfDuties(reason)
    if reason:
        raise Forbidden(reason, attest_reason(reason, line.role))
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            note = form.cleaned_data["note"]
            criterion_attest(measure=measure, name=criterion, note=note, by=request.actor)
            messages.success(request, _("You have attested it."))
            return redirect(f"{measure_url(measure, request.tenant)}#next-gate")
    title = _("Attest: «%(what)s»") % {"what": criterion_label(line)}
    text = _("You vouch for it as the measure stands now; an edit of what is judged undoes it.")
    return _confirm(request, measure, form, _Question(title, text, _("Attest")))


@dataclass(frozen=True, slots=True)
class _Question:
    title: str
    text: str
    label: str


def _tab(request: TenantRequest, measure: Measure) -> str:
    return measure_url(measure, request.tenant, "measure-decisions")


def _confirm(
    request: TenantRequest, measure: Measure, form: Any, question: _Question
) -> HttpResponse:
    context = {
        "form": form,
        "measure": measure,
        "question": question,
        "breadcrumbs": measure_crumbs(measure, question.label, request=request),
        "url": _tab(request, measure),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "initiatives/gate_question.html", context, status=status)
