"""How every service edits what a gate may judge: lock the measure first, tell the gate last."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from approvals.choices import RequestState
from approvals.models import ApprovalRequest
from approvals.selectors import open_request
from approvals.services.requests import request_void, snapshot_hash
from governance.errors import Conflict
from governance.people.actor import Actor
from initiatives.choices import Overlay, Stage
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import SUBJECT
from initiatives.gates.snapshot import snapshot_again
from initiatives.models import Measure
from initiatives.rules import locked_refusal
from initiatives.selectors import MEASURE_RELATIONS


def measure_for_edit(measure_id: int, *, allow_closed: bool = False) -> Measure:
    """The measure, locked until the transaction ends, so that no decision falls in between.

    Raises `NotVisible` where it is gone, `Conflict("measure_closed")` and
    `Conflict("measure_cancelled")` where nothing of it may change any more.
    """
    row = locked_measure(measure_id)
    refuse_locked(row, allow_closed=allow_closed)
    return row


def refuse_locked(row: Measure, *, allow_closed: bool = False) -> None:
    """Raise where a measure is cancelled or closed: nothing of it changes then (V2)."""
    refusal = locked_refusal(Stage(row.stage), Overlay(row.overlay))
    if refusal and not (allow_closed and refusal == "measure_closed"):
        raise Conflict(refusal)


def measure_edited(measure: Measure, *, by: Actor) -> None:
    """Void the open request whose snapshot the edit changed (G3); call it after writing."""
    measures_edited([measure.pk], by=by)


def measures_edited(measure_ids: Iterable[int], *, by: Actor) -> None:
    """The same for many measures: one query where none of them has an open request."""
    requests = ApprovalRequest.objects.filter(
        subject_type=SUBJECT, subject_id__in=list(measure_ids), state=RequestState.OPEN
    )
    for request in requests.select_related("place").order_by("id"):
        # Read anew: what was edited may hang on rows that the caller holds as they were.
        row = Measure.objects.select_related(*MEASURE_RELATIONS).get(pk=request.subject_id)
        if snapshot_hash(snapshot_again(row, request)) == request.snapshot_hash:
            continue
        if row.owner_id == by.membership_id:
            row.rework_count += 1
            row.touched().save(update_fields=["rework_count", "version", "updated_at"])
        note = _("What the request shows was edited by %(name)s.") % {"name": by.name}
        request_void(request=request, note=note, by=by)


def open_request_judges(measure: Measure) -> bool:
    """Whether an open request would be voided by an edit of what it shows: pages warn first."""
    return open_request(SUBJECT, measure.pk) is not None
