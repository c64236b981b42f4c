"""What a page or a call costs is committed, and does not grow with the rows it shows."""

import os
import uuid
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from tests.architecture.access.samples import Samples, furnish
from tests.architecture.access.table import Row
from tests.architecture.crowds import crowd
from tests.architecture.query_budgets import BUDGETS
from tests.architecture.source import PROJECT
from tests.architecture.test_access_matrix import KNOWN, url_of
from tests.houses import build_house

FEW, MANY = 1, 30
FILE = PROJECT / "tests" / "architecture" / "query_budgets.py"
OK = 200

# One row of the access table per address that can be read.
READABLE = {row.name: row for row in reversed(KNOWN) if row.methods.get("get", (0,))[0] == OK}


@dataclass
class Crowds:
    """The same house with few rows and with many."""

    few: Samples
    many: Samples
    cookies: dict[str, object]

    def cost(self, samples: Samples, row: Row) -> int:
        client = Client()
        client.cookies = self.cookies[f"{row.has}@{samples.house.slug}"]
        url = url_of(row, samples, row.has)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == OK, url
        return len([query for query in queries if _counts(query["sql"])])


def _counts(sql: str) -> bool:
    """Reads and writes of tables; not savepoints and settings, nor the cache's own table."""
    verb = sql.lstrip().split(" ", 1)[0].upper()
    return verb in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} and "cache_entry" not in sql


@pytest.fixture(scope="module")
def committed_crowds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Crowds:
    with django_db_blocker.unblock():
        houses = [build_house(f"budget-{uuid.uuid4().hex[:8]}") for _house in range(2)]
        few, many = (furnish(house) for house in houses)
        crowd(few, FEW)
        crowd(many, MANY)
        cookies = {
            f"{who}@{house.slug}": house.client(who).cookies
            for house in houses
            for who in {row.has for row in READABLE.values()}
        }
        return Crowds(few, many, cookies)


@pytest.fixture
def crowds(db: None, committed_crowds: Crowds) -> Crowds:
    return committed_crowds


@pytest.fixture(scope="module")
def written() -> dict[str, int]:
    """What this run found; kept when it is told to write."""
    return dict.fromkeys(READABLE, 0)


@pytest.mark.parametrize("name", READABLE)
def test_it_costs_what_is_committed_with_one_row_and_with_thirty(
    name: str, crowds: Crowds, written: dict[str, int]
) -> None:
    row = READABLE[name]
    crowds.cost(crowds.few, row)  # what is kept between requests is not counted
    few, many = crowds.cost(crowds.few, row), crowds.cost(crowds.many, row)
    assert few == many, "the cost grows with the rows"
    if os.environ.get("TOLLGATE_SNAPSHOTS") == "write":
        written[name] = few
        _write(written)
        return
    assert BUDGETS.get(name) == few


def test_no_budget_is_left_over() -> None:
    assert set(BUDGETS) <= set(READABLE)


def _write(found: dict[str, int]) -> None:
    head = FILE.read_text(encoding="utf-8").split("BUDGETS")[0]
    lines = [f'    "{name}": {count},' for name, count in sorted(found.items())]
    text = "\n".join([f"{head}BUDGETS: dict[str, int] = {{", *lines, "}"])
    FILE.write_text(text + "\n", encoding="utf-8")
