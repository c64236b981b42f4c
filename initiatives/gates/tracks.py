"""Putting a measure on the light track and back (section 3): the PMO does, while it is small."""

from django.db import transaction

from approvals.selectors import open_request
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Refused, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import Stage
from initiatives.gates.editing import measure_for_edit
from initiatives.gates.facts import fits_light_track
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.services import measure_subject
from initiatives.stage_models.choices import Track


def track_refusal(measure: Measure, track: Track) -> str | None:
    """Why a measure cannot be put on a track now, as a refusal code; None if it can."""
    if measure.stage != Stage.IDENTIFIED:
        return "wrong_stage"
    if open_request(SUBJECT, measure.pk) is not None:
        return "request_open"
    if track is not Track.LIGHT:
        return None
    if not measure.stage_model.read.gates_of(Track.LIGHT):
        return "no_light_track"
    return None if fits_light_track(measure) else "track_too_large"


@transaction.atomic
def track_set(*, measure: Measure, track: Track, seen_version: int, by: Actor) -> Measure:
    """Put a measure on a track; the PMO's right, while it is Identified and nothing is asked.

    Raises `Stale`, `Conflict("request_open")`, `Refused("wrong_stage" | "track_too_large" |
    "no_light_track")`.
    """
    by.require(Permission.MEASURE_SET_JUDGES, measure.path)
    row = measure_for_edit(measure.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if reason := track_refusal(row, track):
        raise Conflict(reason) if reason == "request_open" else Refused(reason)
    if row.track == track:
        return row
    put_on(row, track, by=by)
    return row


def put_on(row: Measure, track: Track, *, by: Actor, reason: str = "") -> None:
    """Write another track of a locked measure, with what history says of it."""
    changes = {"track": [row.track, track.value]}
    row.track = track
    row.touched().save()
    record(
        AuditAction.TRACK_CHANGED,
        subject=measure_subject(row),
        by=by,
        changes=changes,
        reason=reason,
    )
    publish("measure.track_changed", key=row.code, payload={"code": row.code, "track": track.value})
