"""Months that stand submitted, locked or opened again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from kpis.periods.choices import PeriodState


class Period(TenantOwned):
    """What was done to one month; nobody's doing is the calendar's.

    A row that is open was opened again. Triggers keep a locked month as it is and refuse claims,
    verdicts and amounts in closed ones (V4).
    """

    month = models.DateField()
    state = models.CharField(max_length=10, choices=PeriodState.choices)
    changed_by = TenantForeignKey(Membership, null=True)
    changed_at = models.DateTimeField(db_default=Now())
    reason = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month"], name="kpis_period_once"),
            models.CheckConstraint(
                condition=Q(state__in=PeriodState.values), name="kpis_period_state"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="kpis_period_first_of_month"),
            models.CheckConstraint(
                condition=~Q(state=PeriodState.OPEN)
                | (Q(changed_by__isnull=False) & ~Q(reason="")),
                name="kpis_period_opened_with_reason",
            ),
        ]
