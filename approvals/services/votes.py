"""Casting a vote; the request closes with its last step (G5, G6, G8, S1, S7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.choices import Outcome, ReasonCode, RequestState, StepMode, StepState
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.registry import Ballot, handler_of
from approvals.rules import Verdict, ended_with, passed_with, tally
from approvals.seats import Seat, bench_of, seat_for
from approvals.selectors import confirmed_amount
from approvals.services.conditions import ConditionDraft, conditions_set
from approvals.services.requests import (
    locked_open,
    request_close,
    request_subject,
    snapshot_hash,
    steps_open,
)
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Invalid
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission

NEEDS_REASON = {Outcome.SEND_BACK, Outcome.HOLD, Outcome.CANCEL}


@dataclass(frozen=True, slots=True)
class VoteDraft:
    """What somebody says: outcome, why, and the hash of the snapshot they have read (G3).

    `on_behalf_of` names the membership whose voice a delegate carries; left out, it is found.
    """

    outcome: Outcome
    rationale: str
    snapshot_hash: str
    reason_code: str = ""
    confirmed_amount: Decimal | None = None
    conditions: Sequence[ConditionDraft] = field(default=())
    on_behalf_of: int | None = None


@transaction.atomic
def vote_cast(*, request: ApprovalRequest, draft: VoteDraft, by: Actor) -> ApprovalRequest:
    """Record a vote; with the last step the request closes and its subject moves.

    Raises `Conflict("already_decided")` after the end or on a second vote of the same person,
    `Conflict("voided")` where the snapshot is another now, `SegregationOfDuties` with the rule,
    `Forbidden` where no open step asks this person, `Invalid` by field, and what the subject's own
    check raises.
    """
    by.require(Permission.TREE_VIEW, request.path)
    row = locked_open(request)
    seat = seat_for(row, by, on_behalf_of=draft.on_behalf_of)
    by.require_writing()
    _refuse_old_snapshot(row, draft)
    kept = _checked(row, seat, draft, by)
    vote = _written(row, seat, kept, by)
    conditions_set(request=row, vote=vote, drafts=kept.conditions, by=by)
    _record_vote(row, vote, by)
    count_again(row, seat.step, vote, by)
    return row


def _refuse_old_snapshot(row: ApprovalRequest, draft: VoteDraft) -> None:
    """What was read, what was submitted and what holds now are one snapshot (G3)."""
    if not draft.snapshot_hash:
        text = _("Send the hash of the snapshot that you have read.")
        raise Invalid({"snapshot_hash": [text]})
    now = snapshot_hash(handler_of(row).snapshot(row))
    if draft.snapshot_hash != row.snapshot_hash or now != row.snapshot_hash:
        raise Conflict("voided")


def _checked(row: ApprovalRequest, seat: Seat, draft: VoteDraft, by: Actor) -> VoteDraft:
    """The draft with its texts cleaned; raises by what a gate allows and what a vote must say."""
    rationale = kept_text("rationale", draft.rationale)
    errors: dict[str, list[StrOrPromise]] = {}
    handler = handler_of(row)
    also = draft.outcome in {Outcome.HOLD, Outcome.CANCEL} and handler.may_also(
        row, draft.outcome, seat.membership_id
    )
    if draft.outcome not in handler.outcomes(row) and not also:
        errors["outcome"] = [_("This outcome is not possible here for you.")]
    if draft.outcome is Outcome.CONDITIONAL_GO and not draft.conditions:
        errors["conditions"] = [_("Name at least one condition, with its owner and due day.")]
    if draft.outcome is not Outcome.CONDITIONAL_GO and draft.conditions:
        errors["conditions"] = [_("Conditions belong to a go with conditions.")]
    if errors:
        raise Invalid(errors)
    reason = draft.reason_code or (ReasonCode.OTHER if draft.outcome in NEEDS_REASON else "")
    kept = VoteDraft(
        Outcome(draft.outcome),
        rationale,
        row.snapshot_hash,
        reason,
        draft.confirmed_amount,
        draft.conditions,
    )
    said = Ballot(kept.outcome, kept.confirmed_amount, draft.reason_code, by)
    handler.check(row, seat.step, said)
    return kept


def _written(row: ApprovalRequest, seat: Seat, draft: VoteDraft, by: Actor) -> ApprovalVote:
    try:
        with transaction.atomic():
            vote: ApprovalVote = ApprovalVote.objects.create(
                request=row,
                step=seat.step,
                voter_id=by.membership_id,
                seat_id=seat.membership_id,
                outcome=draft.outcome,
                rationale=draft.rationale,
                reason_code=draft.reason_code,
                snapshot_hash=row.snapshot_hash,
                policy=row.policy,
                confirmed_amount=draft.confirmed_amount,
            )
    except IntegrityError as error:
        if "approvals_vote_once" in str(error) or "approvals_vote_seat_once" in str(error):
            raise Conflict("already_decided") from error
        raise
    return vote


def _record_vote(row: ApprovalRequest, vote: ApprovalVote, by: Actor) -> None:
    changes: dict[str, Any] = {
        "transition": [None, row.transition],
        "request": [None, str(row.public_id)],
        "outcome": [None, vote.outcome],
        "part": [None, vote.step.part],
        "snapshot_hash": [None, vote.snapshot_hash],
    }
    if vote.reason_code:
        changes["reason_code"] = [None, vote.reason_code]
    if vote.confirmed_amount is not None:
        changes["confirmed_amount"] = [None, vote.confirmed_amount]
    if vote.is_on_behalf:
        changes["on_behalf_of"] = [None, vote.seat.email]
    record(
        AuditAction.VOTE_CAST,
        subject=request_subject(row),
        by=by,
        changes=changes,
        reason=vote.rationale,
    )


def count_again(row: ApprovalRequest, step: ApprovalStep, vote: ApprovalVote, by: Actor) -> None:
    """Add the votes of a step up; meet or end it, open the next, or decide the request.

    `vote` is the last one cast in it.
    """
    votes = ApprovalVote.objects.filter(step=step).values_list("outcome", flat=True)
    outcomes = [Outcome(outcome) for outcome in votes]
    verdict = tally(StepMode(step.mode), step.needed, bench_of(row, step), outcomes)
    if verdict is Verdict.OPEN:
        row.touched().save(update_fields=["version", "updated_at"])
        publish("request.voted", key=str(row.public_id), payload={"code": row.subject_code})
        return
    if verdict is Verdict.ENDED:
        _decide(row, ended_with(outcomes), vote, by)
        return
    step.state = StepState.MET
    step.save(update_fields=["state"])
    if ApprovalStep.objects.filter(request=row).exclude(state=StepState.MET).exists():
        steps_open(row, timezone.now())
        row.touched().save(update_fields=["version", "updated_at"])
        publish("request.voted", key=str(row.public_id), payload={"code": row.subject_code})
        return
    said = ApprovalVote.objects.filter(request=row).values_list("outcome", flat=True)
    _decide(row, passed_with(Outcome(outcome) for outcome in said), vote, by)


def _decide(row: ApprovalRequest, outcome: Outcome, vote: ApprovalVote, by: Actor) -> None:
    """Write the decision, close the request, move the subject: one transaction (G5)."""
    after = state_after(row, outcome)
    decision: ApprovalDecision = ApprovalDecision.objects.create(
        request=row,
        outcome=outcome,
        decided_by_id=vote.voter_id,
        rationale=vote.rationale,
        snapshot_hash=row.snapshot_hash,
        policy=row.policy,
        confirmed_amount=confirmed_amount(row),
        to_state=after["stage"],
        to_overlay=after["overlay"],
    )
    changes: dict[str, Any] = {
        "transition": [None, row.transition],
        "request": [None, str(row.public_id)],
        "outcome": [None, outcome.value],
        "snapshot_hash": [None, row.snapshot_hash],
        "policy": [None, row.policy],
    }
    if decision.confirmed_amount is not None:
        changes["confirmed_amount"] = [None, decision.confirmed_amount]
    record(
        AuditAction.REQUEST_DECIDED,
        subject=request_subject(row),
        by=by,
        changes=changes,
        reason=decision.rationale,
    )
    handler_of(row).decided(row, decision, by)
    request_close(row, RequestState.DECIDED)
    payload = {"request": str(row.public_id), "code": row.subject_code, "outcome": outcome.value}
    publish("request.decided", key=str(row.public_id), payload=payload)


def state_after(row: ApprovalRequest, outcome: Outcome) -> Mapping[str, str]:
    """Stage and overlay of the subject after an outcome; a send-back leaves both as they are."""
    if outcome.is_go:
        return {"stage": row.to_state, "overlay": row.to_overlay}
    overlay = {Outcome.HOLD: "on_hold", Outcome.CANCEL: "cancelled"}.get(outcome, row.from_overlay)
    return {"stage": row.from_state, "overlay": overlay}
