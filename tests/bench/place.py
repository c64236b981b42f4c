"""A generated tenant as benchmarks see it, and raw connections beside the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.houses import House


@dataclass(frozen=True)
class Place:
    """One tenant of `size` measures.

    `bare` is an autocommit connection of the application's own role with the tenant active, for
    reading; row security holds on it. `unguarded` is the superuser's with triggers and foreign
    keys off, for writing a row and nothing else. `unguarded_url` opens more of the latter.
    """

    house: House
    size: int
    bare: psycopg.Connection
    unguarded: psycopg.Connection
    unguarded_url: str

    @property
    def tenant_id(self) -> int:
        return int(self.house.tenant.pk)

    def read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows of one bare statement, read to the end."""
        return self.bare.execute(query.encode(), values).fetchall()

    def write(self, query: str, values: Sequence[Any] = ()) -> None:
        """One bare statement in a transaction of its own; must change exactly one row."""
        changed = self.unguarded.execute(query.encode(), values).rowcount
        assert changed == 1, f"{changed} rows changed by {query}"


def opened(house: House, size: int, *, app_url: str, superuser_url: str) -> Place:
    """Connect beside the product."""
    # Planned each time, as Django's statements are: else the sixth call would be another query.
    bare = psycopg.connect(app_url, autocommit=True, prepare_threshold=None)
    bare.execute(f"SET app.tenant_id = '{int(house.tenant.pk)}'".encode())
    unguarded = psycopg.connect(superuser_url, autocommit=True, prepare_threshold=None)
    unguarded.execute("SET session_replication_role = replica")
    return Place(house, size, bare, unguarded, superuser_url)


def closed(place: Place) -> None:
    place.bare.close()
    place.unguarded.close()
