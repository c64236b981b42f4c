"""Publishing into the outbox, draining it to the broker, and consuming an event once."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from governance.audit.rules import plain
from governance.events.models import ConsumedEvent, OutboxEvent, WorkerHeartbeat
from governance.events.registry import subscribers
from governance.events.rules import secret_names
from governance.tenancy.context import active_tenant_id, tenant_transaction

log = logging.getLogger(__name__)

BATCH = 100
Sender = Callable[..., Any]
_kicker: list[Callable[[], None]] = []


class SecretInEvent(ValueError):
    """An event would carry what nobody but its receiver may read."""


def publish(topic: str, *, key: str, payload: Mapping[str, Any] | None = None) -> None:
    """Write an event into the outbox, in the transaction of the change it tells of.

    After the commit a worker is nudged once; if the broker is away nothing is lost, because the
    scheduler drains every second. Raises `SecretInEvent` where a name in the payload says that it
    is a password or a token: events stand in tables and queues, and failed ones on a page.
    """
    if names := secret_names(payload or {}):
        raise SecretInEvent(f"{topic} carries {', '.join(names)}")
    publish_many(topic, [(key, payload or {})])


def publish_many(topic: str, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """The same for many events of one topic, each with its key and payload; one statement."""
    rows = [(uuid.uuid4(), key, plain(payload)) for key, payload in messages]
    OutboxEvent.objects.insert_records(("event_id", "key", "payload"), rows, {"topic": topic})
    if rows and not _will_kick():
        transaction.on_commit(kick)


def _will_kick() -> bool:
    """Whether this transaction kicks already.

    Each kick may wait for a dead broker, so that a hundred of them would hold up the answer. A
    kick that waits goes only with a savepoint still open, and then this event goes with it.
    """
    waiting: list[Any] = connection.run_on_commit
    return any(entry[1] is kick for entry in waiting)


def kick() -> None:
    """Nudge a worker to drain now; never raises, never waits long."""
    for nudge in _kicker:
        try:
            nudge()
        except Exception as error:  # noqa: BLE001  # whatever ails the broker must not fail a saved request
            log.warning("the broker could not be nudged: %s", error)


def set_kicker(nudge: Callable[[], None]) -> None:
    """Tell how a worker is nudged; the task module does so once."""
    _kicker[:] = [nudge]


def tenants_with_work(queue: str) -> list[int]:
    """Tenants that have something waiting in `outbox` or `audit`: ids only, across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenants_with_work(%s)", [queue])
        return [row[0] for row in cursor.fetchall()]


def drain(tenant_id: int, *, send: Sender) -> int:
    """Hand waiting events of one tenant to the broker, oldest first; how many were handed over.

    A row leaves the outbox in the transaction in which the broker took it; a kill in between
    delivers it twice with the same task id, never not at all.
    """
    with tenant_transaction(tenant_id):
        rows = list(OutboxEvent.objects.select_for_update(skip_locked=True).order_by("id")[:BATCH])
        for row in rows:
            for task in subscribers(row.topic):
                send(
                    task,
                    task_id=f"{row.event_id}:{task}",
                    kwargs={
                        "tenant_id": tenant_id,
                        "event_id": str(row.event_id),
                        "key": row.key,
                        "payload": row.payload,
                    },
                )
        OutboxEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def consume_once(consumer: str, event_id: str) -> bool:
    """Whether this consumer sees the event for the first time; remembers it in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ConsumedEvent._meta.db_table} (tenant_id, consumer, event_id) "  # noqa: S608  # our own table name
            "VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [active_tenant_id(), consumer, uuid.UUID(event_id)],
        )
        return bool(cursor.rowcount == 1)


def heartbeat(name: str) -> None:
    """Note that a worker is alive."""
    WorkerHeartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})
