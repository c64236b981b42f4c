"""A worker whose connection to the broker breaks: it gives up what it runs, and goes on."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.governance.crews import Crew, crew
from tests.governance.test_worker_failures import QUEUE, send
from tests.houses import Plot, plot
from tests.local.homes import eventually
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]


@pytest.fixture
def place(transactional_db: None) -> Plot:
    return plot(f"parted-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "tests.governance.poison", QUEUE) as made:
        yield made


def part(servers: Servers) -> int:
    """End every connection to the embedded queue; how many there were."""
    address = servers.broker_url.replace("pgmq:", "postgresql:", 1)
    with psycopg.connect(address, autocommit=True) as owner:
        ended = owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name NOT LIKE '%presence%'"
        ).fetchall()
    return len(ended)


def test_what_it_ran_is_done_and_so_is_what_waits(
    place: Plot, workers: Crew, servers: Servers
) -> None:
    if servers.session is None:
        pytest.skip("these are connections to the embedded queue")
    workers.start()
    send(place, "slow", "slow", seconds=5)
    assert eventually(lambda: workers.marks("begun-slow") == 1)
    assert part(servers) > 0
    send(place, "fine", "fine")
    assert eventually(lambda: workers.marks("fine") == 1, 60)
    assert eventually(lambda: workers.marks("slow") >= 1, 60)
