"""Reading the calendar: the one in force, the versions, and what day it is in the tenant."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from governance.calendars.models import CalendarVersion
from governance.calendars.rules import STANDARD, BusinessCalendar, local_day
from governance.errors import NotVisible
from governance.tenancy.models import Tenant
from governance.versions.choices import VersionState


def current_calendar() -> BusinessCalendar:
    """The calendar in force, Monday to Friday without holidays where none was published.

    One query. It applies to what is submitted from now on (S5): whatever started under a version
    keeps its number and asks `calendar_numbered` for it.
    """
    row = CalendarVersion.objects.filter(state=VersionState.PUBLISHED).first()
    return row.calendar if row else STANDARD


def calendar_numbered(number: int) -> BusinessCalendar:
    """The calendar as a version that is or was in force says it; 0 is the standard. One query.

    Raises `NotVisible` for a number that never came into force.
    """
    if number == STANDARD.number:
        return STANDARD
    row = CalendarVersion.objects.filter(number=number, published_at__isnull=False).first()
    if row is None:
        raise NotVisible
    calendar: BusinessCalendar = row.calendar
    return calendar


def calendars_numbered(numbers: Iterable[int]) -> dict[int, BusinessCalendar]:
    """The same for several numbers by number, without those that never came into force."""
    wanted = set(numbers)
    rows = CalendarVersion.objects.filter(number__in=wanted, published_at__isnull=False)
    found = {row.number: row.calendar for row in rows}
    return found | ({STANDARD.number: STANDARD} if STANDARD.number in wanted else {})


def zone_of(tenant: Tenant) -> ZoneInfo:
    """The tenant's time zone."""
    return ZoneInfo(tenant.time_zone)


def today_of(tenant: Tenant) -> date:
    """What day it is in the tenant's time zone."""
    return local_day(timezone.now(), zone_of(tenant))
