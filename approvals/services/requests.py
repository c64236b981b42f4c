"""Submitting a request with its route, withdrawing and voiding it (G2, G3, T14)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from approvals.choices import RequestState, StepMode, StepState
from approvals.clock import Clock
from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep
from approvals.registry import handler_of
from approvals.rules import Ask, Barred, next_position
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.selectors import current_calendar
from governance.errors import Conflict, Forbidden, NotVisible, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.models import Node


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What is asked: the subject, the transition, and the snapshot (canonical JSON)."""

    subject_type: str
    subject_id: int
    subject_code: str
    place: Node
    transition: str
    from_state: str
    to_state: str
    from_overlay: str
    to_overlay: str
    snapshot: str
    policy: str
    comment: str = ""
    reason_code: str = ""
    amount: Decimal | None = None
    details: dict[str, Any] = field(default_factory=dict)


def snapshot_hash(snapshot: str) -> str:
    """SHA-256 of the canonical JSON, in hex (G3)."""
    return hashlib.sha256(snapshot.encode()).hexdigest()


def request_subject(request: ApprovalRequest) -> Subject:
    """Histories are the subject's: requests are told there."""
    return Subject(request.subject_type, request.subject_code, request.subject_code)


@transaction.atomic
def request_submit(
    *, draft: RequestDraft, asks: Sequence[Ask], bars: Sequence[Barred], by: Actor
) -> ApprovalRequest:
    """Write a request with its route and who is kept out of it; the first steps open.

    The caller has checked that this person may ask, and holds the subject's lock. Raises
    `Conflict("request_open")` where one is open already (G2), `Refused("no_route")` without steps.
    """
    by.require_writing()
    if not asks:
        raise Refused("no_route")
    request = request_drawn(draft, by)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        if "approvals_request_one_open" in str(error):
            raise Conflict("request_open") from error
        raise
    for ask in sorted(asks, key=lambda ask: ask.position):
        ApprovalStep.objects.create(request=request, **_columns(ask))
    for barred in {(bar.membership_id, bar.rule): bar for bar in bars}.values():
        ApprovalBar.objects.create(
            request=request,
            membership_id=barred.membership_id,
            rule=barred.rule,
            reason=barred.reason,
        )
    steps_open(request, timezone.now())
    changes: dict[str, Any] = {
        "transition": [None, request.transition],
        "request": [None, str(request.public_id)],
        "snapshot_hash": [None, request.snapshot_hash],
        "policy": [None, request.policy],
    }
    record(
        AuditAction.REQUEST_SUBMITTED,
        subject=request_subject(request),
        by=by,
        changes=changes,
        reason=request.comment,
    )
    _publish("request.submitted", request)
    return request


def request_drawn(draft: RequestDraft, by: Actor) -> ApprovalRequest:
    """A request as its draft says, not yet saved."""
    return ApprovalRequest(
        subject_type=draft.subject_type,
        subject_id=draft.subject_id,
        subject_code=draft.subject_code,
        place=draft.place,
        transition=draft.transition,
        from_state=draft.from_state,
        to_state=draft.to_state,
        from_overlay=draft.from_overlay,
        to_overlay=draft.to_overlay,
        requested_by_id=by.membership_id,
        comment=draft.comment,
        reason_code=draft.reason_code,
        details=draft.details,
        snapshot=draft.snapshot,
        snapshot_hash=snapshot_hash(draft.snapshot),
        policy=draft.policy,
        calendar_number=current_calendar().number,
        amount=draft.amount,
    )


def _columns(ask: Ask) -> dict[str, Any]:
    return {
        "position": ask.position,
        "part": ask.part,
        "decider_id": ask.decider,
        "forum_id": ask.forum,
        "role": ask.role,
        "mode": StepMode(ask.mode),
        "needed": ask.needed,
        "clock_days": ask.clock_days,
    }


def steps_open(request: ApprovalRequest, now: datetime) -> list[ApprovalStep]:
    """Open the steps whose turn it is and start their clocks; the steps opened."""
    steps = list(ApprovalStep.objects.filter(request=request).order_by("position", "id"))
    turn = next_position((step.position, step.state == StepState.MET) for step in steps)
    opened = [s for s in steps if s.position == turn and s.state == StepState.WAITING]
    clock = Clock(request.calendar_number)
    for step in opened:
        step.state = StepState.OPEN
        step.opened_at = now
        step.due_at = clock.due_after(step.clock_days, now)
        step.save(update_fields=["state", "opened_at", "due_at"])
    return opened


@transaction.atomic
def request_withdraw(*, request: ApprovalRequest, comment: str, by: Actor) -> ApprovalRequest:
    """T14: whoever asked takes the request back while it is open.

    Raises `Forbidden` for others and `Conflict("already_decided" | "voided" | "withdrawn")`.
    """
    by.require(Permission.TREE_VIEW, request.path)
    row = locked_open(request)
    if by.membership_id is None or row.requested_by_id != by.membership_id:
        raise Forbidden("not_the_requester")
    by.require_writing()
    note = kept_text("comment", comment, required=False)
    request_close(row, RequestState.WITHDRAWN, note=note)
    record(
        AuditAction.REQUEST_WITHDRAWN,
        subject=request_subject(row),
        by=by,
        changes=_named(row),
        reason=note,
    )
    handler_of(row).closed(row, by)
    _publish("request.withdrawn", row)
    return row


@transaction.atomic
def request_void(*, request: ApprovalRequest, note: str, by: Actor) -> ApprovalRequest:
    """Close an open request whose snapshot no longer holds, or that a hold or cancel overtakes.

    The caller holds the subject's lock and was entitled to the edit that voids it (G2, G3).
    """
    row = locked_open(request)
    request_close(row, RequestState.VOIDED, note=note)
    record(
        AuditAction.REQUEST_VOIDED,
        subject=request_subject(row),
        by=by,
        changes=_named(row),
        reason=note,
    )
    handler_of(row).closed(row, by)
    _publish("request.voided", row)
    return row


def locked_open(request: ApprovalRequest) -> ApprovalRequest:
    """The request, its subject locked first; raises `Conflict` by state where it is not open."""
    handler_of(request).lock(request.subject_id)
    row: ApprovalRequest | None = (
        ApprovalRequest.objects.lock().select_related("place").filter(pk=request.pk).first()
    )
    if row is None:
        raise NotVisible
    if row.state == RequestState.DECIDED:
        raise Conflict("already_decided")
    if row.state != RequestState.OPEN:
        raise Conflict(row.state)
    return row


def request_close(row: ApprovalRequest, state: RequestState, *, note: str = "") -> None:
    """Write the end of a locked request; its steps that still wait end with it."""
    row.state, row.closed_at, row.close_note = state, timezone.now(), note
    row.touched().save(update_fields=["state", "closed_at", "close_note", "version", "updated_at"])
    waiting = [StepState.WAITING, StepState.OPEN]
    ApprovalStep.objects.filter(request=row, state__in=waiting).update(state=StepState.ENDED)


def requests_follow(subject_type: str, subject_ids: Iterable[int], place: Node) -> None:
    """A subject has moved: rights on its requests go by the new place."""
    rows = ApprovalRequest.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids)
    )
    rows.update(place=place)


def _named(row: ApprovalRequest) -> dict[str, list[str | None]]:
    return {"transition": [row.transition, None], "request": [str(row.public_id), None]}


def _publish(topic: str, row: ApprovalRequest) -> None:
    payload = {"request": str(row.public_id), "code": row.subject_code}
    publish(topic, key=str(row.public_id), payload=payload)
