"""The outbox: written with the change, drained once, never lost, acted on once."""

import logging
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from governance import tasks
from governance.events import registry, services
from governance.events.models import ConsumedEvent, OutboxEvent, WorkerHeartbeat
from governance.events.rules import secret_names
from governance.events.services import (
    BATCH,
    SecretInEvent,
    consume_once,
    drain,
    heartbeat,
    kick,
    publish,
    set_kicker,
    tenants_with_work,
)
from tests.houses import House, Plot, World, plot
from tests.racing import errors_in, race

TOPIC = "test.happened"


class Broker:
    """Takes messages as the real one does, and can be away or die in the middle."""

    def __init__(self, *, dies_after: int | None = None) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.dies_after, self.lock = dies_after, threading.Lock()

    def send(self, task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
        with self.lock:
            if self.dies_after is not None and len(self.taken) >= self.dies_after:
                raise ConnectionError("the broker is away")
            self.taken.append((task_id, {"task": task, **kwargs}))

    @property
    def keys(self) -> list[str]:
        return [message["key"] for _id, message in self.taken]


@pytest.fixture(autouse=True)
def _one_subscriber(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_subscribers", {TOPIC: ["test.listen"]})


@pytest.fixture
def kicks() -> Iterator[list[int]]:
    """Counts nudges instead of sending them."""
    counted: list[int] = []
    former = list(services._kicker)
    set_kicker(lambda: counted.append(1))
    yield counted
    services._kicker[:] = former


@pytest.fixture
def place(transactional_db: None) -> Plot:
    return plot(f"outbox-{uuid.uuid4().hex[:10]}")


def happen(place: Plot, *keys: str) -> None:
    with place.active():
        for key in keys:
            publish(TOPIC, key=key, payload={"key": key})


def waiting(place: Plot) -> list[str]:
    with place.active():
        events = OutboxEvent.objects.filter(topic=TOPIC).order_by("id")
        return list(events.values_list("key", flat=True))


def emptied(place: Plot) -> Plot:
    drain(place.tenant.pk, send=Broker().send)
    return place


# --- publishing -------------------------------------------------------------------------------


def test_an_event_is_written_with_its_change_and_goes_with_it(in_alpha: House) -> None:
    def change() -> None:
        with transaction.atomic():
            publish(TOPIC, key="lost")
            raise LookupError

    publish(TOPIC, key="kept", payload={"role": uuid.UUID(int=1), "n": 1})
    with pytest.raises(LookupError):
        change()
    event = OutboxEvent.objects.get(topic=TOPIC)
    assert event.key == "kept"
    assert event.payload == {"role": str(uuid.UUID(int=1)), "n": 1}


def test_a_transaction_nudges_once_after_its_commit(place: Plot, kicks: list[int]) -> None:
    with place.active():
        for number in range(5):
            with transaction.atomic():
                publish(TOPIC, key=str(number))
        assert kicks == []
    assert kicks == [1]


def test_a_nudge_lost_with_a_savepoint_is_made_up_for(place: Plot, kicks: list[int]) -> None:
    with place.active():
        with transaction.atomic():
            publish(TOPIC, key="undone")
            transaction.set_rollback(True)
        publish(TOPIC, key="kept")
    assert kicks == [1]
    assert waiting(place) == ["kept"]


def test_a_transaction_rolled_back_nudges_nobody(place: Plot, kicks: list[int]) -> None:
    with place.active():
        publish(TOPIC, key="undone")
        transaction.set_rollback(True)
    assert kicks == []


def test_a_failing_nudge_fails_nobody(
    place: Plot, kicks: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ConnectionError("away")

    set_kicker(fail)
    with caplog.at_level(logging.WARNING):
        happen(place, "a")
    kick()
    assert waiting(place) == ["a"]
    assert "the broker could not be nudged: away" in caplog.text


def test_every_process_that_publishes_can_nudge() -> None:
    assert services._kicker == [tasks.nudge]


# --- draining ---------------------------------------------------------------------------------


def test_events_go_out_once_in_order_under_the_ids_of_their_events(place: Plot) -> None:
    emptied(place)
    happen(place, "a", "b", "c")
    with place.active():
        ids = [str(e.event_id) for e in OutboxEvent.objects.order_by("id")]
    broker = Broker()
    assert drain(place.tenant.pk, send=broker.send) == 3
    assert drain(place.tenant.pk, send=broker.send) == 0
    assert broker.keys == ["a", "b", "c"]
    assert [task_id for task_id, _message in broker.taken] == [f"{i}:test.listen" for i in ids]
    assert broker.taken[0][1] == {
        "task": "test.listen",
        "tenant_id": place.tenant.pk,
        "event_id": ids[0],
        "key": "a",
        "payload": {"key": "a"},
    }


def test_an_event_nobody_listens_to_is_let_go(place: Plot) -> None:
    with place.active():
        publish("test.unheard", key="x")
    broker = Broker()
    drain(place.tenant.pk, send=broker.send)
    assert broker.taken == []
    assert waiting(place) == []


def test_a_dead_broker_loses_nothing(place: Plot) -> None:
    happen(emptied(place), "a", "b")
    with pytest.raises(ConnectionError):
        drain(place.tenant.pk, send=Broker(dies_after=0).send)
    assert waiting(place) == ["a", "b"]
    broker = Broker()
    drain(place.tenant.pk, send=broker.send)
    assert broker.keys == ["a", "b"]


def test_a_broker_dying_in_the_middle_gets_the_same_ids_again(place: Plot) -> None:
    happen(emptied(place), "a", "b", "c")
    dying, healthy = Broker(dies_after=2), Broker()
    with pytest.raises(ConnectionError):
        drain(place.tenant.pk, send=dying.send)
    drain(place.tenant.pk, send=healthy.send)
    assert healthy.keys == ["a", "b", "c"]
    assert healthy.taken[:2] == dying.taken


def test_two_drainers_at_once_hand_over_each_event_once(place: Plot) -> None:
    emptied(place)
    total = 3 * BATCH + 7
    happen(place, *(str(number) for number in range(total)))
    broker = Broker()

    def drainer() -> int:
        handed = 0
        while count := drain(place.tenant.pk, send=broker.send):
            handed += count
        return handed

    results = race(*[drainer] * 4)
    assert errors_in(results) == []
    assert sum(results) == total
    assert sorted(broker.keys, key=int) == [str(number) for number in range(total)]
    assert waiting(place) == []


def test_the_worker_drains_every_tenant_to_the_end(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    monkeypatch.setattr(tasks, "send", broker.send)
    for house in lasting_world.houses:
        happen(house, *(f"{house.slug}{number}" for number in range(BATCH + 1)))
    tasks.drain_outbox()
    ours = {house.tenant.pk for house in lasting_world.houses}
    assert not ours & set(tenants_with_work("outbox"))
    for house in lasting_world.houses:
        mine = [key for key in broker.keys if key.startswith(house.slug)]
        assert mine == [f"{house.slug}{number}" for number in range(BATCH + 1)]


def test_an_event_is_not_sent_before_its_transaction_ends(place: Plot) -> None:
    emptied(place)
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with place.active():
            publish(TOPIC, key="late")
            written.set()
            finish.wait(30)

    thread = threading.Thread(target=lambda: race(slow), daemon=True)
    thread.start()
    assert written.wait(30)
    broker = Broker()
    assert drain(place.tenant.pk, send=broker.send) == 0
    finish.set()
    thread.join(30)
    assert drain(place.tenant.pk, send=broker.send) == 1


# --- consuming --------------------------------------------------------------------------------


def test_a_consumer_acts_once_per_event(in_alpha: House) -> None:
    event = str(uuid.uuid4())
    assert consume_once("one", event)
    assert not consume_once("one", event)
    assert consume_once("two", event)
    assert consume_once("one", str(uuid.uuid4()))


def test_a_failed_consumer_may_try_again(in_alpha: House) -> None:
    event = str(uuid.uuid4())

    def fail() -> None:
        with transaction.atomic():
            assert consume_once("one", event)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert consume_once("one", event)


def test_tenants_do_not_consume_for_each_other(world: World) -> None:
    event = str(uuid.uuid4())
    for house in world.houses:
        with house.active():
            assert consume_once("one", event)


def test_delivered_to_six_workers_at_once_it_acts_once(place: Plot) -> None:
    event = str(uuid.uuid4())

    def consume() -> bool:
        with place.active():
            return consume_once("one", event)

    assert sorted(race(*[consume] * 6)) == [False] * 5 + [True]
    with place.active():
        assert ConsumedEvent.objects.filter(event_id=event).count() == 1


# --- bookkeeping ------------------------------------------------------------------------------


def test_subscribing_twice_listens_once() -> None:
    registry.subscribe("x", "t")
    registry.subscribe("x", "t")
    registry.subscribe("x", "u")
    assert registry.subscribers("x") == ("t", "u")
    assert registry.subscribers("unknown") == ()


def test_only_known_queues_are_asked_about(db: None) -> None:
    assert tenants_with_work("anything else") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenants_with_work(%s)", ["'; DROP TABLE governance_node; --"])
        assert cursor.fetchall() == []


def test_a_heartbeat_is_one_row_that_moves_on(db: None) -> None:
    heartbeat("w1")
    first = WorkerHeartbeat.objects.get(name="w1").beat_at
    heartbeat("w1")
    assert WorkerHeartbeat.objects.filter(name="w1").count() == 1
    assert WorkerHeartbeat.objects.get(name="w1").beat_at > first
    tasks.heartbeat()
    assert WorkerHeartbeat.objects.count() == 2


def test_an_event_carries_no_secret(alpha: House) -> None:
    found = secret_names({"key": 1, "payload": {"a": [{"Password": "x"}], "is_new_user": True}})
    assert found == ["payload.a.Password"]
    assert secret_names({"tenant_id": 1, "payload": {"keys": ["a"]}}) == []
    with alpha.active(), pytest.raises(SecretInEvent, match=r"carries person\.api_token"):
        publish(TOPIC, key="k", payload={"person": {"api_token": "x"}})
