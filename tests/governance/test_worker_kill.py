"""A worker killed in the middle of its work: nothing is lost, nothing happens twice."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.celery import app
from governance.events import registry
from governance.events.models import ConsumedEvent, OutboxEvent
from governance.events.services import drain, publish
from local.databases import return_unfinished
from local.home import PROJECT
from tests.houses import Plot, plot
from tests.local.homes import eventually
from tests.local.test_broker import forget_takers
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]

TOPIC, EFFECT, DONE = "tests.topic", "tests.effect", "tests.effect_done"
QUEUE = "bulk"
WORKER = (
    *("-W", "ignore", "-m", "celery", "--quiet", "-A", "config.celery", "worker"),
    *("--include", "tests.governance.effects"),
    *("--loglevel", "warning", "--concurrency", "1", "--queues", QUEUE),
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
)


@pytest.fixture
def place(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Plot:
    monkeypatch.setattr(registry, "_subscribers", {TOPIC: [EFFECT]})
    return plot(f"killed-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Any]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "MARK_FOLDER": str(tmp_path)}
        worker = subprocess.Popen(
            [sys.executable, *WORKER], cwd=PROJECT, env=environment, process_group=0
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def send(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
    app.send_task(task, task_id=task_id, kwargs=kwargs, retry=False, queue=QUEUE)


def done(place: Plot) -> list[str]:
    with place.active():
        rows = OutboxEvent.objects.filter(topic=DONE).order_by("key")
        return list(rows.values_list("key", flat=True))


def give_back(servers: Servers) -> None:
    """Let the messages of the killed worker be seen again without waiting half an hour."""
    if servers.session is not None:
        return_unfinished(servers.broker_url.replace("pgmq:", "postgresql:", 1))
    else:
        forget_takers(app)


def test_killed_while_consuming_the_effect_happens_once(
    place: Plot, workers: Any, servers: Servers, tmp_path: Path
) -> None:
    with place.active():
        publish(TOPIC, key="slow", payload={"seconds": 1})
        publish(TOPIC, key="after", payload={"seconds": 0})
    drain(place.tenant.pk, send=send)
    first = workers()
    assert eventually(lambda: list(tmp_path.glob("slow.*")))
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert done(place) == [], "the killed worker's transaction must be gone"
    give_back(servers)
    second = workers()
    assert eventually(lambda: done(place) == ["after", "slow"])
    assert len(list(tmp_path.glob("slow.*"))) == 2
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=20) == 0
    assert done(place) == ["after", "slow"]


def test_delivered_again_and_again_the_effect_happens_once(place: Plot, workers: Any) -> None:
    with place.active():
        publish(TOPIC, key="once", payload={"seconds": 0})

    def send_thrice(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
        for _delivery in range(3):
            send(task, task_id=task_id, kwargs=kwargs)

    drain(place.tenant.pk, send=send_thrice)
    with place.active():
        publish(TOPIC, key="last", payload={"seconds": 0})
    drain(place.tenant.pk, send=send)
    workers()
    assert eventually(lambda: done(place) == ["last", "once"])
    with place.active():
        assert ConsumedEvent.objects.filter(consumer=EFFECT).count() == 2
