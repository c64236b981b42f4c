"""Putting a measure on the light track, or back on the standard one (domain.md, section 3)."""

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.gates.facts import fits_light_track
from initiatives.models import Measure
from initiatives.services import measure_subject
from initiatives.stage_models.choices import Track


@transaction.atomic
def track_change(*, measure: Measure, track: Track, by: Actor) -> Measure:
    """The PMO chooses the track while a measure is Identified; the same again writes nothing.

    Raises `Forbidden`, `Conflict("frozen")` once a gate is passed, `Refused("track_too_large")`
    for the light track where value or one-time cost reach the model's limit.
    """
    by.require(Permission.MEASURE_SET_JUDGES, measure.path)
    row = measure_for_edit(measure.pk)
    if row.track == track:
        return row
    if row.stage != Stage.IDENTIFIED:
        raise Conflict("frozen")
    if track is Track.LIGHT and not fits_light_track(row):
        raise Refused("track_too_large")
    before, row.track = row.track, track
    row.touched().save()
    changes = {"track": [before, track.value]}
    record(AuditAction.TRACK_CHANGED, subject=measure_subject(row), by=by, changes=changes)
    publish("measure.changed", key=row.code, payload={"code": row.code, "fields": ["track"]})
    measure_edited(row, by=by)
    return row
