"""Versions of the tenant's calendar: proposed by one person, published by another (S5)."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from governance.calendars.choices import CalendarState, Weekday
from governance.calendars.rules import WEEKDAYS, BusinessCalendar, Holiday
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned

IN_FORCE_ONCE = (CalendarState.PUBLISHED, CalendarState.SUPERSEDED)


class CalendarVersion(Versioned):
    """One version of the calendar; what it says never changes, only its state moves on.

    The database guards it: a trigger (`governance_calendar_version_is_final`) lets a draft be
    published or withdrawn and a published one be superseded, and nothing else.
    """

    number = models.PositiveIntegerField()
    working_days = ArrayField(models.PositiveSmallIntegerField())
    holidays = models.JSONField(default=list)
    state = models.CharField(
        max_length=10, choices=CalendarState.choices, default=CalendarState.DRAFT
    )
    proposed_by = TenantForeignKey(Membership)
    published_by = TenantForeignKey(Membership, null=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="governance_calendar_number"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state=CalendarState.DRAFT),
                name="governance_calendar_one_draft",
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state=CalendarState.PUBLISHED),
                name="governance_calendar_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=CalendarState.values),
                name="governance_calendar_state",
            ),
            models.CheckConstraint(
                condition=models.Q(working_days__len__gt=0)
                & models.Q(working_days__contained_by=sorted(WEEKDAYS)),
                name="governance_calendar_working_days",
            ),
            models.CheckConstraint(
                condition=models.Q(published_by__isnull=True)
                | ~models.Q(published_by=models.F("proposed_by")),
                name="governance_calendar_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=IN_FORCE_ONCE,
                    published_by__isnull=False,
                    published_at__isnull=False,
                )
                | models.Q(
                    ~models.Q(state__in=IN_FORCE_ONCE),
                    published_by__isnull=True,
                    published_at__isnull=True,
                ),
                name="governance_calendar_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_draft(self) -> bool:
        return self.state == CalendarState.DRAFT

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
