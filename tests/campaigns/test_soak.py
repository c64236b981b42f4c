"""Eight writers on one program while workers are killed: the roll-ups are right in the end.

`make soak` runs it for two minutes, after a third of that without kills; SOAK_SECONDS and SOAK_SEED
say how long and in which order. What it found, with how far the roll-ups lagged behind in either
part, is printed at the end.
"""

import os
import random
import threading
import time
from collections import Counter
from statistics import quantiles

import psycopg
import pytest

from tests.campaigns.books import Books
from tests.campaigns.clients import Writer
from tests.campaigns.product import SLUG, SPARE, Product, Setting, kill
from tests.campaigns.test_kill import LOOK_SECONDS, SETTLE_SECONDS, reckoned, settle, words
from tests.local.homes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.processes]

SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))
CALM_SECONDS = SECONDS / 3
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
WRITERS, KILL_PAUSE, SAMPLE_SECONDS = 8, 8.0, 0.1
KILLED = ("worker", "bulk", "figures", SPARE)
AGE = (
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(marked_at)), 0)"
    " FROM reporting_rollupmarker WHERE NOT is_bulk"
)
WAITING = "SELECT count(*) FROM reporting_rollupmarker"


class Watch(threading.Thread):
    """Looks how old the oldest marker is: by so much the figures lag behind what was saved."""

    def __init__(self, product: Product) -> None:
        super().__init__(daemon=True)
        self.product, self.done = product, threading.Event()
        self.ages: list[float] = []

    def run(self) -> None:
        with self.product.superuser() as owner:
            while not self.done.wait(SAMPLE_SECONDS):
                self.ages.append(float(self._age(owner)))

    def _age(self, owner: psycopg.Connection) -> float:
        row = owner.execute(AGE.encode()).fetchone()
        assert row is not None
        return float(row[0])

    def told(self, first: int = 0, last: int | None = None) -> str:
        """How old the oldest marker was in some of the samples."""
        ages = self.ages[first:last]
        cut = quantiles(ages, n=20)
        return f"p50 {cut[9]:.2f} s, p95 {cut[18]:.2f} s, most {max(ages):.2f} s"


def watched(product: Product, seconds: float) -> None:
    """Let the writers write, and start anew what ends by itself."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        product.mend()
        time.sleep(LOOK_SECONDS)


def killed(product: Product, dice: random.Random) -> Counter[str]:
    """Kill workers while the writers write, now the whole of one, now a hand of it."""
    kills: Counter[str] = Counter()
    end, next_kill = time.monotonic() + SECONDS, time.monotonic() + KILL_PAUSE / 2
    while time.monotonic() < end:
        product.mend()
        if time.monotonic() > next_kill:
            name = dice.choice(KILLED)
            hands = product.hands(name) if dice.random() < 0.5 else product.leader(name)
            if hands and kill(dice.choice(hands)):
                kills[name] += 1
            next_kill = time.monotonic() + dice.uniform(0.5, 1.5) * KILL_PAUSE
        time.sleep(LOOK_SECONDS)
    return kills


def ended(product: Product, writers: list[Writer]) -> None:
    for writer in writers:
        writer.stopping.set()
    deadline = time.monotonic() + SETTLE_SECONDS
    while any(writer.is_alive() for writer in writers) and time.monotonic() < deadline:
        watched(product, LOOK_SECONDS)
    assert not any(writer.is_alive() for writer in writers), "a writer never came to its end"


def test_roll_ups_are_right_whichever_worker_was_killed(
    product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = product.set_up()
    dice = random.Random(SEED)  # noqa: S311  # repeatable is what is wanted
    writers = writers_for(setting, product.port)
    assert eventually(lambda: product.mend() or product.count(WAITING) == 0, SETTLE_SECONDS)
    watch = Watch(product)
    watch.start()
    for writer in writers:
        writer.start()
    watched(product, CALM_SECONDS)
    calm = len(watch.ages)
    kills = killed(product, dice)
    ended(product, writers)
    watch.done.set()
    watch.join()
    settle(product)
    is_drained = eventually(lambda: product.mend() or product.count(WAITING) == 0, SETTLE_SECONDS)
    said = product.python("manage.py", "verify_rollups", "--tenant", SLUG)
    with product.superuser() as owner:
        books = Books(owner)
        complaints = [text for writer in writers for text in writer.complaints(books)]
    ledger = reckoned(list(writers))
    told = [
        f"\nsoak, seed {SEED}, {CALM_SECONDS:.0f} s and {SECONDS:.0f} s, {WRITERS} writers",
        f"  writes acknowledged  {words(ledger.acknowledged)}",
        f"  workers killed       {words(kills)}",
        f"  lag without kills    {watch.told(last=calm)}",
        f"  lag with kills       {watch.told(calm)}",
    ]
    with capsys.disabled():
        print("\n".join(told))  # noqa: T201  # the figures are what the soak is for
    assert is_drained, "markers were left behind"
    assert f"{SLUG}: the roll-ups hold" in said
    assert complaints == []
    assert kills.total() or SECONDS < KILL_PAUSE * 2


def writers_for(setting: Setting, port: int) -> list[Writer]:
    tokens = setting.tokens
    return [
        Writer(f"soak{number}", port, tokens[number % len(tokens)], setting, SEED)
        for number in range(WRITERS)
    ]
