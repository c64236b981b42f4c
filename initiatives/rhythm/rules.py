"""Reporting periods from a calendar's terms, and who owes an update for one; pure (R1, L4).

A period is not stored: it follows from the terms, the business calendar and the time zone, so that
no worker has to make it in time and none can make it twice. What a report answered is kept with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.calendars.rules import (
    DAYS_IN_WEEK,
    FIRST_DAY,
    LAST_DAY,
    BusinessCalendar,
    is_business_day,
    local_day,
)
from initiatives.choices import Overlay, Stage
from initiatives.rhythm.choices import ReportRhythm

MONTHS_IN_YEAR: Final = 12
MOST_BUSINESS_DAY: Final = 15
MOST_GRACE: Final = 10
# A due day that finds no business day within a month is dropped: nobody works then.
MOST_SHIFT: Final = 31
# No due day lies farther than this from the day, or the first of the month, that it comes from.
FARTHEST: Final = 2 * MOST_SHIFT
ONE_DAY: Final = timedelta(days=1)
# A calendar has at most 500 holidays, so that the due day before any other lies within this.
LOOK_BACK: Final = timedelta(days=600)
LOOK_AHEAD: Final = timedelta(days=130)
# The ideas of stage Identified are chased by their gate: nothing is planned that could be late.
OWING_STAGES: Final = (Stage.DETAILED, Stage.DECIDED, Stage.IMPLEMENTED)


@dataclass(frozen=True, slots=True)
class RhythmTerms:
    """What a reporting calendar says.

    Weekly and every two weeks an update is due on `weekday` (1 Monday to 7 Sunday), monthly on the
    `business_day`-th business day of the month, at `due_time` of the tenant's time zone. It is
    missed `grace_days` business days later. Periods are counted from `starts_on` on.
    """

    rhythm: ReportRhythm = ReportRhythm.WEEKLY
    weekday: int = 5
    business_day: int = 3
    due_time: time = time(17, 0)
    grace_days: int = 1
    starts_on: date = date(2026, 1, 1)


NAMES: Final = tuple(field.name for field in fields(RhythmTerms))


@dataclass(frozen=True, slots=True)
class ReportingPeriod:
    """From the day after the last due day to its own; both moments are aware, in UTC."""

    first_on: date
    due_on: date
    due_at: datetime
    overdue_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rhythm stands at a moment: what runs, what was due last, and what is missed by now.

    `due` is the last period whose due time has passed, `lapsed` the last whose grace has, too.
    """

    running: ReportingPeriod | None = None
    due: ReportingPeriod | None = None
    lapsed: ReportingPeriod | None = None

    @property
    def stale_before(self) -> date | None:
        """L4: a measure whose last update answers an earlier day than this one is stale."""
        return self.lapsed.first_on if self.lapsed else None

    def answered(self, now: datetime, last: date | None) -> ReportingPeriod | None:
        """Which period an update of now answers, if the one before answered the day `last`.

        Within the grace of a period without an update it is that one, and late; else what runs.
        """
        due = self.due
        if due is not None and now <= due.overdue_at and (last is None or last < due.first_on):
            return due
        return self.running


def owes_updates(stage: Stage, overlay: Overlay, *, has_owner: bool) -> bool:
    """Whether a measure owes an update per period: live, past T1, not closed, owned (G10, L4)."""
    return overlay is Overlay.ACTIVE and stage in OWING_STAGES and has_owner


def is_stale(created_on: date, last: date | None, stale_before: date | None) -> bool:
    """L4 of a measure that owes updates: none answers the last missed period or a later one.

    A measure that was written down within that period owes from the next one on.
    """
    if stale_before is None or created_on >= stale_before:
        return False
    return last is None or last < stale_before


def first_missed(missed: Sequence[ReportingPeriod], since: date) -> ReportingPeriod:
    """The first of these periods, the oldest first, that begins after a day; the last if none."""
    return next((period for period in missed if period.first_on > since), missed[-1])


# --- periods ------------------------------------------------------------------------------------


def standing(
    terms: RhythmTerms, now: datetime, calendar: BusinessCalendar, zone: ZoneInfo
) -> Standing:
    """Where a rhythm stands at an aware moment."""
    today = local_day(now, zone)
    running = due = lapsed = None
    for period in periods(terms, today - LOOK_BACK, today + LOOK_AHEAD, calendar, zone):
        if period.due_at >= now:
            # After the hour on a due day the next period runs already.
            running = period if due is not None or period.first_on <= today else None
            break
        due = period
        lapsed = period if period.overdue_at < now else lapsed
    return Standing(running, due, lapsed)


def periods(
    terms: RhythmTerms, first: date, last: date, calendar: BusinessCalendar, zone: ZoneInfo
) -> list[ReportingPeriod]:
    """The periods that are due from one day to another, in their order."""
    found, begins = [], terms.starts_on
    for day in due_days(terms, first - LOOK_BACK, last, calendar):
        if day >= first:
            found.append(_period(terms, begins, day, calendar, zone))
        begins = day + ONE_DAY
    return found


