"""A second connection beside a long transaction: what it commits is seen and free at once."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
from django.db import connection

T = TypeVar("T")


class Aside:
    """Short transactions of one tenant while the main connection is inside a long one.

    For what must not wait for the long one's commit: progress that a page shows, and counters
    whose row would else stay locked. Nothing done here is undone with the main transaction.
    """

    def __init__(self, tenant_id: int) -> None:
        self.tenant_id = int(tenant_id)
        self._raw: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        parameters = connection.get_connection_params()
        self._raw = psycopg.connect(**{**parameters, "autocommit": True})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._raw is not None:
            self._raw.close()

    def run(self, work: Callable[[Any], T]) -> T:
        """Call `work(cursor)` in a transaction of its own with the tenant active."""
        if self._raw is None:
            raise RuntimeError("open it first: with Aside(tenant_id) as aside")
        with self._raw.transaction(), self._raw.cursor() as cursor:
            cursor.execute(f"SET LOCAL app.tenant_id = '{self.tenant_id}'")
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            return work(cursor)
