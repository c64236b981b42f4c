"""Which reporting periods the figures of the rhythm look back on, as SQL takes them (R3)."""

from datetime import timedelta
from typing import Any

from governance.calendars.rules import local_day
from initiatives.rhythm.rules import LOOK_BACK, ReportingPeriod, RhythmTerms, periods
from initiatives.rhythm.selectors import Rhythms
from reporting.rules_rhythm import PERIODS_COUNTED


def due_periods(rhythms: Rhythms, terms: RhythmTerms | None) -> list[ReportingPeriod]:
    """The last periods that were due, the newest first."""
    if terms is None:
        return []
    today = local_day(rhythms.now, rhythms.zone)
    days = (today - LOOK_BACK, today + timedelta(days=1))
    every = periods(terms, *days, rhythms.calendar, rhythms.zone)
    return [one for one in every if one.due_at < rhythms.now][::-1][:PERIODS_COUNTED]


def owed_params(rhythms: Rhythms) -> dict[str, Any]:
    """The last periods that were due by each calendar in force, as columns, and L4 by each."""
    calendars = {0: rhythms.default, **rhythms.own}
    found: list[tuple[int, int, ReportingPeriod]] = []
    for program, terms in calendars.items():
        for place, period in enumerate(due_periods(rhythms, terms), start=1):
            found.append((program, place, period))
    stands = {pk: rhythms.standing_of(terms).stale_before for pk, terms in calendars.items()}
    return {
        "programs": [program for program, _place, _period in found],
        "place": [place for _program, place, _period in found],
        "first_on": [period.first_on for *_names, period in found],
        "due_on": [period.due_on for *_names, period in found],
        "due_at": [period.due_at for *_names, period in found],
        "own": sorted(rhythms.own),
        "calendars": list(stands),
        "stale_before": list(stands.values()),
    }


def due_params(rhythms: Rhythms) -> dict[str, Any]:
    """When an update was due last: from the next such moment on other periods count."""
    due = {pk: rhythms.standing_of(terms).due for pk, terms in _sorted(rhythms)}
    return {"due": {pk: period.due_at.isoformat() for pk, period in due.items() if period}}


def _sorted(rhythms: Rhythms) -> list[tuple[int, RhythmTerms | None]]:
    return [(0, rhythms.default), *sorted(rhythms.own.items())]
