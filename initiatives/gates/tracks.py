"""Putting a measure on the light track and back (section 3): the PMO does, while it is small."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from approvals.selectors import open_request
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Refused, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import Stage
from initiatives.gates.editing import measure_for_edit
from initiatives.gates.facts import amounts_of
from initiatives.gates.own_criteria import fits_light_track
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.services import measure_subject
from initiatives.stage_models.choices import Track

# Measures of one owner in one package count together when they were made this close.
TOGETHER = timedelta(days=90)


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
    return None if fits_light_track(measure) and fits_together(measure) else "track_too_large"


def fits_together(measure: Measure) -> bool:
    """Whether the measure and its owner's other light ones of the same package are small still.

    Those made within ninety days count together: a large measure is not cut into small ones.
    """
    others = Measure.objects.filter(
        track=Track.LIGHT,
        package=measure.package_id,
        owner=measure.owner_id,
        created_at__gte=timezone.now() - TOGETHER,
    ).exclude(pk=measure.pk)
    if measure.owner_id is None:
        others = Measure.objects.none()
    value, cost = Decimal(0), Decimal(0)
    for one in (measure, *others):
        if amounts := amounts_of(one):
            value, cost = value + abs(amounts.value), cost + amounts.one_time_cost
    limit = measure.stage_model.read.limits.light_limit
    return bool(value < limit and cost < limit)


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
    before = row.track
    row.track = track
    row.touched().save()
    changes = {"track": [before, track.value]}
    record(AuditAction.TRACK_CHANGED, subject=measure_subject(row), by=by, changes=changes)
    publish("measure.track_changed", key=row.code, payload={"code": row.code, "track": track.value})
    return row
