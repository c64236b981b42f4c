"""Reading the calendar: the one in force, the versions, and what day it is in the tenant."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from governance.calendars.choices import CalendarState
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import STANDARD, BusinessCalendar, local_day
from governance.errors import NotVisible
from governance.tenancy.models import Tenant


def calendar_versions() -> QuerySet[CalendarVersion]:
    """All versions with their people, newest first."""
    rows: QuerySet[CalendarVersion] = CalendarVersion.objects.select_related(
        "proposed_by__user", "published_by__user"
    )
    return rows.order_by("-number")


def version_in_force() -> CalendarVersion | None:
    """The published version; None where the standard holds. One query."""
    return calendar_versions().filter(state=CalendarState.PUBLISHED).first()


def version_proposed() -> CalendarVersion | None:
    """The draft that waits for a second person (S5). One query."""
    return calendar_versions().filter(state=CalendarState.DRAFT).first()


def calendar_version(number: int) -> CalendarVersion:
    """One version by its number; raises `NotVisible`."""
    row = calendar_versions().filter(number=number).first()
    if row is None:
        raise NotVisible
    return row


def current_calendar() -> BusinessCalendar:
    """The calendar in force, Monday to Friday without holidays where none was published.

    One query. It applies to what is submitted from now on (S5): whatever started under a version
    keeps its number and asks `calendar_numbered` for it.
    """
    row = CalendarVersion.objects.filter(state=CalendarState.PUBLISHED).first()
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


def zone_of(tenant: Tenant) -> ZoneInfo:
    """The tenant's time zone."""
    return ZoneInfo(tenant.time_zone)


def today_of(tenant: Tenant) -> date:
    """What day it is in the tenant's time zone."""
    return local_day(timezone.now(), zone_of(tenant))
