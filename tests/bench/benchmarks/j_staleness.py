"""How far figures lag behind what is saved, and how fast what waits is worked off."""

import random
import threading
import time
from collections.abc import Iterator

import psycopg
from django.db import connection

from governance import tasks
from governance.events import registry
from governance.events.services import drain as hand_over
from reporting.rollups.draining import Rounds
from reporting.rollups.models import RollUpMarker
from reporting.rollups.services import drain
from tests.bench.benchmarks.i_rollups import BY_PACKAGE, settled
from tests.bench.place import Place
from tests.bench.registry import Act, Pair, benchmark
from tests.bench.timing import MOST_TURNS

CHANGES_A_SECOND, LOOK_SECONDS, PATIENCE = 100, 0.005, 120.0
EVENTS, MARKERS = 200, 100
# One plan year of some measure of each package.
YEARS = """
SELECT DISTINCT ON (m.package_id) m.package_id, y.id FROM initiatives_measure m
JOIN kpis_effect e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
JOIN kpis_valueyear y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id AND y.series = 'plan'
WHERE m.tenant_id = %s ORDER BY m.package_id, y.id
"""
# What a save does to a roll-up: the row, and the marker that the trigger would write beside it.
CHANGE = """
WITH changed AS (
  UPDATE kpis_valueyear SET m01 = m01 + 1 WHERE tenant_id = %s AND id = %s RETURNING tenant_id
)
INSERT INTO reporting_rollupmarker (tenant_id, node_id, marked_at)
SELECT tenant_id, %s, clock_timestamp() FROM changed RETURNING id
"""
IS_WAITING = "SELECT 1 FROM reporting_rollupmarker WHERE tenant_id = %s AND id = %s"
TAKE = """
WITH taken AS (
  SELECT id FROM governance_outboxevent WHERE tenant_id = %s ORDER BY id LIMIT 200
)
DELETE FROM governance_outboxevent WHERE tenant_id = %s AND id IN (SELECT id FROM taken)
RETURNING event_id, topic, key, payload
"""
EMPTY = "DELETE FROM governance_outboxevent WHERE tenant_id = %s"
FILL = """
INSERT INTO governance_outboxevent (tenant_id, event_id, topic, key, payload)
SELECT %s, gen_random_uuid(), %s, n, '{}' FROM generate_series(1, %s) AS n
"""
UNHEARD, HEARD, TASK = "bench.unheard", "bench.heard", "governance.mail_invitation"


class Writer:
    """Changes values of packages at random, each with its own dice and connection."""

    def __init__(self, place: Place, name: str) -> None:
        self.tenant_id = place.tenant_id
        self.connection = psycopg.connect(place.unguarded_url, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        self.years = place.unguarded.execute(YEARS.encode(), (place.tenant_id,)).fetchall()
        self.dice = random.Random(f"{name}/{place.size}")  # noqa: S311  # repeatable is what is wanted

    def change(self) -> int:
        """One change; the marker that it leaves."""
        package, year = self.dice.choice(self.years)
        values = (self.tenant_id, year, package)
        row = self.connection.execute(CHANGE.encode(), values).fetchone()
        assert row is not None
        return int(row[0])

    def wait_for(self, marker: int) -> None:
        """Until a marker is gone, and with it the figures are current."""
        end = time.monotonic() + PATIENCE
        while self.connection.execute(IS_WAITING.encode(), (self.tenant_id, marker)).fetchone():
            assert time.monotonic() < end, "the worker does not keep up"
            time.sleep(LOOK_SECONDS)


class Beside(threading.Thread):
    """So many changes a second and a worker that drains them, until told to stop."""

    def __init__(self, place: Place) -> None:
        super().__init__(daemon=True)
        self.done, self.writer = threading.Event(), Writer(place, "beside")
        self.worker = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> None:
        self.worker.start()
        self.start()

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self.join()
        self.worker.join()
        self.writer.connection.close()

    def run(self) -> None:
        next_at = time.monotonic()
        while not self.done.is_set():
            self.writer.change()
            next_at += 1 / CHANGES_A_SECOND
            time.sleep(max(0.0, next_at - time.monotonic()))

    def _work(self) -> None:
        try:
            Rounds().until(10**9, self.done.is_set)
        finally:
            connection.close()


@benchmark(
    "Staleness at 100 changes a second",
    note=(
        "One change is saved and waited for until its roll-ups are current up to the root, while"
        " 100 others a second fall on packages of the same tenant at random and one worker drains."
        " p95 is the staleness. Worker and writers are threads of one process."
    ),
)
def staleness(place: Place) -> Iterator[Pair]:
    """All in the tenant of this size, beside the smaller ones."""
    settled(place)
    # As on any tenant that is not a minute old: without statistics the first drains take seconds.
    place.unguarded.execute(b"VACUUM (ANALYZE)")
    sample, alone = Writer(place, "sample"), Writer(place, "alone")
    with Beside(place):
        yield Pair(
            "until it is current",
            lambda: sample.wait_for(sample.change()),
            alone.change,
            least=25,
            note="The bare side is the change itself, with nobody waiting for anything.",
        )
    for writer in (sample, alone):
        writer.connection.close()
    settled(place)


@benchmark("Markers and events worked off a second")
def working_off(place: Place) -> Iterator[Pair]:
    """Markers of many packages in one batch, and events of the outbox."""
    settled(place)
    years = place.unguarded.execute(YEARS.encode(), (place.tenant_id,)).fetchall()
    packages = [package for package, _year in years][:MARKERS]

    def drained() -> None:
        with place.house.active():
            markers = [RollUpMarker(node_id=package) for package in packages]
            RollUpMarker.objects.bulk_create(markers)
            assert drain(place.house.tenant) == len(packages)

    def grouped() -> None:
        place.read(BY_PACKAGE, (place.tenant_id, packages))

    note = "Markers of up to 100 packages; the bare side is the GROUP BY over the same packages."
    yield Pair(
        f"markers of {len(packages)} packages", drained, grouped, rows=len(packages), note=note
    )
    note = "That of the events is the DELETE of the same rows."
    registry.subscribe(HEARD, TASK)
    for name, topic in (("events nobody waits for", UNHEARD), ("events to the broker", HEARD)):
        _fill(place, topic)
        yield Pair(name, _handed(place), _taken(place), rows=EVENTS, least=3, note=note)
    place.unguarded.execute(EMPTY.encode(), (place.tenant_id,))


def _fill(place: Place, topic: str) -> None:
    """More events than all turns of both sides take."""
    place.unguarded.execute(EMPTY.encode(), (place.tenant_id,))
    place.unguarded.execute(FILL.encode(), (place.tenant_id, topic, EVENTS * MOST_TURNS * 3))


def _handed(place: Place) -> Act:
    def product() -> None:
        handed = 0
        while handed < EVENTS:
            done = hand_over(place.tenant_id, send=tasks.send)
            assert done, "the events have run out"
            handed += done

    return product


def _taken(place: Place) -> Act:
    def bare() -> None:
        taken = place.unguarded.execute(TAKE.encode(), (place.tenant_id, place.tenant_id))
        assert len(taken.fetchall()) == EVENTS

    return bare
