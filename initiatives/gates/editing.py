"""How every service edits what a gate may judge: lock the measure first, tell the gate last."""

from governance.errors import Conflict, NotVisible
from governance.people.actor import Actor
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS


def measure_for_edit(measure_id: int, *, allow_closed: bool = False) -> Measure:
    """The measure, locked until the transaction ends, so that no decision falls in between.

    Raises `NotVisible` where it is gone, `Conflict("measure_closed")` and
    `Conflict("measure_cancelled")` where nothing of it may change any more.
    """
    rows = Measure.objects.lock().select_related(*MEASURE_RELATIONS)
    row: Measure | None = rows.filter(pk=measure_id).first() or rows.filter(pk=measure_id).first()
    if row is None:
        raise NotVisible
    if row.overlay == Overlay.CANCELLED:
        raise Conflict("measure_cancelled")
    if row.stage == Stage.CLOSED and not allow_closed:
        raise Conflict("measure_closed")
    return row


def measure_edited(measure: Measure, *, by: Actor) -> None:
    """Void the open request whose snapshot the edit changed (G3); call it after writing."""
