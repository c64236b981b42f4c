"""Conditions of a conditional go: set with the vote, accepted by the decider (T6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.choices import ConditionState
from approvals.models import ApprovalCondition, ApprovalRequest, ApprovalVote
from approvals.registry import handler_of
from approvals.sod import SegregationOfDuties
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.text import one_line, text_fault

CONDITION_LENGTH, MOST_CONDITIONS = 500, 20


@dataclass(frozen=True, slots=True)
class ConditionDraft:
    """What is still asked for, of whom, and until which day."""

    text: str
    owner: Membership
    due_on: date


def conditions_set(
    *,
    request: ApprovalRequest,
    vote: ApprovalVote,
    drafts: Sequence[ConditionDraft],
    by: Actor,
) -> None:
    """Write the conditions of a vote; raises `Invalid` by condition and field."""
    if not drafts:
        return
    _check(drafts, vote)
    for draft in drafts:
        condition = ApprovalCondition.objects.create(
            request=request,
            subject_type=request.subject_type,
            subject_id=request.subject_id,
            text=one_line(draft.text),
            owner=draft.owner,
            due_on=draft.due_on,
            set_by_id=vote.voter_id,
        )
        changes = {
            "condition": [None, condition.text],
            "owner": [None, draft.owner.email],
            "due_on": [None, draft.due_on.isoformat()],
        }
        record(AuditAction.CONDITION_SET, subject=_subject(request), by=by, changes=changes)


def _check(drafts: Sequence[ConditionDraft], vote: ApprovalVote) -> None:
    errors: dict[str, list[StrOrPromise]] = {}
    if len(drafts) > MOST_CONDITIONS:
        errors["conditions"] = [_("At most 20 conditions.")]
    for index, draft in enumerate(drafts):
        if fault := text_fault(one_line(draft.text), limit=CONDITION_LENGTH):
            errors[f"conditions.{index}.text"] = [fault]
        if draft.due_on < timezone.localdate():
            errors[f"conditions.{index}.due_on"] = [_("This day has passed.")]
        if not draft.owner.is_live:
            errors[f"conditions.{index}.owner"] = [_("This person is not a member any more.")]
        if draft.owner.pk in {vote.voter_id, vote.seat_id}:
            text = _("Whoever sets a condition accepts it; name somebody else to meet it.")
            errors[f"conditions.{index}.owner"] = [text]
    if errors:
        raise Invalid(errors)


@transaction.atomic
def condition_accept(
    *, condition: ApprovalCondition, note: str, seen_version: int, by: Actor
) -> ApprovalCondition:
    """Accept a condition as met; its setter does, never its owner (T6).

    Raises `SegregationOfDuties("S1")` for the owner, `Forbidden("not_the_decider")` for others,
    `Stale`, `Conflict("condition_settled")`.
    """
    request = condition.request
    by.require(Permission.TREE_VIEW, request.path)
    handler_of(request).lock(request.subject_id)
    row: ApprovalCondition | None = (
        ApprovalCondition.objects.lock()
        .select_related("request__place", "owner__user", "set_by__user")
        .filter(pk=condition.pk)
        .first()
    )
    if row is None:
        raise NotVisible
    _refuse(row, by)
    if row.state != ConditionState.OPEN:
        raise Conflict("condition_settled")
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    by.require_writing()
    row.state, row.note = ConditionState.MET, kept_text("note", note, required=False)
    row.settled_by_id, row.settled_at = by.membership_id, timezone.now()
    row.touched().save()
    changes = {"condition": [row.text, None], "state": [ConditionState.OPEN, ConditionState.MET]}
    record(
        AuditAction.CONDITION_ACCEPTED,
        subject=_subject(request),
        by=by,
        changes=changes,
        reason=row.note,
    )
    publish("condition.accepted", key=str(row.public_id), payload={"code": request.subject_code})
    return row


def accept_refusal(
    condition: ApprovalCondition,
    membership_id: int | None,
    votes: Iterable[ApprovalVote] | None = None,
) -> str | None:
    """Why somebody may not accept a condition: `S1` for its owner, else `not_the_decider`.

    `votes` of its request, where they are read already; else one query.
    """
    if membership_id is not None and membership_id == condition.owner_id:
        return "S1"
    if votes is None:
        votes = ApprovalVote.objects.filter(
            request_id=condition.request_id, voter_id=condition.set_by_id
        )
    seats = {vote.seat_id for vote in votes if vote.voter_id == condition.set_by_id}
    return None if membership_id in {condition.set_by_id, *seats} else "not_the_decider"


def _refuse(row: ApprovalCondition, by: Actor) -> None:
    reason = accept_refusal(row, by.membership_id)
    if reason == "S1":
        raise SegregationOfDuties("S1", _("A condition is never accepted by its own owner (T6)."))
    if reason:
        raise Forbidden(reason)


def _subject(request: ApprovalRequest) -> Subject:
    return Subject(request.subject_type, request.subject_code, request.subject_code)
