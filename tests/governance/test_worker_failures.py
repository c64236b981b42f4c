"""Real workers and real ends: what fails is tried again, what always fails is given up."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.celery import app
from governance import tasks
from governance.background.choices import FailureKind, TaskState
from governance.background.models import FailedTask
from governance.background.rules import MOST_TRIES
from governance.background.services import failed_task_retry
from governance.people.choices import Role
from tests.governance.crews import Crew, crew, give_back, kill, stop
from tests.governance.poison import NAMES
from tests.houses import Plot, plot
from tests.local.homes import eventually
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]

QUEUE = "bulk"


@pytest.fixture
def place(transactional_db: None) -> Plot:
    return plot(f"failing-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "tests.governance.poison", QUEUE) as made:
        yield made


def send(place: Plot, what: str, key: str, **payload: Any) -> str:
    """Send a task as the outbox does; its id."""
    event_id = str(uuid.uuid4())
    task_id = f"{event_id}:{NAMES[what]}"
    kwargs = {"tenant_id": place.tenant.pk, "event_id": event_id, "key": key, "payload": payload}
    app.send_task(NAMES[what], task_id=task_id, kwargs=kwargs, retry=False, queue=QUEUE)
    return task_id


def found(place: Plot, task_id: str) -> FailedTask | None:
    with place.active():
        return FailedTask.objects.filter(task_id=task_id).first()


def state(place: Plot, task_id: str) -> str:
    row = found(place, task_id)
    return str(row.state) if row else ""


def hurry(place: Plot) -> bool:
    """Do not wait for the next try, and send what is due as the scheduler does."""
    with place.active():
        waiting = FailedTask.objects.filter(state=TaskState.WAITING)
        waiting.update(due_at=timezone.now() - timedelta(seconds=1))
    return tasks.resend_tasks() > 0


def test_what_always_fails_becomes_a_dead_letter_and_the_queue_goes_on(
    place: Plot, workers: Crew
) -> None:
    workers.start()
    faulty, refused = send(place, "faulty", "faulty"), send(place, "refused", "refused")
    send(place, "fine", "fine")
    assert eventually(lambda: workers.marks("fine") == 1)
    assert state(place, refused) == TaskState.DEAD
    for _try in range(MOST_TRIES[FailureKind.FAULT] - 1):
        assert eventually(lambda: state(place, faulty) == TaskState.WAITING)
        assert hurry(place)
    assert eventually(lambda: state(place, faulty) == TaskState.DEAD)
    assert workers.marks("faulty") == MOST_TRIES[FailureKind.FAULT]
    assert workers.marks("refused") == 1
    row = found(place, faulty)
    assert row is not None
    assert row.exception == "builtins.ValueError"
    assert "no good" in row.lines
    assert "hunter2" not in row.lines


def test_what_was_away_is_done_once_it_is_back(place: Plot, workers: Crew) -> None:
    workers.start()
    away = send(place, "away", "away")
    for _try in range(2):
        assert eventually(lambda: state(place, away) == TaskState.WAITING)
        assert hurry(place)
    assert eventually(lambda: workers.marks("away") == 3)
    assert eventually(lambda: found(place, away) is None)


def test_what_ends_its_worker_each_time_is_given_up_and_the_queue_goes_on(
    place: Plot, workers: Crew
) -> None:
    deadly = send(place, "deadly", "deadly")
    send(place, "fine", "fine")
    workers.start()
    assert eventually(lambda: state(place, deadly) == TaskState.DEAD, 60)
    row = found(place, deadly)
    assert row is not None
    assert row.kind == FailureKind.LOST
    assert workers.marks("deadly") == MOST_TRIES[FailureKind.LOST]
    assert eventually(lambda: workers.marks("fine") == 1)
    time.sleep(2)
    assert workers.marks("deadly") == MOST_TRIES[FailureKind.LOST]


def test_a_killed_worker_is_counted_and_the_next_one_does_it(
    place: Plot, workers: Crew, servers: Servers
) -> None:
    first = workers.start()
    slow = send(place, "slow", "slow", seconds=2)
    assert eventually(lambda: workers.marks("begun-slow") == 1)
    kill(first)
    give_back(servers)
    workers.start()
    assert eventually(lambda: workers.marks("begun-slow") == 2)
    row = found(place, slow)
    assert row is not None
    assert (row.state, row.kind, row.tries) == (TaskState.SENT, FailureKind.LOST, 1)
    assert eventually(lambda: workers.marks("slow") == 1)
    assert eventually(lambda: found(place, slow) is None)


def test_a_dead_letter_that_is_retried_runs_under_its_own_id(place: Plot, workers: Crew) -> None:
    workers.start()
    refused = send(place, "refused", "refused")
    assert eventually(lambda: state(place, refused) == TaskState.DEAD)
    row, by = found(place, refused), place.system(Role.ADMINISTRATOR)
    assert row is not None
    with place.active():
        failed_task_retry(failed_id=row.public_id, seen_version=row.version, by=by)
    assert tasks.resend_tasks() == 1
    assert eventually(lambda: workers.marks("refused") == 2)
    assert eventually(lambda: state(place, refused) == TaskState.DEAD)
    with place.active():
        assert FailedTask.objects.filter(task_id=refused).count() == 1


def test_asked_to_stop_a_worker_finishes_what_it_has_begun(place: Plot, workers: Crew) -> None:
    worker = workers.start()
    send(place, "slow", "slow", seconds=2)
    assert eventually(lambda: workers.marks("begun-slow") == 1)
    stop(worker)
    assert (workers.marks("begun-slow"), workers.marks("slow")) == (1, 1)
    workers.start()
    send(place, "fine", "fine")
    assert eventually(lambda: workers.marks("fine") == 1)
    assert workers.marks("begun-slow") == 1


def test_what_takes_longer_than_the_limit_is_ended_and_another_worker_does_it(
    place: Plot, workers: Crew
) -> None:
    worker = workers.start(WORKER_STOP_SECONDS="2")
    send(place, "slow", "slow", seconds=15)
    assert eventually(lambda: workers.marks("begun-slow") == 1)
    started = time.monotonic()
    stop(worker)
    assert time.monotonic() - started < 15
    assert workers.marks("slow") == 0
    workers.start()
    assert eventually(lambda: workers.marks("slow") == 1), "its message did not come back"
    assert workers.marks("begun-slow") == 2
