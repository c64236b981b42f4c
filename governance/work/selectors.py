"""Reading what waits for a person: every kind with its lines, and the counts of the navigation."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.work.registry import MOST_COUNTED, Work, WorkKind, work_kinds

LINES_SHOWN = 5
M = TypeVar("M", bound=Model)


def my_work(by: Actor, tenant: Tenant, most: int = LINES_SHOWN) -> list[tuple[WorkKind, Work]]:
    """Each kind of work with what waits of it; a fixed number of queries for each kind."""
    return [(kind, kind.look(by, tenant, most)) for kind in work_kinds(by)]


def work_counts(by: Actor, tenant: Tenant) -> dict[str, int]:
    """How much waits on each page of the navigation; pages where nothing waits are left out."""
    counts: dict[str, int] = {}
    for kind, work in my_work(by, tenant, 0):
        if kind.page and work.count and not kind.is_told:
            counts[kind.page] = counts.get(kind.page, 0) + work.count
    return counts


def count_up(rows: QuerySet[Any]) -> int:
    """How many rows, counted up to one more than `MOST_COUNTED`. One query."""
    return len(rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])


def shown_and_count(rows: QuerySet[M], most: int) -> tuple[list[M], int]:
    """The first `most` rows, and how many there are as `count_up` says.

    Two queries, or one where none is shown: rows that nobody sees are counted and not read.
    """
    return list(rows[:most]) if most else [], count_up(rows)


def count_shown(count: int) -> str:
    """A count as a mark shows it, `99+` beyond what is counted."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
