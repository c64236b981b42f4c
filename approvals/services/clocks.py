"""What the scheduled worker does about answers that do not come: remind once, escalate once (T17).

Silence never approves: nothing here votes or decides for a person.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from approvals.choices import RequestState, StepState
from approvals.clock import Clocks
from approvals.escalation import tier_above
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.rules import reminder_is_due
from approvals.services.requests import request_subject
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor

BATCH = 200


def due_steps(now: datetime) -> QuerySet[ApprovalStep]:
    """Open steps that may be due or want a reminder, the most urgent first."""
    rows: QuerySet[ApprovalStep] = ApprovalStep.objects.filter(
        Q(due_at__lte=now) | Q(reminded_at__isnull=True),
        state=StepState.OPEN,
        request__state=RequestState.OPEN,
        escalated_at__isnull=True,
    )
    return rows.order_by("due_at", "id")


@transaction.atomic
def clocks_run(*, by: Actor, now: datetime | None = None) -> int:
    """Remind and escalate what is due in the active tenant; how many steps were touched.

    Safe to run twice and side by side: each step is locked, and each thing happens once.
    """
    moment = now or timezone.now()
    rows = due_steps(moment).select_for_update(skip_locked=True, of=("self",), no_key=True)
    touched, clocks = 0, Clocks()
    for step in rows.select_related("request__place")[:BATCH]:
        if step.due_at is None or step.due_at <= moment:
            _escalate(step, moment, by)
        elif step.reminded_at is None and reminder_is_due(
            clocks.of(step.request.calendar_number).days_left(step.due_at, moment), step.clock_days
        ):
            _remind(step, moment, by)
        else:
            continue
        touched += 1
    return touched


def _remind(step: ApprovalStep, now: datetime, by: Actor) -> None:
    step.reminded_at = now
    step.save(update_fields=["reminded_at"])
    _tell(AuditAction.REQUEST_REMINDED, "request.reminded", step, {}, by)


def _escalate(step: ApprovalStep, now: datetime, by: Actor) -> None:
    """Bring an unanswered step one tier up; a decider is added only where S1 to S11 hold (T17)."""
    request: ApprovalRequest = step.request
    above = tier_above(request, step)
    step.escalated_at, step.escalated_to = now, above.decider
    step.reminded_at = step.reminded_at or now
    step.save(update_fields=["escalated_at", "escalated_to", "reminded_at"])
    changes: dict[str, list[str | None]] = {}
    if above.told:
        changes["escalated_to"] = [None, ", ".join(above.told)]
    _tell(AuditAction.REQUEST_ESCALATED, "request.escalated", step, changes, by)


def _tell(
    action: AuditAction,
    topic: str,
    step: ApprovalStep,
    changes: dict[str, list[str | None]],
    by: Actor,
) -> None:
    request: ApprovalRequest = step.request
    told = {
        "transition": [None, request.transition],
        "request": [None, str(request.public_id)],
        "part": [None, step.part],
        **changes,
    }
    record(action, subject=request_subject(request), by=by, changes=told)
    payload = {"request": str(request.public_id), "code": request.subject_code, "part": step.part}
    publish(topic, key=str(step.public_id), payload=payload)
