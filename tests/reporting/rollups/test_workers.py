"""The worker of roll-ups as a real process: killed in the middle, asked to stop, sharing."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.celery import app
from governance.background.models import SystemFailedTask
from governance.events.services import tenants_with_work
from reporting.rollups.models import RollUpMarker
from reporting.rollups.services import recompute_all
from reporting.rollups.verifying import first_difference
from tests.governance.crews import Crew, crew, kill, stop
from tests.houses import House, build_house
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, plan
from tests.local.homes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.processes]
QUEUE, TASK = "figures", "reporting.keep_roll_ups"


@pytest.fixture
def house(transactional_db: None) -> House:
    made = build_house(f"drained-{uuid.uuid4().hex[:10]}")
    make_planned(made)
    for _number in range(3):
        plan(made, add_effect(made, make_measure(made)), {"2027-01": "10"})
    return made


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "tests.reporting.rollups.slowing", QUEUE) as made:
        yield made


def send() -> None:
    """As the scheduler does, but for a worker that takes its time to start."""
    app.send_task(TASK, retry=False, queue=QUEUE, expires=120)


def waiting(house: House) -> int:
    with house.active():
        return RollUpMarker.objects.count()


def is_right(house: House) -> bool:
    with house.active():
        return first_difference(house.tenant) is None


def test_killed_in_the_middle_it_gives_every_marker_back_at_once(
    house: House, workers: Crew
) -> None:
    with house.active():
        recompute_all(house.tenant)
    before = waiting(house)
    assert before > 1
    first = workers.start(SLOW_SECONDS="20")
    send()
    assert eventually(lambda: workers.marks("computing") == 1)
    kill(first)
    assert eventually(lambda: tenants_with_work("roll_ups_changed") != [], 5)
    assert waiting(house) == before
    workers.start()
    send()
    assert eventually(lambda: waiting(house) == 0)
    assert is_right(house)


def test_what_changes_while_it_runs_is_computed_without_another_message(
    house: House, workers: Crew
) -> None:
    workers.start()
    send()
    assert eventually(lambda: waiting(house) == 0)
    for number in range(3):
        plan(house, add_effect(house, make_measure(house)), {"2027-02": str(number)})
        assert waiting(house) == 0 or eventually(lambda: waiting(house) == 0, 10)
    assert is_right(house)


def test_asked_to_stop_it_ends_its_round_and_goes(house: House, workers: Crew) -> None:
    worker = workers.start(SLOW_SECONDS="2", WORKER_STOP_SECONDS="60")
    send()
    assert eventually(lambda: workers.marks("computing") == 1)
    asked = time.monotonic()
    assert stop(worker) == 0
    # Far less than the half a minute that it would have gone on, or the minute it was given.
    assert time.monotonic() - asked < 20
    assert is_right(house) or waiting(house)
    assert not SystemFailedTask.objects.filter(task=TASK).exists()


def test_two_share_the_tenants_and_each_figure_is_right(house: House, workers: Crew) -> None:
    other = build_house(f"shared-{uuid.uuid4().hex[:10]}")
    for _worker in range(2):
        workers.start(SLOW_SECONDS="1")
        send()
    assert eventually(lambda: waiting(house) + waiting(other) == 0, 90)
    assert is_right(house)
    assert is_right(other)
