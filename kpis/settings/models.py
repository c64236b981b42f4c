"""Versions of the value settings: proposed by one person, published by another (S5)."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from governance.versions.models import SettingVersion, version_constraints
from kpis.rules import DECIMALS, DIGITS, Month
from kpis.settings.rules import MOST_DAYS, MOST_SUSTAIN_MONTHS, ValueTerms


class ValueSettings(SettingVersion):
    """One version of the settings; the trigger `kpis_value_settings_is_final` guards it."""

    variance_percent = models.DecimalField(max_digits=7, decimal_places=2, default=Decimal(5))
    variance_amount = models.DecimalField(
        max_digits=DIGITS, decimal_places=DECIMALS, default=Decimal(10_000)
    )
    change_percent = models.DecimalField(max_digits=7, decimal_places=2, default=Decimal(20))
    change_amount = models.DecimalField(
        max_digits=DIGITS, decimal_places=DECIMALS, default=Decimal(1_000_000)
    )
    claim_day = models.PositiveSmallIntegerField(default=5, db_default=5)
    validation_day = models.PositiveSmallIntegerField(default=10, db_default=10)
    closes_from = models.DateField(null=True)
    sustain_months = models.PositiveSmallIntegerField(default=12, db_default=12)
    sustain_percent = models.DecimalField(
        max_digits=7, decimal_places=2, default=Decimal(5), db_default=Decimal(5)
    )
    # A constraint demands it: the column was added to a table that stood.
    proposed_by = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *version_constraints("kpis_value_settings"),
            models.CheckConstraint(
                condition=Q(
                    variance_percent__gte=0,
                    variance_amount__gte=0,
                    change_percent__gte=F("variance_percent"),
                    change_amount__gte=F("variance_amount"),
                ),
                name="kpis_value_settings_order",
            ),
            models.CheckConstraint(
                condition=Q(claim_day__gte=1, validation_day__range=(F("claim_day"), MOST_DAYS)),
                name="kpis_value_settings_days",
            ),
            models.CheckConstraint(
                condition=Q(closes_from__isnull=True) | Q(closes_from__day=1),
                name="kpis_value_settings_closes_from",
            ),
            models.CheckConstraint(
                condition=Q(sustain_months__range=(1, MOST_SUSTAIN_MONTHS), sustain_percent__gte=0),
                name="kpis_value_settings_sustain",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=False), name="kpis_value_settings_proposed"
            ),
        ]

    @property
    def terms(self) -> ValueTerms:
        """What this version says."""
        day = self.closes_from
        return ValueTerms(
            variance_percent=self.variance_percent,
            variance_amount=self.variance_amount,
            change_percent=self.change_percent,
            change_amount=self.change_amount,
            claim_day=self.claim_day,
            validation_day=self.validation_day,
            closes_from=None if day is None else Month(day.year, day.month),
            sustain_months=self.sustain_months,
            sustain_percent=self.sustain_percent,
        )
