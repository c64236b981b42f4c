"""The arithmetic of business days, and holidays as people write them (G6, S5); pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import Refused
from governance.text import one_line, text_fault

DAYS_IN_WEEK: Final = 7
WEEKDAYS: Final = frozenset(range(1, DAYS_IN_WEEK + 1))
MONDAY_TO_FRIDAY: Final = frozenset(range(1, 6))
# Ten years hold at least 521 of any weekday, so that no calendar of this many holidays closes them.
MOST_HOLIDAYS: Final = 500
SEARCHED: Final = timedelta(days=3652)
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
NAME_LENGTH: Final = 100
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LINE = re.compile(r"(\S+)\s*(.*)")
ONE_DAY, YEAR = timedelta(days=1), timedelta(days=365)


class NoBusinessDay(Refused):
    """Ten years, or the end of all dates, without a business day; no calendar in force does it."""

    code = "no_business_day"


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A day on which nobody works, with its name."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Working weekdays (1 Monday to 7 Sunday) without the holidays; number 0 is the standard."""

    working_days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    number: int = 0


STANDARD: Final = BusinessCalendar()


def is_business_day(day: date, calendar: BusinessCalendar) -> bool:
    """Whether the calendar counts this day."""
    return day.isoweekday() in calendar.working_days and day not in calendar.holidays


def add_business_days(start: date, n: int, calendar: BusinessCalendar) -> date:
    """The n-th business day after `start`; for 0 the first one from `start` on.

    Raises `NoBusinessDay` after ten years without one, and `ValueError` for a negative n.
    """
    if n < 0:
        raise ValueError("business days are counted forwards")
    try:
        day = _business_day_from(start if n == 0 else start + ONE_DAY, calendar)
        for _step in range(n - 1):
            day = _business_day_from(day + ONE_DAY, calendar)
    except OverflowError as error:
        raise NoBusinessDay from error
    return day


def _business_day_from(day: date, calendar: BusinessCalendar) -> date:
    last = day + min(SEARCHED, date.max - day)
    while not is_business_day(day, calendar):
        if day == last:
            raise NoBusinessDay
        day += ONE_DAY
    return day


def business_days_between(a: date, b: date, calendar: BusinessCalendar) -> int:
    """How many business days lie after `a` up to and including `b`; negative where b is before a.

    Counts whole weeks at once, so that years cost no more than days.
    """
    if b < a:
        return -business_days_between(b, a, calendar)
    weeks, rest = divmod((b - a).days, DAYS_IN_WEEK)
    ends = ((a.isoweekday() + step - 1) % DAYS_IN_WEEK + 1 for step in range(1, rest + 1))
    worked = weeks * len(calendar.working_days)
    worked += sum(weekday in calendar.working_days for weekday in ends)
    return worked - sum(
        a < day <= b and day.isoweekday() in calendar.working_days for day in calendar.holidays
    )


def due_at(moment: datetime, days: int, calendar: BusinessCalendar, zone: ZoneInfo) -> datetime:
    """The last instant of the n-th business day after `moment`, as it is lived in `zone`; in UTC.

    Where clocks go back over midnight the day ends with its second 23:59:59. Raises as
    `add_business_days` does.
    """
    return end_of_day(add_business_days(local_day(moment, zone), days, calendar), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a day as it is lived in `zone`, in UTC; raises `NoBusinessDay`."""
    try:
        return datetime.combine(day, time.max, tzinfo=zone).replace(fold=1).astimezone(UTC)
    except OverflowError as error:
        raise NoBusinessDay from error


def business_days_before(day: date, n: int, calendar: BusinessCalendar) -> date:
    """The latest day with `n` business days after it up to and including `day`.

    Goes back a year at most: where a calendar closes more than that, it is the day a year before.
    """
    start, earliest = day, day - YEAR
    while start > earliest and business_days_between(start, day, calendar) < n:
        start -= ONE_DAY
    return start


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Which day it is in a zone; `moment` is aware."""
    return moment.astimezone(zone).date()


# --- what people write --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HolidayLines:
    """A text taken apart: the holidays, the line each stands in, and what is wrong by line."""

    holidays: tuple[Holiday, ...]
    lines: tuple[int, ...]
    faults: tuple[tuple[int, StrOrPromise], ...]

    @property
    def said(self) -> list[StrOrPromise]:
        """Everything wrong, in the order of the lines."""
        wrong = holiday_faults(self.holidays)
        placed = [*self.faults, *((self.lines[place], text) for place, text in wrong)]
        head = _("Line %(line)s: %(fault)s")
        return [head % {"line": at, "fault": str(text)} for at, text in sorted_faults(placed)]


def sorted_faults(faults: Iterable[tuple[int, StrOrPromise]]) -> list[tuple[int, StrOrPromise]]:
    return sorted(faults, key=lambda pair: pair[0])


def read_holidays(text: str) -> HolidayLines:
    """One holiday per line, `2026-12-25 Christmas Day`; empty lines do not count."""
    found: list[tuple[int, Holiday]] = []
    faults: list[tuple[int, StrOrPromise]] = []
    for at, line in enumerate(text.splitlines(), start=1):
        match = LINE.fullmatch(line.strip())
        if match is None:
            continue
        day = read_day(match[1])
        if day is None:
            faults.append((at, _("Begin with a day, such as 2026-12-25.")))
            continue
        found.append((at, Holiday(day, one_line(match[2]))))
    return HolidayLines(
        tuple(holiday for _at, holiday in found), tuple(at for at, _holiday in found), tuple(faults)
    )


def read_day(text: str) -> date | None:
    """A day of the form 2026-12-25; None for anything else."""
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None


def holidays_text(holidays: Iterable[Holiday]) -> str:
    """What `read_holidays` reads back."""
    return "\n".join(f"{holiday.day.isoformat()} {holiday.name}" for holiday in holidays)


def holiday_faults(holidays: Sequence[Holiday]) -> list[tuple[int, StrOrPromise]]:
    """What cannot be kept, by the place in the list, from 0."""
    seen: set[date] = set()
    faults: list[tuple[int, StrOrPromise]] = []
    for place, holiday in enumerate(holidays):
        if fault := _fault_of(holiday, seen):
            faults.append((place, fault))
        seen.add(holiday.day)
    if len(holidays) > MOST_HOLIDAYS:
        text = _("At most %(limit)s holidays.") % {"limit": MOST_HOLIDAYS}
        faults.append((MOST_HOLIDAYS, text))
    return faults


def _fault_of(holiday: Holiday, seen: set[date]) -> StrOrPromise | None:
    if not FIRST_DAY <= holiday.day <= LAST_DAY:
        return _("A day from 1990 to 2199.")
    if holiday.day in seen:
        return _("This day stands here twice.")
    if not holiday.name:
        return _("Name the holiday after its day.")
    return text_fault(holiday.name, limit=NAME_LENGTH)


def weekday_fault(working_days: Iterable[int]) -> StrOrPromise | None:
    """Without a working weekday no deadline would ever come; None if all is well."""
    days = set(working_days)
    if not days:
        return _("At least one weekday must be a working day.")
    return None if days <= WEEKDAYS else _("Weekdays are numbered 1 (Monday) to 7 (Sunday).")
