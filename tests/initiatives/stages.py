"""Measures further up the ladder, for tests of what a stage freezes.

The database lets nobody go around a gate (G1), so no row is written: within the block, this one
measure is read as if it had passed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from initiatives.models import Measure


@contextmanager
def put_at(measure: Measure, **state: str) -> Iterator[None]:
    """Read a measure at another stage or under another overlay: `put_at(row, stage="decided")`."""
    plain = Measure.from_db.__func__

    def read(cls: type[Measure], *args: Any, **more: Any) -> Measure:
        row = plain(cls, *args, **more)
        if row.pk == measure.pk:
            row.__dict__.update(state)
        return row

    before = {name: getattr(measure, name) for name in state}
    measure.__dict__.update(state)
    try:
        with mock.patch.object(Measure, "from_db", classmethod(read)):
            yield
    finally:
        measure.__dict__.update(before)
