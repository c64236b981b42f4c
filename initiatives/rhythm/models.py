"""Versions of reporting calendars: proposed by one person, published by another (R1, S5)."""

from datetime import time

from django.db import models
from django.db.models import Q

from governance.calendars.rules import DAYS_IN_WEEK
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from governance.tree.models import Node
from governance.versions.models import SettingVersion, version_constraints
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import MOST_BUSINESS_DAY, MOST_GRACE, RhythmTerms


class ReportingCalendar(SettingVersion):
    """One version of the tenant's calendar, or of a program's own.

    The trigger `initiatives_reporting_calendar_is_final` guards it.
    """

    # None: the tenant's, which holds in every program without one of its own.
    program = TenantForeignKey(Node, null=True)
    rhythm = models.CharField(max_length=12, choices=ReportRhythm.choices)
    weekday = models.PositiveSmallIntegerField()
    business_day = models.PositiveSmallIntegerField()
    due_time = models.TimeField(default=time(17, 0))
    grace_days = models.PositiveSmallIntegerField()
    starts_on = models.DateField()

    class Meta(TenantOwned.Meta):
        constraints = [
            *version_constraints("initiatives_reporting_calendar", place="program"),
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
        ]

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
