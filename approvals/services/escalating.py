"""Writing that an unanswered step climbed, and who may answer it in place of the silent one."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from approvals.models import ApprovalRequest, ApprovalStep
from approvals.services.requests import request_subject
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.models import Membership


@transaction.atomic
def step_escalate(
    *, step: ApprovalStep, told: Sequence[Membership], decider: Membership | None, by: Actor
) -> None:
    """Note that a locked open step climbed; the rules have let the decider in (T17)."""
    request: ApprovalRequest = step.request
    now = timezone.now()
    step.escalated_at = step.escalated_at or now
    step.reminded_at = step.reminded_at or now
    step.escalated_to = decider or step.escalated_to
    step.save(update_fields=["escalated_at", "escalated_to", "reminded_at"])
    changes = {
        "transition": [None, request.transition],
        "request": [None, str(request.public_id)],
        "part": [None, step.part],
        "escalated_to": [None, ", ".join(person.email for person in told)],
    }
    record(AuditAction.REQUEST_ESCALATED, subject=request_subject(request), by=by, changes=changes)
    payload = {"request": str(request.public_id), "code": request.subject_code, "part": step.part}
    publish("request.escalated", key=str(step.public_id), payload=payload)
