"""Two schedulers as real processes: one sends, and the other takes over when it is gone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.celery import app
from config.routes import UPKEEP
from config.schedule import SCHEDULE
from local.home import PROJECT
from tests.governance.crews import Process, kill, stop
from tests.local.homes import eventually
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]

BEAT = (
    *("-W", "ignore", "-m", "celery", "--quiet", "-A", "config.celery", "beat"),
    *("--loglevel", "info", "--scheduler", "config.beat.OneScheduler", "--pidfile="),
)
WATCHED_SECONDS = 8.0
HANDED_OVER_SECONDS = 8.0


class Beats:
    """Schedulers with a log and a file of last runs each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Process] = []

    def start(self) -> int:
        """Start one more; its number."""
        number = len(self.started)
        command = [sys.executable, *BEAT, "--schedule", str(self.folder / f"runs{number}")]
        with self.log(number).open("wb") as log:
            beat = subprocess.Popen(
                command, cwd=PROJECT, env=dict(os.environ), stdout=log, stderr=log, process_group=0
            )
        self.started.append(beat)
        return number

    def log(self, number: int) -> Path:
        return self.folder / f"log{number}"

    def said(self, number: int) -> str:
        return self.log(number).read_text(encoding="utf-8")

    def has_turn(self, number: int) -> bool:
        return "has the turn" in self.said(number)

    def sent(self, number: int) -> int:
        """How often it said that it sends something."""
        return self.said(number).count("Sending due task")


@pytest.fixture
def beats(tmp_path: Path, servers: Servers, django_db_setup: None) -> Iterator[Beats]:
    made = Beats(tmp_path)
    yield made
    for beat in made.started:
        if beat.poll() is None:
            kill(beat)


def waiting() -> int:
    """How many messages of the scheduler wait for a worker."""
    with app.connection_for_read() as connection:
        return int(connection.default_channel._size(UPKEEP))


def test_of_two_one_sends_and_a_killed_one_hands_over(beats: Beats) -> None:
    first = beats.start()
    assert eventually(lambda: beats.has_turn(first))
    assert eventually(lambda: beats.sent(first) > 0)
    second = beats.start()
    assert eventually(lambda: "beat: Starting" in beats.said(second))
    before, started = waiting(), time.monotonic()
    time.sleep(WATCHED_SECONDS)
    count, seconds = waiting() - before, time.monotonic() - started
    assert not beats.has_turn(second)
    assert beats.sent(second) == 0
    rate = sum(
        1 / entry["schedule"] for entry in SCHEDULE.values() if entry["options"]["queue"] == UPKEEP
    )
    assert 0 < count < rate * seconds * 1.5, "each of them was sent about once"

    kill(beats.started[first])
    killed = time.monotonic()
    assert eventually(lambda: beats.sent(second) > 0)
    assert time.monotonic() - killed < HANDED_OVER_SECONDS
    assert stop(beats.started[second]) == 0
