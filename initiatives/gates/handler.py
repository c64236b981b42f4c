"""What a decision does to a measure: the only place where stage and overlay are written (G1)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep
from approvals.registry import Ballot, Handler, register
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Forbidden
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Role
from initiatives.choices import Overlay, Stage
from initiatives.gates.changes import apply_change
from initiatives.gates.closure import check_closing
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import SUBJECT
from initiatives.gates.routes import asks_for
from initiatives.gates.snapshot import snapshot_again
from initiatives.gates.transitions import GATES, TABLE, Position, position_refusal
from initiatives.hooks import gate_passed
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS
from initiatives.stage_models.choices import Part

# Who may sign as finance: an unanswered step comes to the head of controlling (T17), closure never.
FINANCE = {
    Part.CONTROLLER.value: {Role.CONTROLLER, Role.HEAD_OF_CONTROLLING},
    Part.CLOSING_CONTROLLER.value: {Role.CONTROLLER},
}
WITH_CONDITIONS = frozenset({"T2", "T3", "T4"})
HELD_BY_DEFAULT_DAYS = 30


def _measure(request: ApprovalRequest) -> Measure:
    rows = Measure.objects.select_related(*MEASURE_RELATIONS)
    measure: Measure = rows.get(pk=request.subject_id)
    return measure


def lock(subject_id: int) -> None:
    locked_measure(subject_id)


def snapshot_now(request: ApprovalRequest) -> str:
    return snapshot_again(_measure(request), request)


def outcomes(request: ApprovalRequest) -> frozenset[Outcome]:
    """Conditions belong to T2 to T4; closure knows none (T5, T6)."""
    found = {Outcome.GO, Outcome.SEND_BACK}
    if request.transition in WITH_CONDITIONS:
        found.add(Outcome.CONDITIONAL_GO)
    return frozenset(found)


def may_also(request: ApprovalRequest, outcome: Outcome, membership_id: int) -> bool:
    """Whether the decider of a gate holds the authority to hold (T9) or cancel (T11) too (G5)."""
    if request.transition not in GATES:
        return False
    measure = _measure(request)
    row = TABLE["T9" if outcome is Outcome.HOLD else "T11"]
    at = Position(Stage(measure.stage), Overlay(measure.overlay))
    if position_refusal(row, at) is not None:
        return False
    asks = asks_for(measure, row, amount=None, requester_id=request.requested_by_id)
    return any(ask.decider == membership_id for ask in asks)


def check(request: ApprovalRequest, step: ApprovalStep, ballot: Ballot) -> None:
    """Finance decides as finance (S11); closure as T5 demands."""
    if step.part in FINANCE and not FINANCE[step.part] & set(
        ballot.by.scope.roles_at(request.path)
    ):
        raise Forbidden("not_asked")
    if request.transition == "T5":
        check_closing(_measure(request), request, step, ballot)


def decided(request: ApprovalRequest, decision: ApprovalDecision, by: Actor) -> None:
    """Move the measure as the decision says, tell its history, freeze what the gate freezes."""
    row = locked_measure(request.subject_id)
    before = (row.stage, row.overlay)
    outcome = Outcome(decision.outcome)
    if outcome is Outcome.SEND_BACK:
        row.rework_count += 1
    row.stage, row.overlay = decision.to_state, decision.to_overlay
    if row.stage != before[0]:
        row.stage_since = Now()
    row.review_on = _review_on(row, request)
    row.touched().save()
    changes = {
        name: [old, new]
        for name, old, new in (
            ("stage", before[0], row.stage),
            ("overlay", before[1], row.overlay),
        )
        if old != new
    }
    if changes:
        _tell(row, request, changes, decision.rationale, by)
    if outcome.is_go and request.transition == "T15":
        apply_change(row, request, by=by)
    if outcome.is_go and request.transition in GATES:
        gate_passed(row.pk, request.transition, by)


def _review_on(row: Measure, request: ApprovalRequest) -> date | None:
    if row.overlay != Overlay.ON_HOLD:
        return None
    asked = request.details.get("review_on")
    if asked:
        return date.fromisoformat(asked)
    return timezone.localdate() + timedelta(days=HELD_BY_DEFAULT_DAYS)


def _tell(
    row: Measure,
    request: ApprovalRequest,
    changes: Mapping[str, list[str]],
    reason: str,
    by: Actor,
) -> None:
    named: dict[str, Any] = {**changes, "transition": [None, request.transition]}
    named["request"] = [None, str(request.public_id)]
    subject = Subject(SUBJECT, row.code, row.name)
    record(AuditAction.MEASURE_STAGE_CHANGED, subject=subject, by=by, changes=named, reason=reason)
    payload = {"code": row.code, "stage": row.stage, "overlay": row.overlay}
    publish("measure.stage_changed", key=row.code, payload=payload)


def closed(request: ApprovalRequest, by: Actor) -> None:
    """A request was withdrawn or voided; the measure stays where it is."""


def register_handler() -> None:
    register(
        SUBJECT,
        Handler(
            lock=lock,
            snapshot=snapshot_now,
            outcomes=outcomes,
            may_also=may_also,
            check=check,
            decided=decided,
            closed=closed,
        ),
    )
