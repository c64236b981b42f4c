"""What waits is added up over the tenants, and read in a fixed number of queries."""

import time
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from governance import tasks
from governance.audit.services import seal
from governance.events.models import OutboxEvent, WorkerHeartbeat
from governance.events.services import drain, heartbeat, publish, tenants_with_work
from governance.operations import registry
from governance.operations.models import QueueState
from governance.operations.registry import Waiting, Watched, watch
from governance.operations.selectors import (
    audit_waiting,
    outbox_waiting,
    queues_seen,
    workers_seen,
)
from governance.operations.services import queues_note
from tests.houses import House, Plot, plot

LONG_AGO = timedelta(hours=3)


@pytest.fixture
def places(transactional_db: None) -> list[Plot]:
    return [plot(f"queues-{uuid.uuid4().hex[:10]}") for _ in range(2)]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, places: list[Plot]) -> list[Plot]:
    """The outbox of these tenants alone; what other tests have left waiting does not count."""
    ours = {place.tenant.pk for place in places}
    monkeypatch.setattr(
        "governance.operations.services.tenants_with_work",
        lambda work: [number for number in tenants_with_work(work) if number in ours],
    )
    monkeypatch.setattr(registry, "_watched", {})
    watch(Watched("outbox", "outbox", outbox_waiting))
    for place in places:
        drain(place.tenant.pk, send=lambda *_a, **_k: None)
    return places


def test_the_kernel_watches_its_outbox_and_its_sealing() -> None:
    assert {queue.name for queue in registry.watched()} >= {"outbox", "sealing"}


def test_what_waits_is_added_up_over_the_tenants(only: list[Plot]) -> None:
    first, second = only
    with first.active():
        publish("x", key="1")
        publish("x", key="2")
    with second.active():
        publish("x", key="3")
        OutboxEvent.objects.update(created_at=timezone.now() - LONG_AGO)
    assert queues_note() == 1
    state = QueueState.objects.get(name="outbox")
    assert (state.waiting, state.tenants) == (3, 2)
    assert state.oldest_at is not None
    assert timezone.now() - state.oldest_at > LONG_AGO - timedelta(minutes=1)


def test_an_empty_queue_says_so(only: list[Plot]) -> None:
    with only[0].active():
        publish("x", key="1")
    queues_note()
    drain(only[0].tenant.pk, send=lambda *_a, **_k: None)
    tasks.watch_queues()
    state = QueueState.objects.get(name="outbox")
    assert (state.waiting, state.tenants, state.oldest_at) == (0, 0, None)


def test_a_tenant_that_cannot_be_read_holds_up_no_other(
    only: list[Plot], caplog: pytest.LogCaptureFixture
) -> None:
    for place in only:
        with place.active():
            publish("x", key="1")
    calls: list[int] = []

    def fails_once() -> Waiting:
        calls.append(1)
        if len(calls) == 1:
            raise DatabaseError
        return outbox_waiting()

    watch(Watched("outbox", "outbox", fails_once))
    queues_note()
    assert QueueState.objects.get(name="outbox").tenants == 1
    assert "could not be looked at" in caplog.text


def test_audit_events_wait_until_they_are_sealed(places: list[Plot]) -> None:
    place = places[0]
    with place.active():
        before = audit_waiting()
        assert before.count > 0
        assert before.oldest_at is not None
    # Other tests' transactions may hold up the seal, the longest for half a minute.
    for _attempt in range(300):
        with place.active():
            seal()
        with place.active():
            if audit_waiting() == Waiting(0, None):
                return
        time.sleep(0.2)
    pytest.fail("the events were not sealed")


def test_reading_takes_one_query_each(
    alpha: House, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    heartbeat("w1")
    WorkerHeartbeat.objects.create(name="w2", beat_at=timezone.now() - LONG_AGO)
    for name in ("a", "b", "c"):
        QueueState.objects.create(name=name, waiting=0, tenants=0, looked_at=timezone.now())
    with django_assert_num_queries(2):  # type: ignore[operator]  # a callable fixture
        queues, workers = queues_seen(), workers_seen()
    assert {queue.name for queue in queues} >= {"a", "b", "c"}
    assert workers.alive == WorkerHeartbeat.objects.count() - 1
    assert workers.youngest_age is not None
    assert workers.youngest_age < timedelta(minutes=1)


def test_the_broker_says_how_much_waits(db: None) -> None:
    lengths = tasks.broker_lengths()
    assert set(lengths) == {"interactive", "bulk", "mail", "upkeep", "figures"}
    assert all(isinstance(length, int) for length in lengths.values())


def test_nothing_in_the_table_names_a_tenant(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'governance_queuestate' ORDER BY 1"
        )
        found = [name for (name,) in cursor.fetchall()]
    assert found == ["looked_at", "name", "oldest_at", "tenants", "waiting"]
