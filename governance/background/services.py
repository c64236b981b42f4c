"""What a worker notes of a task that fails, and what people decide about those given up."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.background.choices import OPEN, UNDER_WAY, FailureKind, TaskState
from governance.background.models import FailedTask, SystemFailedTask
from governance.background.rules import (
    CLASS_LENGTH,
    LOST,
    LOST_AFTER,
    REASON_LENGTH,
    Delivery,
    Failure,
    is_given_up,
    wait_until_next,
)
from governance.errors import Conflict, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import tenant_transaction
from governance.text import text_fault

log = logging.getLogger(__name__)

BATCH = 100
FINENESS = 1_000_000
NOTE_SUCCESS = """
INSERT INTO governance_scheduledrun AS r (task, period, succeeded_at, failures)
VALUES (%s, %s, now(), 0)
ON CONFLICT (task) DO UPDATE SET succeeded_at = now(), period = excluded.period, failures = 0
WHERE r.failures > 0 OR r.succeeded_at IS NULL OR r.succeeded_at < now() - interval '1 second'
"""
NOTE_FAILURE = """
INSERT INTO governance_scheduledrun AS r (task, period, failed_at, failures)
VALUES (%s, %s, now(), 1)
ON CONFLICT (task) DO UPDATE
SET failed_at = now(), period = excluded.period, failures = r.failures + 1
"""
Row = FailedTask | SystemFailedTask
Sender = Callable[..., Any]


def failed_subject(row: FailedTask) -> Subject:
    """How the audit trail names a failed task."""
    return Subject("failed_task", str(row.public_id), row.task)


# --- what a worker notes ----------------------------------------------------------------------


def delivery_begin(delivery: Delivery) -> bool:
    """Whether a worker may begin. What comes back from a lost worker is counted before it runs.

    A message that ends its worker each time becomes a dead letter this way and is not run again.
    The first delivery of a message costs no query.
    """
    if not delivery.is_redelivered:
        return True
    with _rows_of(delivery.tenant_id) as rows:
        discarded = rows.filter(task_id=delivery.key, state=TaskState.DISCARDED)
        if delivery.period is None and discarded.exists():
            return False
        row = _open_row(rows, delivery, LOST)
        if row.is_dead:
            return False
        _count(row, LOST)
        if is_given_up(FailureKind.LOST, row.round_tries):
            _bury(row)
        else:
            row.state, row.due_at = TaskState.SENT, timezone.now() + LOST_AFTER
        row.save()
        return not row.is_dead


def delivery_fail(delivery: Delivery, failure: Failure) -> None:
    """Note a failed try; the next one is due after a while, or the task is a dead letter."""
    with _rows_of(delivery.tenant_id) as rows:
        row = _open_row(rows, delivery, failure)
        was_dead = row.is_dead
        _count(row, failure)
        if not was_dead and is_given_up(failure.kind, row.round_tries):
            _bury(row)
        elif not was_dead:
            luck = secrets.randbelow(FINENESS) / FINENESS
            row.state = TaskState.WAITING
            row.due_at = timezone.now() + wait_until_next(row.round_tries, luck)
        row.save()
    if delivery.period is not None:
        _note_run(delivery, has_failed=True)


def delivery_finish(delivery: Delivery) -> None:
    """Note that a task succeeded: nothing is left of a failure, but a dead letter is kept as done.

    Costs no query for a message that came for the first time; a scheduled task notes its run.
    """
    if delivery.period is not None:
        _note_run(delivery, has_failed=False)
        is_open = SystemFailedTask.objects.filter(task_id=delivery.key, state__in=OPEN).exists()
    else:
        is_open = delivery.is_redelivered or delivery.is_resent
    if not is_open:
        return
    with _rows_of(delivery.tenant_id) as rows:
        row = rows.select_for_update().filter(task_id=delivery.key, state__in=OPEN).first()
        if row is None:
            return
        if row.dead_at is None:
            row.delete()
            return
        row.state, row.due_at, row.settled_at = TaskState.DONE, None, timezone.now()
        row.version += 1
        row.save()


def failed_resend(tenant_id: int | None, *, send: Sender) -> int:
    """Hand tasks whose next try is due to the broker again, under their own ids; how many.

    As in the outbox, a kill in between delivers twice and never not at all.
    """
    with _rows_of(tenant_id) as rows:
        due = rows.select_for_update(skip_locked=True).filter(
            state__in=UNDER_WAY, due_at__lte=Now()
        )
        found = list(due.order_by("due_at")[:BATCH])
        for row in found:
            send(
                row.task,
                task_id=row.task_id,
                kwargs=row.arguments,
                queue=row.queue,
                retries=max(row.tries, 1),
            )
            row.state, row.due_at = TaskState.SENT, timezone.now() + LOST_AFTER
            row.version += 1
            row.save()
    return len(found)


@contextmanager
def _rows_of(tenant_id: int | None) -> Iterator[Any]:
    """The failed tasks of a tenant or of none, in one transaction."""
    if tenant_id is None:
        with transaction.atomic():
            yield SystemFailedTask.objects
    else:
        with tenant_transaction(tenant_id):
            yield FailedTask.objects


def _open_row(rows: Any, delivery: Delivery, failure: Failure) -> Row:
    """The row of a task, locked; a new one where it never failed before."""
    values = {
        "task": delivery.task,
        "queue": delivery.queue,
        "arguments": dict(delivery.arguments),
        "kind": failure.kind,
        "exception": failure.exception[:CLASS_LENGTH],
        "due_at": timezone.now() + LOST_AFTER,
        "version": 0,  # the count that follows makes it the first
    }
    held = rows.select_for_update().filter(task_id=delivery.key, state__in=OPEN)
    row: Row | None = held.first()
    if row is None:
        try:
            with transaction.atomic():
                rows.create(task_id=delivery.key, **values)
        except IntegrityError:
            log.info("%s failed twice at once", delivery.key)
        row = held.get()
    return row


def _count(row: Row, failure: Failure) -> None:
    row.tries += 1
    row.round_tries += 1
    row.kind, row.exception = failure.kind, failure.exception[:CLASS_LENGTH]
    row.lines, row.last_failed_at = failure.lines, timezone.now()
    row.version += 1


def _bury(row: Row) -> None:
    """Make a dead letter of it; in a tenant the audit trail says so."""
    row.state, row.due_at = TaskState.DEAD, None
    row.dead_at = row.dead_at or timezone.now()
    log.error("%s is a dead letter after %s tries: %s", row, row.tries, row.exception)
    if isinstance(row, FailedTask):
        by = Actor(row.tenant_id, None, name="Tollgate", email="", via="worker")
        changes = {"task": str(row.task), "tries": row.tries, "exception": row.exception}
        record(AuditAction.TASK_FAILED, subject=failed_subject(row), by=by, changes=changes)


def _note_run(delivery: Delivery, *, has_failed: bool) -> None:
    """Note when a scheduled task ran; at most once a second while all goes well."""
    note = NOTE_FAILURE if has_failed else NOTE_SUCCESS
    with connection.cursor() as cursor:
        cursor.execute(note, [delivery.task, delivery.period])


# --- what people decide -----------------------------------------------------------------------


@transaction.atomic
def failed_task_retry(*, failed_id: UUID, seen_version: int, by: Actor) -> FailedTask:
    """Have a dead letter tried again, under the id and with the arguments it had.

    Whatever of it was done already is not done again, since consumers know the event's id. Raises
    `Forbidden`, `NotVisible`, `Stale` and `Conflict("task_not_dead")`.
    """
    by.require_anywhere(Permission.TENANT_MANAGE)
    row = _dead(failed_id, seen_version)
    _begin_round(row)
    row.save()
    changes = {"task": row.task}
    record(AuditAction.TASK_RETRIED, subject=failed_subject(row), by=by, changes=changes)
    publish("task.retried", key=str(row.public_id))
    return row


@transaction.atomic
def failed_task_discard(
    *, failed_id: UUID, reason: str, seen_version: int, by: Actor
) -> FailedTask:
    """Give a dead letter up for good, with a reason; it is kept as it is.

    Raises `Forbidden`, `NotVisible`, `Stale`, `Conflict("task_not_dead")`, and `Invalid` where the
    reason is missing.
    """
    by.require_anywhere(Permission.TENANT_MANAGE)
    row = _dead(failed_id, seen_version)
    _settle(row, reason)
    row.settled_by_id = by.membership_id
    row.save()
    record(
        AuditAction.TASK_DISCARDED,
        subject=failed_subject(row),
        by=by,
        changes={"task": row.task},
        reason=row.reason,
    )
    publish("task.discarded", key=str(row.public_id))
    return row


@transaction.atomic
def system_task_retry(*, failed_id: UUID, by: str) -> SystemFailedTask:
    """Have a dead letter of no tenant tried again; raises `NotVisible`, `Conflict`."""
    row = _system_dead(failed_id)
    _begin_round(row)
    row.save()
    log.warning("%s asked for another round of %s", by, row)
    return row


@transaction.atomic
def system_task_discard(*, failed_id: UUID, reason: str, by: str) -> SystemFailedTask:
    """Give a dead letter of no tenant up; raises `NotVisible`, `Conflict`, `Invalid`."""
    row = _system_dead(failed_id)
    _settle(row, reason)
    row.settled_by = by[:120]
    row.save()
    log.warning("%s discarded %s: %s", by, row, row.reason)
    return row


def _dead(failed_id: UUID, seen_version: int) -> FailedTask:
    row: FailedTask | None = FailedTask.objects.lock().filter(public_id=failed_id).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if not row.is_dead:
        raise Conflict("task_not_dead")
    return row


def _system_dead(failed_id: UUID) -> SystemFailedTask:
    row = SystemFailedTask.objects.select_for_update().filter(public_id=failed_id).first()
    if row is None:
        raise NotVisible
    if not row.is_dead:
        raise Conflict("task_not_dead")
    return row


def _begin_round(row: Row) -> None:
    row.state, row.due_at, row.round_tries = TaskState.WAITING, timezone.now(), 0
    row.version += 1


def _settle(row: Row, reason: str) -> None:
    text = reason.strip()
    if fault := text_fault(text, limit=REASON_LENGTH):
        raise Invalid({"reason": [fault]})
    row.state, row.settled_at, row.reason = TaskState.DISCARDED, timezone.now(), text
    row.version += 1
