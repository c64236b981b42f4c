"""What the scheduled worker does: climb, open for lapsed clocks, note which causes have gone."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from approvals.choices import RequestState, StepState
from approvals.clock import Clocks
from approvals.exceptions.choices import LIVE, UNANSWERED, Category, ExceptionSource, Tier
from approvals.exceptions.clocks import due_after
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.notices import tell_climbed, tell_eased
from approvals.exceptions.registry import ExceptionSubject, gone_of, kind_of
from approvals.exceptions.rules import Size, next_tier, rank_of
from approvals.exceptions.services.opening import (
    Cause,
    exception_open_for,
    exception_publish,
    exception_subject,
)
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.overdue import FINANCE_PARTS
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.calendars.rules import NoBusinessDay
from governance.people.actor import Actor

BATCH = 200


@transaction.atomic
def exceptions_climb(*, by: Actor, now: datetime | None = None) -> int:
    """Move every exception one tier up that nobody answered in time; how many climbed (E2).

    Its clock starts anew from now, so that a worker that was away for weeks climbs once. Safe to
    run twice and side by side: each is locked, and one that climbed is due later. What stays
    unanswered in the committee's tier is escalated by others.
    """
    moment = now or timezone.now()
    due = GovernanceException.objects.filter(
        state__in=UNANSWERED, due_at__lt=moment, tier__lt=Tier.COMMITTEE
    ).order_by("due_at", "id")
    due = due.select_related("place")
    rows = list(due.select_for_update(skip_locked=True, of=("self",), no_key=True)[:BATCH])
    clocks = Clocks().read(row.calendar_number for row in rows)
    for row in rows:
        _climb(row, moment, clocks, by)
    return len(rows)


def _climb(row: GovernanceException, now: datetime, clocks: Clocks, by: Actor) -> None:
    tier = next_tier(row.known_tier)
    if tier is None:
        return
    before, due_before = row.tier, row.due_at
    row.tier, row.climbs, row.climbed_at = tier, row.climbs + 1, now
    row.due_at = due_after(tier, now, clocks.of(row.calendar_number))
    row.rank = rank_of(row.amount, row.due_at)
    row.touched().save()
    record(
        AuditAction.EXCEPTION_CLIMBED,
        subject=exception_subject(row),
        by=by,
        changes={
            "exception_tier": [before, row.tier],
            "due_on": [_day(due_before), _day(row.due_at)],
        },
    )
    exception_publish("exception.climbed", row)
    tell_climbed(row, by)


def _silent_steps() -> QuerySet[ApprovalStep]:
    """Open steps that were escalated and for which no exception was opened yet."""
    opened = GovernanceException.objects.filter(
        source=ExceptionSource.LAPSED_CLOCK,
        source_key=Cast(OuterRef("public_id"), CharField()),
    )
    rows: QuerySet[ApprovalStep] = ApprovalStep.objects.filter(
        ~Exists(opened),
        state=StepState.OPEN,
        request__state=RequestState.OPEN,
        escalated_at__isnull=False,
    )
    return rows.select_related("request__place").order_by("escalated_at", "id")


@transaction.atomic
def lapsed_clocks_open(*, by: Actor, now: datetime | None = None) -> int:
    """Open an exception for each step that is silent for its clock again after its escalation.

    How many were opened (T17). Silence approves nothing: the request stays open.
    """
    moment, clocks, opened = now or timezone.now(), Clocks(), 0
    for step in _silent_steps()[:BATCH]:
        if _is_silent_again(step, moment, clocks):
            opened += exception_open_for(cause=_lapse_of(step, moment), by=by) is not None
    return opened


def _is_silent_again(step: ApprovalStep, now: datetime, clocks: Clocks) -> bool:
    if step.escalated_at is None:
        return False
    clock = clocks.of(step.request.calendar_number)
    try:
        return clock.due_after(step.clock_days, step.escalated_at) < now
    except NoBusinessDay:
        return False


def _lapse_of(step: ApprovalStep, now: datetime) -> Cause:
    request: ApprovalRequest = step.request
    name = kind_of(request.subject_type).names([request.subject_id]).get(request.subject_id, "")
    late = now - step.due_at if step.due_at else now - now
    return Cause(
        source=ExceptionSource.LAPSED_CLOCK,
        key=str(step.public_id),
        subject=ExceptionSubject(
            request.subject_type,
            request.subject_id,
            request.subject_code,
            name,
            request.place,
        ),
        category=Category.SCHEDULE,
        size=Size(request.amount, max(late.days, 0)),
        details={"transition": request.transition, "request": str(request.public_id)},
        is_finance=step.part in FINANCE_PARTS,
    )


def clocks_answered(rows: Sequence[GovernanceException]) -> set[int]:
    """Of exceptions about silent steps those whose step waits no more; one query."""
    keys = {UUID(row.source_key): row.pk for row in rows}
    waiting = ApprovalStep.objects.filter(
        public_id__in=keys, state=StepState.OPEN, request__state=RequestState.OPEN
    )
    return set(keys.values()) - {keys[one] for one in waiting.values_list("public_id", flat=True)}


@transaction.atomic
def causes_ease(*, by: Actor) -> int:
    """Note on exceptions whose cause has gone that it has; how many. Nothing closes by itself."""
    waiting = GovernanceException.objects.filter(state__in=LIVE, cause_gone_at__isnull=True)
    known = waiting.exclude(source=ExceptionSource.MANUAL).order_by("source", "id")
    gone: set[int] = set()
    for source, group in groupby(known, key=lambda row: row.source):
        if find := gone_of(ExceptionSource(source)):
            gone |= find(list(group))
    rows = list(
        waiting.filter(pk__in=gone)
        .select_related("place")
        .order_by("id")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
    )
    for row in rows:
        _ease(row, by)
    return len(rows)


def _ease(row: GovernanceException, by: Actor) -> None:
    row.cause_gone_at = timezone.now()
    row.touched().save()
    record(AuditAction.EXCEPTION_EASED, subject=exception_subject(row), by=by)
    exception_publish("exception.eased", row)
    tell_eased(row, by)


def _day(moment: datetime) -> str:
    return timezone.localdate(moment).isoformat()
