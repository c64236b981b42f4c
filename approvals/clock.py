"""When an answer is due: business days of the calendar that held when the request was made (S5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from governance.calendars.rules import BusinessCalendar, business_days_between, due_at, local_day
from governance.calendars.selectors import calendar_numbered, calendars_numbered, zone_of
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant


class Clock:
    """One calendar in the tenant's time zone; two queries to set up unless both are given."""

    def __init__(
        self,
        calendar_number: int,
        calendar: BusinessCalendar | None = None,
        zone: ZoneInfo | None = None,
    ) -> None:
        self.calendar: BusinessCalendar = calendar or calendar_numbered(calendar_number)
        self.zone = zone or _zone()

    def due_after(self, days: int, start: datetime) -> datetime:
        """The end of the n-th business day after `start`."""
        return due_at(start, days, self.calendar, self.zone)

    def days_left(self, due: datetime, now: datetime) -> int:
        """Business days until a due time; 0 on the day itself, negative after it."""
        return business_days_between(
            local_day(now, self.zone), local_day(due, self.zone), self.calendar
        )


def _zone() -> ZoneInfo:
    return zone_of(Tenant.objects.get(pk=active_tenant_id()))


class Clocks:
    """The clocks of many requests: each calendar is read once."""

    def __init__(self) -> None:
        self.known: dict[int, Clock] = {}

    def read(self, calendar_numbers: Iterable[int]) -> Self:
        """Read several calendars at once: two queries, however many they are."""
        missing = set(calendar_numbers) - self.known.keys()
        if missing:
            zone, found = _zone(), calendars_numbered(missing)
            self.known |= {number: Clock(number, one, zone) for number, one in found.items()}
        return self

    def of(self, calendar_number: int) -> Clock:
        if calendar_number not in self.known:
            self.known[calendar_number] = Clock(calendar_number)
        return self.known[calendar_number]
