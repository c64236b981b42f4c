"""The lock under which a measure is asked about, edited and moved."""

from governance.errors import NotVisible
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS


def locked_measure(measure_id: int) -> Measure:
    """The measure as it is now, locked until the transaction ends; raises `NotVisible`."""
    rows = Measure.objects.lock().select_related(*MEASURE_RELATIONS)
    # Waiting for a move to commit, PostgreSQL joins the moved row to the package it left and finds
    # none. The lock is ours by then: a second look sees the row as it is, or that it is gone.
    row: Measure | None = rows.filter(pk=measure_id).first() or rows.filter(pk=measure_id).first()
    if row is None:
        raise NotVisible
    return row