def due_days(terms: RhythmTerms, first: date, last: date, calendar: BusinessCalendar) -> list[date]:
    """Due days from one day to another, each once; a holiday moves one to the next business day.

    Where two meet on one day, such as after a week that nobody works, they are one.
    """
    low = max(first, terms.starts_on)
    found: list[date] = []
    for nominal in _nominal_days(terms, low - timedelta(days=FARTHEST), last):
        if nominal < terms.starts_on:
            continue
        day = _moved(terms, nominal, calendar)
        if day is not None and low <= day <= last and (not found or day > found[-1]):
            found.append(day)
    return found


def _nominal_days(terms: RhythmTerms, first: date, last: date) -> Iterator[date]:
    """Days by the rhythm alone; of a month its first, from which business days are counted."""
    if terms.rhythm is ReportRhythm.MONTHLY:
        yield from _firsts(max(first, terms.starts_on), last)
        return
    step = DAYS_IN_WEEK * (2 if terms.rhythm is ReportRhythm.FORTNIGHTLY else 1)
    start = terms.starts_on
    day = start + timedelta(days=(terms.weekday - start.isoweekday()) % DAYS_IN_WEEK)
    if first > day:
        day += timedelta(days=-(-(first - day).days // step) * step)
    while day <= last:
        yield day
        day += timedelta(days=step)


def _firsts(first: date, last: date) -> Iterator[date]:
    """The first days of the months from the one of `first` on."""
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        yield max(day, first) if (year, month) == (first.year, first.month) else day
        year, month = (year + 1, 1) if month == MONTHS_IN_YEAR else (year, month + 1)


def _moved(terms: RhythmTerms, nominal: date, calendar: BusinessCalendar) -> date | None:
    """The due day itself; None where nobody works in the month that follows."""
    if terms.rhythm is not ReportRhythm.MONTHLY:
        return _business_day_from(nominal, calendar)
    day = _business_day_from(nominal.replace(day=1), calendar)
    for _step in range(terms.business_day - 1):
        day = None if day is None else _business_day_from(day + ONE_DAY, calendar)
    is_far = day is None or day - nominal.replace(day=1) >= timedelta(days=FARTHEST)
    return None if is_far or day is None or day < terms.starts_on else day


def _business_day_from(day: date, calendar: BusinessCalendar) -> date | None:
    days = (day + timedelta(days=n) for n in range(MOST_SHIFT))
    return next((one for one in days if is_business_day(one, calendar)), None)


def _period(
    terms: RhythmTerms, first: date, due_on: date, calendar: BusinessCalendar, zone: ZoneInfo
) -> ReportingPeriod:
    overdue_on = due_on
    for _step in range(terms.grace_days):
        after = overdue_on + ONE_DAY
        # Where nobody works for long the grace is counted in days, so that it ends; from where it
        # has come to, since an earlier period must never end later.
        overdue_on = _business_day_from(after, calendar) or after
    due_at = moment_of(due_on, terms.due_time, zone)
    return ReportingPeriod(first, due_on, due_at, moment_of(overdue_on, terms.due_time, zone))


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A time of day as it is lived in a zone, in UTC.

    In the night in which clocks go back the later of two counts; one that clocks skip is as long
    after midnight as it says.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=_fold(day, at, zone)).astimezone(UTC)


def _fold(day: date, at: time, zone: ZoneInfo) -> int:
    """1 for a time that comes twice; of one that is skipped fold 0 means the offset before."""
    early, late = (datetime.combine(day, at, tzinfo=zone).replace(fold=f) for f in (0, 1))
    return 1 if early.astimezone(UTC) < late.astimezone(UTC) else 0


# --- what people propose ------------------------------------------------------------------------


def term_faults(terms: RhythmTerms) -> dict[str, list[StrOrPromise]]:
    """What cannot be kept, by field; empty where all of it can."""
    faults: dict[str, list[StrOrPromise]] = {}
    if terms.rhythm not in ReportRhythm.values:
        faults["rhythm"] = [_("Choose weekly, fortnightly or monthly.")]
    if not 1 <= terms.weekday <= DAYS_IN_WEEK:
        faults["weekday"] = [_("Weekdays are numbered 1 (Monday) to 7 (Sunday).")]
    if not 1 <= terms.business_day <= MOST_BUSINESS_DAY:
        faults["business_day"] = [_("Write a business day from 1 to 15.")]
    if not 0 <= terms.grace_days <= MOST_GRACE:
        faults["grace_days"] = [_("Write from 0 to 10 business days.")]
    if not FIRST_DAY <= terms.starts_on <= LAST_DAY:
        faults["starts_on"] = [_("A day from 1990 to 2199.")]
    return faults


# --- the page of all updates --------------------------------------------------------------------


def comes_late(plan_on: date | None, forecast_on: date | None, today: date) -> bool:
    """Whether an open milestone is overdue, or expected after its planned day."""
    return plan_on is not None and max(forecast_on or plan_on, today) > plan_on
