"""A worker killed in the middle of its work: nothing is lost, nothing happens twice."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.celery import app
from governance.events import registry
from governance.events.models import ConsumedEvent, OutboxEvent
from governance.events.services import drain, publish
from tests.governance.crews import Crew, crew, give_back, kill, stop
from tests.houses import Plot, plot
from tests.local.homes import eventually
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]

TOPIC, EFFECT, DONE = "tests.topic", "tests.effect", "tests.effect_done"
QUEUE = "bulk"


@pytest.fixture
def place(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Plot:
    monkeypatch.setattr(registry, "_subscribers", {TOPIC: [EFFECT]})
    return plot(f"killed-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "tests.governance.effects", QUEUE) as made:
        yield made


def send(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
    app.send_task(task, task_id=task_id, kwargs=kwargs, retry=False, queue=QUEUE)


def done(place: Plot) -> list[str]:
    with place.active():
        rows = OutboxEvent.objects.filter(topic=DONE).order_by("key")
        return list(rows.values_list("key", flat=True))


def test_killed_while_consuming_the_effect_happens_once(
    place: Plot, workers: Crew, servers: Servers, tmp_path: Path
) -> None:
    with place.active():
        publish(TOPIC, key="slow", payload={"seconds": 1})
        publish(TOPIC, key="after", payload={"seconds": 0})
    drain(place.tenant.pk, send=send)
    first = workers.start()
    assert eventually(lambda: list(tmp_path.glob("slow.*")))
    kill(first)
    assert done(place) == [], "the killed worker's transaction must be gone"
    give_back(servers)
    second = workers.start()
    assert eventually(lambda: done(place) == ["after", "slow"])
    assert len(list(tmp_path.glob("slow.*"))) == 2
    assert stop(second) == 0
    assert done(place) == ["after", "slow"]


def test_delivered_again_and_again_the_effect_happens_once(place: Plot, workers: Crew) -> None:
    with place.active():
        publish(TOPIC, key="once", payload={"seconds": 0})

    def send_thrice(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
        for _delivery in range(3):
            send(task, task_id=task_id, kwargs=kwargs)

    drain(place.tenant.pk, send=send_thrice)
    with place.active():
        publish(TOPIC, key="last", payload={"seconds": 0})
    drain(place.tenant.pk, send=send)
    workers.start()
    assert eventually(lambda: done(place) == ["last", "once"])
    with place.active():
        assert ConsumedEvent.objects.filter(consumer=EFFECT).count() == 2
