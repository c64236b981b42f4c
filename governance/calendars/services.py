"""Writing the calendar: one person proposes a version, another publishes it (S5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.calendars.choices import Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import MONDAY_TO_FRIDAY, Holiday, holiday_faults, weekday_fault
from governance.people.actor import Actor
from governance.versions.services import (
    SettingKind,
    version_propose,
    version_publish,
)


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    """What a version says: working weekdays (1 Monday to 7 Sunday) and holidays."""

    working_days: Sequence[int] = tuple(sorted(MONDAY_TO_FRIDAY))
    holidays: Sequence[Holiday] = ()

    @property
    def faults(self) -> dict[str, list[StrOrPromise]]:
        """What cannot be kept, by field; holidays by their place in the list."""
        faults: dict[str, list[StrOrPromise]] = {}
        if fault := weekday_fault(self.working_days):
            faults["working_days"] = [fault]
        for place, text in holiday_faults(self.holidays):
            faults.setdefault(f"holidays.{place}", []).append(text)
        return faults


def calendar_propose(*, draft: CalendarDraft, by: Actor) -> CalendarVersion:
    """Put the next version forward; raises as `version_propose` does."""
    days = sorted(set(draft.working_days))
    holidays = [
        {"day": holiday.day.isoformat(), "name": holiday.name} for holiday in sorted(draft.holidays)
    ]
    said = {"working_days": days, "holidays": holidays}
    return version_propose(kind=CALENDAR, said=said, faults=draft.faults, by=by)


def calendar_publish(*, number: int, seen_version: int, by: Actor) -> CalendarVersion:
    """Bring a proposal into force from now on; raises as `version_publish` does."""
    return version_publish(kind=CALENDAR, number=number, seen_version=seen_version, by=by)


def _changes(before: CalendarVersion | None, after: CalendarVersion) -> dict[str, Any]:
    """What differs from the calendar in force: weekdays, and each holiday by its day."""
    standing = sorted(before.working_days) if before else sorted(MONDAY_TO_FRIDAY)
    changes: dict[str, Any] = {}
    if standing != after.working_days:
        changes["working_days"] = [_words(standing), _words(after.working_days)]
    old = {row["day"]: row["name"] for row in (before.holidays if before else [])}
    new = {row["day"]: row["name"] for row in after.holidays}
    holidays = {
        day: [old.get(day), new.get(day)]
        for day in sorted(old.keys() | new.keys())
        if old.get(day) != new.get(day)
    }
    return changes | ({"holidays": holidays} if holidays else {})


def _words(numbers: Sequence[int]) -> list[str]:
    return [Weekday.numbered(number).value for number in numbers]


CALENDAR: Final = SettingKind(
    CalendarVersion,
    noun="calendar",
    proposed=AuditAction.CALENDAR_PROPOSED,
    published=AuditAction.CALENDAR_PUBLISHED,
    withdrawn=AuditAction.CALENDAR_WITHDRAWN,
    changes=_changes,
)
