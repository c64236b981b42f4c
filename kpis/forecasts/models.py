"""Reasons for variances, append-only (V6)."""

import uuid

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from kpis.forecasts.choices import VarianceCode
from kpis.rules import DECIMALS, DIGITS, FIRST_YEAR, LAST_YEAR

# A year adds up to twelve cells, each of which may be as large as a cell can be.
YEAR_DIGITS = DIGITS + 4


class VarianceReason(TenantOwned):
    """Why the forecast of one fiscal year differed from its baseline, and by how much then (V6)."""

    effect = TenantForeignKey("kpis.Effect")
    fiscal_year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20, choices=VarianceCode.choices)
    text = models.TextField()
    # What the year came to when the reason was given: later variances count from here.
    forecast = models.DecimalField(max_digits=YEAR_DIGITS, decimal_places=DECIMALS)
    baseline = models.DecimalField(max_digits=YEAR_DIGITS, decimal_places=DECIMALS)
    change_id = models.UUIDField(default=uuid.uuid4, editable=False)
    given_by = TenantForeignKey(Membership)
    given_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__in=VarianceCode.values), name="kpis_variance_reason_code"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="kpis_variance_reason_text"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year__range=(FIRST_YEAR, LAST_YEAR + 1)),
                name="kpis_variance_reason_year",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "effect", "fiscal_year", "id"], name="kpis_variance_reason_last"
            )
        ]
