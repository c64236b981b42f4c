"""The weekly rhythm of the house: ten weeks of updates, by owners who keep it more or less."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from exchange.demo.plans import choice
from governance.calendars.selectors import current_calendar
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from initiatives.choices import Light, Overlay
from initiatives.models import Measure
from initiatives.rhythm.rules import OWING_STAGES, RhythmTerms, periods
from initiatives.rhythm.services import reporting_calendar_propose, reporting_calendar_publish
from initiatives.services_imports import ReportEntry, status_reports_write

WEEKS = 10
# One owner in five reports carelessly, and has said nothing for two weeks.
KINDS_OF_OWNERS = ("careful", "careful", "careful", "busy", "careless")
SILENT_WEEKS = 2
# How seldom an update fails to come: one in so many.
MISSES = {"careful": 40, "busy": 6, "careless": 3}
LIGHTS = (Light.GREEN, Light.GREEN, Light.GREEN, Light.AMBER, Light.GREEN, Light.RED)


def rhythm_kept(tenant: Tenant, today: date, *, by: Actor, second: Actor) -> None:
    """Publish a weekly calendar (S5), and bring in what was reported since."""
    terms = RhythmTerms(starts_on=today - timedelta(weeks=WEEKS))
    row = reporting_calendar_propose(terms=terms, by=by)
    reporting_calendar_publish(number=row.number, seen_version=row.version, by=second)
    owing = list(
        Measure.objects.filter(
            overlay=Overlay.ACTIVE, stage__in=OWING_STAGES, owner__isnull=False
        ).order_by("code")
    )
    _written_down(owing, terms.starts_on)
    calendar, zone = current_calendar(), ZoneInfo(tenant.time_zone)
    days = [period.due_on for period in periods(terms, terms.starts_on, today, calendar, zone)]
    entries = [
        entry
        for measure in owing
        for place, day in enumerate(reversed(days))
        if (entry := _entry(measure, day, place)) is not None and day <= today
    ]
    status_reports_write(entries=entries, by=by)


def _written_down(owing: list[Measure], starts_on: date) -> None:
    """The demo is built in one day; its measures have been there since before the rhythm."""
    at = datetime.combine(starts_on - timedelta(days=1), time(12), tzinfo=UTC)
    Measure.objects.filter(pk__in=[measure.pk for measure in owing]).update(created_at=at)


def _entry(measure: Measure, day: date, place: int) -> ReportEntry | None:
    """The report of one week, counted back from the last; None where none came."""
    kind = choice(KINDS_OF_OWNERS, "owner", str(measure.owner_id))
    is_silent = kind == "careless" and place < SILENT_WEEKS
    if is_silent or choice(range(MISSES[kind]), measure.code, day.isoformat()) == 0:
        return None
    light = choice(LIGHTS, measure.code, str(place // 3))
    return ReportEntry(
        measure_id=measure.pk,
        measure_code=measure.code,
        measure_name=measure.name,
        reported_on=day,
        rater="",
        light=light.value,
        stated="",
        commentary="",
    )
