"""Asking for a move of a measure: gates (T2 to T5), T8 to T13, and change requests (T15)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.models import ApprovalRequest
from approvals.selectors import last_decided, open_request
from approvals.services.requests import request_submit, request_void
from approvals.sod import SegregationOfDuties
from governance.errors import Conflict, DomainError, Forbidden, Invalid, Refused
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import Overlay, Stage
from initiatives.gates.asking import Asking, reason_faults
from initiatives.gates.bars import bars_for
from initiatives.gates.closure import closing_details
from initiatives.gates.drafting import request_draft
from initiatives.gates.facts import route_amount
from initiatives.gates.hands import hands_on, may_ask
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import SUBJECT, position_of
from initiatives.gates.readiness import Readiness, readiness_of
from initiatives.gates.routes import asks_for
from initiatives.gates.snapshot import snapshot_of
from initiatives.gates.transitions import (
    BY_WORD,
    GATES,
    TABLE,
    Position,
    Transition,
    after,
    position_refusal,
)
from initiatives.models import Measure
from initiatives.stage_models.choices import Track


class NotReady(DomainError):
    """422 `not_ready`: the criteria that are not met, each with what is missing."""

    def __init__(self, readiness: Readiness) -> None:
        missing = {item.name: [item.missing] for item in readiness.active if not item.is_met}
        super().__init__("not_ready", errors=missing)


@dataclass(frozen=True, slots=True)
class _Move:
    """A locked measure about to be asked about, where it stands, and whither."""

    measure: Measure
    transition: Transition
    at: Position


@transaction.atomic
def gate_request(
    *, measure: Measure, to_stage: Stage, asking: Asking, by: Actor
) -> ApprovalRequest:
    """Ask for the next gate of a measure; what it judges is snapshotted and hashed (G3).

    Raises `Forbidden("may_not_request")`, `Conflict("request_open")` (G2), `Refused("wrong_stage")`
    for anything but the next stage (G1), `NotReady` with what is missing.
    """
    by.require(Permission.TREE_VIEW, measure.path)
    row = locked_measure(measure.pk)
    gate = row.stage_model.read.next_gate(Stage(row.stage), Track(row.track))
    _refuse_stranger(row, _gates_from(row), by)
    by.require_writing()
    at = position_of(row)
    if gate is None:
        raise Conflict("measure_closed")
    transition = TABLE[gate.transition]
    if reason := position_refusal(transition, at):
        raise _position_error(reason)
    if gate.target is not to_stage:
        raise Refused("wrong_stage")
    readiness = readiness_of(row, requester_id=by.membership_id)
    if readiness is None or not readiness.is_ready:
        raise NotReady(readiness) if readiness else Conflict("measure_closed")
    details = {"criteria": _met(readiness)}
    if gate.transition == "T5":
        details |= closing_details(row, asking)
    return _submit(_Move(row, transition, at), asking, by, details=details, ready=readiness)


@transaction.atomic
def move_request(*, measure: Measure, word: str, asking: Asking, by: Actor) -> ApprovalRequest:
    """Ask to hold, resume, cancel, reinstate, step down or reopen a measure (T8 to T13).

    `word` is the transition's word in addresses. Hold and cancel void an open request (G2).
    Raises `Forbidden("may_not_request")`, `Conflict` by position, `Invalid` by field.
    """
    transition = BY_WORD[word]
    by.require(Permission.TREE_VIEW, measure.path)
    row = locked_measure(measure.pk)
    _refuse_stranger(row, [transition], by)
    by.require_writing()
    at = position_of(row)
    if reason := position_refusal(transition, at):
        raise _position_error(reason)
    details = _said(row, transition, asking)
    if transition.overtakes and (standing := open_request(SUBJECT, row.pk)):
        request_void(request=standing, note=str(transition.label), by=by)
    return _submit(_Move(row, transition, at), asking, by, details=details)


def _met(readiness: Readiness) -> list[dict[str, str]]:
    """What was met at submission, and who vouched for it: kept with the request."""
    return [
        {"name": item.name, "label": item.label, "attested_by": item.attested_by}
        for item in readiness.active
    ]


def _gates_from(row: Measure) -> list[Transition]:
    gate = row.stage_model.read.next_gate(Stage(row.stage), Track(row.track))
    return [TABLE[gate.transition]] if gate else [TABLE["T5"]]


def _refuse_stranger(row: Measure, transitions: list[Transition], by: Actor) -> None:
    hands = hands_on(row, by)
    if not any(may_ask(transition, hands) for transition in transitions):
        raise Forbidden("may_not_request")
    if by.membership_id is None:
        raise SegregationOfDuties("S6") if by.via == "page" else Forbidden("may_not_request")


def _position_error(reason: str) -> DomainError:
    return Refused(reason) if reason == "wrong_stage" else Conflict(reason)


def _said(row: Measure, transition: Transition, asking: Asking) -> dict[str, Any]:
    """Reason code, text and review date, as the transition demands them; raises `Invalid`."""
    errors = reason_faults(transition, asking)
    details: dict[str, Any] = dict(asking.details)
    if transition.needs_review:
        today = timezone.localdate()
        latest = today + timedelta(days=row.stage_model.read.limits.hold_days)
        if asking.review_on is None:
            errors["review_on"] = [_("Say when the hold is looked at again.")]
        elif not today < asking.review_on <= latest:
            text = _("A day after today, until %(latest)s at the latest (T9).")
            errors["review_on"] = [text % {"latest": latest.isoformat()}]
        else:
            details["review_on"] = asking.review_on.isoformat()
    if errors:
        raise Invalid(errors)
    return details


def _submit(
    move: _Move,
    asking: Asking,
    by: Actor,
    *,
    details: dict[str, Any],
    ready: Readiness | None = None,
) -> ApprovalRequest:
    row, transition = move.measure, move.transition
    bars = list(ready.bars) if ready else bars_for(row, transition.code)
    amount = ready.amount if ready else route_amount(row)
    asks = asks_for(row, transition, amount=amount, requester_id=by.membership_id, bars=bars)
    draft = request_draft(
        row,
        transition.code,
        to=_lands(move),
        snapshot=snapshot_of(row, transition.code),
        asking=replace(asking, details=details),
        amount=amount,
    )
    return request_submit(draft=draft, asks=asks, bars=bars, by=by)


def _lands(move: _Move) -> tuple[Stage, Overlay]:
    """Where the move ends; after a long time cancelled, a measure re-passes its last gate (T12)."""
    row, at = move.measure, move.at
    stage, overlay = after(move.transition, at)
    if move.transition.code != "T12":
        return stage, overlay
    cancelled = last_decided(SUBJECT, row.pk, ["T11", *GATES])
    limit = timedelta(days=row.stage_model.read.limits.reinstate_days)
    is_long_ago = (
        cancelled is not None
        and cancelled.closed_at is not None
        and timezone.now() - cancelled.closed_at > limit
    )
    if not is_long_ago or stage not in at.ladder or at.ladder.index(stage) == 0:
        return stage, overlay
    return at.ladder[at.ladder.index(stage) - 1], overlay
