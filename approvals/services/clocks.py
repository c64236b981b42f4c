"""Reminders before an answer is due, each once; what is overdue escalates (`approvals.overdue`)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from approvals.choices import RequestState, StepState
from approvals.clock import Clocks
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.rules import reminder_is_due
from approvals.services.requests import request_subject
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor

BATCH = 200


def unreminded(now: datetime) -> QuerySet[ApprovalStep]:
    """Open steps that may want a reminder, the most urgent first."""
    rows: QuerySet[ApprovalStep] = ApprovalStep.objects.filter(
        state=StepState.OPEN,
        request__state=RequestState.OPEN,
        reminded_at__isnull=True,
        due_at__gt=now,
    )
    return rows.order_by("due_at", "id")


@transaction.atomic
def clocks_run(*, by: Actor, now: datetime | None = None) -> int:
    """Remind of what is due soon in the active tenant; how many steps were touched.

    Safe to run twice and side by side: each step is locked, and reminded of once.
    """
    moment = now or timezone.now()
    rows = unreminded(moment).select_for_update(skip_locked=True, of=("self",), no_key=True)
    touched, clocks = 0, Clocks()
    for step in rows.select_related("request__place")[:BATCH]:
        clock = clocks.of(step.request.calendar_number)
        if step.due_at is not None and reminder_is_due(
            clock.days_left(step.due_at, moment), step.clock_days
        ):
            _remind(step, moment, by)
            touched += 1
    return touched


def _remind(step: ApprovalStep, now: datetime, by: Actor) -> None:
    step.reminded_at = now
    step.save(update_fields=["reminded_at"])
    request: ApprovalRequest = step.request
    told = {
        "transition": [None, request.transition],
        "request": [None, str(request.public_id)],
        "part": [None, step.part],
    }
    record(AuditAction.REQUEST_REMINDED, subject=request_subject(request), by=by, changes=told)
    payload = {"request": str(request.public_id), "code": request.subject_code, "part": step.part}
    publish("request.reminded", key=str(step.public_id), payload=payload)
