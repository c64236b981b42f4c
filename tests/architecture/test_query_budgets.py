"""What a page or a call costs is committed, and does not grow with the rows it shows."""

import os
import uuid
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

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
        # The log keeps the last 9 000 statements of all addresses together.
        connection.queries_log.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == OK, url
        return len([query for query in queries if _counts(query["sql"])])


def _counts(sql: str) -> bool:
    """Reads and writes of tables; not savepoints and settings, nor the cache's own table."""
    verb = sql.lstrip().split(" ", 1)[0].upper()
    return verb in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} and "cache_entry" not in sql


@pytest.fixture
def crowds(transactional_db: None) -> Crowds:
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


def test_every_address_costs_what_is_committed_with_one_row_and_with_thirty(
    crowds: Crowds,
) -> None:
    """One test for all, so that its crowd is built once."""
    for row in READABLE.values():
        crowds.cost(crowds.few, row)  # what is kept between requests is not counted
    few = {name: crowds.cost(crowds.few, row) for name, row in READABLE.items()}
    many = {name: crowds.cost(crowds.many, row) for name, row in READABLE.items()}
    assert many == few, "the cost grows with the rows"
    if os.environ.get("TOLLGATE_SNAPSHOTS") == "write":
        _write(few)
    else:
        assert few == BUDGETS


def _write(found: dict[str, int]) -> None:
    head = FILE.read_text(encoding="utf-8").split("BUDGETS")[0]
    lines = [f'    "{name}": {count},' for name, count in sorted(found.items())]
    text = "\n".join([f"{head}BUDGETS: dict[str, int] = {{", *lines, "}"])
    FILE.write_text(text + "\n", encoding="utf-8")
