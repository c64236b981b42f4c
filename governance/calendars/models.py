"""Versions of the tenant's calendar: proposed by one person, published by another (S5)."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from governance.calendars.choices import Weekday
from governance.calendars.rules import WEEKDAYS, BusinessCalendar, Holiday
from governance.tenancy.models import TenantOwned
from governance.versions.models import SettingVersion, version_constraints


class CalendarVersion(SettingVersion):
    """One version of the calendar; the trigger `governance_calendar_version_is_final` guards it."""

    working_days = ArrayField(models.PositiveSmallIntegerField())
    holidays = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints = [
            *version_constraints("governance_calendar"),
            models.CheckConstraint(
                condition=models.Q(working_days__len__gt=0)
                & models.Q(working_days__contained_by=sorted(WEEKDAYS)),
                name="governance_calendar_working_days",
            ),
        ]

    @property
    def holiday_list(self) -> list[Holiday]:
        """The holidays in the order of their days."""
        return [Holiday(date.fromisoformat(row["day"]), row["name"]) for row in self.holidays]

    @property
    def weekdays(self) -> list[Weekday]:
        return [Weekday.numbered(number) for number in sorted(self.working_days)]

    @property
    def calendar(self) -> BusinessCalendar:
        """What the arithmetic needs of it."""
        days = frozenset(holiday.day for holiday in self.holiday_list)
        return BusinessCalendar(frozenset(self.working_days), days, self.number)
