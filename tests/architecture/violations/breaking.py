"""Short words for breaking constraints."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Model

from tests.houses import House

Breaker = Callable[[House], object]


def sets(row: Callable[[House], Model], **values: Any) -> Breaker:
    """Write values into the row of a house; callables are asked first."""

    def break_it(house: House) -> None:
        target = row(house)
        given = {name: v(house) if callable(v) else v for name, v in values.items()}
        type(target)._default_manager.filter(pk=target.pk).update(**given)

    return break_it


def copies(row: Callable[[House], Model], **values: Any) -> Breaker:
    """Insert the row of a house a second time, with some values changed."""

    def break_it(house: House) -> None:
        target = row(house)
        table, columns = target._meta.db_table, _columns(target, but=("id", *values))
        names, places = ", ".join(columns), ", ".join(values)
        given = [v(house) if callable(v) else v for v in values.values()]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}{', ' if places else ''}{places})"
                f" SELECT {names}{', %s' * len(given)} FROM {table} WHERE id = %s",
                [*given, target.pk],
            )

    return break_it


def _columns(row: Model, *, but: tuple[str, ...]) -> list[str]:
    return [
        field.column
        for field in row._meta.local_concrete_fields
        if field.column not in but and not field.generated
    ]


def runs(statement: str, *values: Callable[[House], object]) -> Breaker:
    """Run a statement with values taken from the house."""

    def break_it(house: House) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [value(house) for value in values])

    return break_it


def check_now() -> None:
    """Deferred guards speak at the end of the transaction; make them speak now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
