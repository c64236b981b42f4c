"""What the product itself decides: a condition that was not met in time puts on hold (T6)."""

from django.db import transaction
from django.utils import timezone

from approvals.choices import ConditionState, Outcome, RequestState
from approvals.models import ApprovalCondition, ApprovalDecision, ApprovalRequest
from approvals.registry import handler_of
from approvals.services.requests import RequestDraft, request_close, request_drawn, request_subject
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor


def condition_lapse(condition: ApprovalCondition, *, by: Actor) -> None:
    """Note that a locked condition was not met in time; by the product, in its transaction."""
    request = condition.request
    condition.state, condition.settled_at = ConditionState.LAPSED, timezone.now()
    condition.touched().save()
    record(
        AuditAction.CONDITION_LAPSED,
        subject=request_subject(request),
        by=by,
        changes={
            "condition": [condition.text, None],
            "due_on": [condition.due_on.isoformat(), None],
        },
    )
    publish(
        "condition.lapsed",
        key=str(condition.public_id),
        payload={"code": request.subject_code},
    )


@transaction.atomic
def lapse_decide(*, draft: RequestDraft, rationale: str, by: Actor) -> ApprovalDecision:
    """Put a subject on hold without a person, as a request with its decision (T6).

    The caller holds the subject's lock and has voided what was open. The database lets the product
    decide nothing else.
    """
    request: ApprovalRequest = request_drawn(draft, by)
    request.save(force_insert=True)
    decision: ApprovalDecision = ApprovalDecision.objects.create(
        request=request,
        outcome=Outcome.HOLD,
        decided_by=None,
        rationale=rationale,
        snapshot_hash=request.snapshot_hash,
        policy=request.policy,
        to_state=draft.to_state,
        to_overlay=draft.to_overlay,
    )
    record(
        AuditAction.REQUEST_DECIDED,
        subject=request_subject(request),
        by=by,
        changes={
            "transition": [None, request.transition],
            "request": [None, str(request.public_id)],
            "outcome": [None, Outcome.HOLD.value],
            "snapshot_hash": [None, request.snapshot_hash],
            "policy": [None, request.policy],
        },
        reason=rationale,
    )
    handler_of(request).decided(request, decision, by)
    request_close(request, RequestState.DECIDED)
    payload = {"request": str(request.public_id), "code": request.subject_code, "outcome": "hold"}
    publish("request.decided", key=str(request.public_id), payload=payload)
    return decision
