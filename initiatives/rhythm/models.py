"""Versions of reporting calendars: proposed by one person, published by another (R1, S5)."""

from datetime import time

from django.db import models
from django.db.models import F, Q

from governance.calendars.choices import CalendarState
from governance.calendars.rules import DAYS_IN_WEEK
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from governance.tree.models import Node
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import MOST_BUSINESS_DAY, MOST_GRACE, RhythmTerms

IN_FORCE_ONCE = (CalendarState.PUBLISHED, CalendarState.SUPERSEDED)


class ReportingCalendar(Versioned):
    """One version of the tenant's calendar, or of a program's own; what it says never changes.

    A trigger (`initiatives_reporting_calendar_is_final`) lets a draft be published or withdrawn and
    a published one be superseded, and nothing else.
    """

    # None: the tenant's, which holds in every program without one of its own.
    program = TenantForeignKey(Node, null=True)
    number = models.PositiveIntegerField()
    rhythm = models.CharField(max_length=12, choices=ReportRhythm.choices)
    weekday = models.PositiveSmallIntegerField()
    business_day = models.PositiveSmallIntegerField()
    due_time = models.TimeField(default=time(17, 0))
    grace_days = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=CalendarState.choices, default=CalendarState.DRAFT
    )
    proposed_by = TenantForeignKey(Membership)
    published_by = TenantForeignKey(Membership, null=True)
    published_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "number"], name="initiatives_reporting_calendar_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "program"],
                condition=Q(state=CalendarState.DRAFT),
                nulls_distinct=False,
                name="initiatives_reporting_calendar_one_draft",
            ),
            models.UniqueConstraint(
                fields=["tenant", "program"],
                condition=Q(state=CalendarState.PUBLISHED),
                nulls_distinct=False,
                name="initiatives_reporting_calendar_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CalendarState.values),
                name="initiatives_reporting_calendar_state",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=ReportRhythm.values),
                name="initiatives_reporting_calendar_rhythm",
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(1, DAYS_IN_WEEK))
                & Q(business_day__range=(1, MOST_BUSINESS_DAY))
                & Q(grace_days__lte=MOST_GRACE),
                name="initiatives_reporting_calendar_days",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("proposed_by")),
                name="initiatives_reporting_calendar_second_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=IN_FORCE_ONCE,
                    published_by__isnull=False,
                    published_at__isnull=False,
                )
                | Q(
                    ~Q(state__in=IN_FORCE_ONCE),
                    published_by__isnull=True,
                    published_at__isnull=True,
                ),
                name="initiatives_reporting_calendar_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_draft(self) -> bool:
        return self.state == CalendarState.DRAFT

    @property
    def terms(self) -> RhythmTerms:
        """What this version says."""
        return RhythmTerms(
            rhythm=ReportRhythm(self.rhythm),
            weekday=self.weekday,
            business_day=self.business_day,
            due_time=self.due_time,
            grace_days=self.grace_days,
            starts_on=self.starts_on,
        )
