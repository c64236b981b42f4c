"""What may befall a running installation at once with people writing; none of it is mended by hand.

The database restarts under load (one of its processes is killed, upon which it ends all others and
recovers), and the broker is gone for a while. Web server, workers and scheduler are to live through
both, nothing is lost, and the figures are right in the end.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from local.databases import BROKER_DATABASE
from tests.campaigns.books import Books
from tests.campaigns.calling import Ledger
from tests.campaigns.clients import Writer
from tests.campaigns.product import SLUG, Product, Setting, kill
from tests.campaigns.test_kill import SETTLE_SECONDS, reckoned
from tests.local.homes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.processes]

RESTARTS, APART_SECONDS, AWAY_SECONDS = 3, 6.0, 20.0
MARKERS = "SELECT count(*) FROM reporting_rollupmarker"
END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = %s AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="module")
def setting(product: Product) -> Setting:
    made = product.set_up()
    assert eventually(lambda: product.count(MARKERS) == 0, SETTLE_SECONDS)
    return made


@contextmanager
def writing(product: Product, setting: Setting, name: str) -> Iterator[list[Writer]]:
    """Four writers for as long as the block lasts, and until each has been told of all it wrote."""
    writers = [
        Writer(f"{name}{number}", product.port, token, setting, number)
        for number, token in enumerate(setting.tokens[:-1])
    ]
    for writer in writers:
        writer.start()
    yield writers
    for writer in writers:
        writer.stopping.set()
    assert eventually(lambda: not any(writer.is_alive() for writer in writers), SETTLE_SECONDS)


def settled(product: Product) -> bool:
    with product.superuser() as owner:
        books = Books(owner)
        return books.waiting() == 0 and books.notes_missing() == 0 and product.count(MARKERS) == 0


def leaders(product: Product) -> dict[str, list[int]]:
    return {name: product.leader(name) for name in product.children}


def reckon(product: Product, writers: list[Writer]) -> Ledger:
    """Nothing lost, nothing doubled, every figure right; what the writers were told."""
    assert eventually(lambda: settled(product), SETTLE_SECONDS), "something was left behind"
    assert f"{SLUG}: the roll-ups hold" in product.python(
        "manage.py", "verify_rollups", "--tenant", SLUG
    )
    with product.superuser() as owner:
        books = Books(owner)
        complaints = [text for writer in writers for text in writer.complaints(books)]
    ledger = reckoned(list(writers))
    assert (complaints, ledger.surprises) == ([], [])
    return ledger


def test_a_database_that_restarts_under_load_ends_nobody(
    product: Product, setting: Setting
) -> None:
    before, restarts = leaders(product), 0
    with writing(product, setting, "restart") as writers:
        while restarts < RESTARTS:
            time.sleep(APART_SECONDS)
            victims = eventually(product.backends, 30) and product.backends()
            restarts += bool(victims) and kill(victims[0])
        assert eventually(product.server.is_ready, 30)
        time.sleep(APART_SECONDS)
    ledger = reckon(product, writers)
    assert leaders(product) == before, "a program ended with the database"
    assert ledger.acknowledged.total() > 0
    assert 500 not in ledger.statuses, "a database that is away is 503"


def test_a_broker_that_is_away_for_a_while_holds_up_no_saving(
    product: Product, setting: Setting
) -> None:
    before = leaders(product)
    with writing(product, setting, "broker") as writers, away(product):
        started = acknowledged(writers)
        time.sleep(AWAY_SECONDS)
        assert acknowledged(writers) > started, "what people save does not need the broker"
    ledger = reckon(product, writers)
    assert leaders(product) == before, "a program ended with the broker"
    assert set(ledger.statuses) <= {200, 201, 202, 204}


def acknowledged(writers: list[Writer]) -> int:
    return sum(writer.ledger.acknowledged.total() for writer in writers)


@contextmanager
def away(product: Product) -> Iterator[None]:
    """The queue's database refuses everybody, as a broker that is gone does."""
    address = product.server.address("postgres", "postgres")
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(BROKER_DATABASE), sql.SQL("false")))
        admin.execute(END_ALL, [BROKER_DATABASE])
        yield
        admin.execute(allow.format(sql.Identifier(BROKER_DATABASE), sql.SQL("true")))
