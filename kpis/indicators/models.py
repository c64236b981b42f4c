"""Objectives, KPIs, and one row per KPI and period (K1)."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from governance.text import SORT_KEY_LENGTH
from kpis.choices import Aggregation, Source
from kpis.indicators.choices import Direction, KpiKind, Rhythm
from kpis.indicators.rules import MOST_DECIMALS
from kpis.rules import FIRST_YEAR, LAST_YEAR

DIGITS = 20
FIGURES = ("target", "actual", "band_low", "band_high")
NAME_LENGTH, UNIT_LENGTH, DATA_SOURCE_LENGTH, SOURCE_KEY_LENGTH = 300, 40, 500, 200
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


class Objective(Versioned):
    """What is wanted; an objective may belong to a goal, which is an objective without one."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=NAME_LENGTH)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    parent = TenantForeignKey("self", null=True)
    source_key = models.CharField(max_length=SOURCE_KEY_LENGTH, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="kpis_objective_code"),
            models.UniqueConstraint(
                fields=["tenant", "source_key"],
                condition=~models.Q(source_key=""),
                name="kpis_objective_source",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="kpis_objective_not_its_own_goal",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "parent", "sort_key"], name="kpis_objective_parent")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Kpi(Versioned):
    """What is watched, in which unit, and which way is better."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=NAME_LENGTH)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    objective = TenantForeignKey(Objective, null=True)
    description = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    unit = models.CharField(max_length=UNIT_LENGTH, blank=True)
    decimals = models.PositiveSmallIntegerField(default=2)
    aggregation = models.CharField(
        max_length=10, choices=Aggregation.choices, default=Aggregation.LAST
    )
    direction = models.CharField(
        max_length=12, choices=Direction.choices, default=Direction.UNKNOWN
    )
    kind = models.CharField(max_length=10, choices=KpiKind.choices, default=KpiKind.UNKNOWN)
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.YEAR)
    data_source = models.CharField(max_length=DATA_SOURCE_LENGTH, blank=True)
    update_owner = TenantForeignKey(Membership, null=True)
    is_active = models.BooleanField(default=True)
    source_key = models.CharField(max_length=SOURCE_KEY_LENGTH, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="kpis_kpi_code"),
            models.UniqueConstraint(
                fields=["tenant", "source_key"],
                condition=~models.Q(source_key=""),
                name="kpis_kpi_source",
            ),
            models.CheckConstraint(
                condition=models.Q(decimals__lte=MOST_DECIMALS), name="kpis_kpi_decimals"
            ),
            models.CheckConstraint(
                condition=models.Q(aggregation__in=Aggregation.values), name="kpis_kpi_aggregation"
            ),
            models.CheckConstraint(
                condition=models.Q(direction__in=Direction.values), name="kpis_kpi_direction"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=KpiKind.values), name="kpis_kpi_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(rhythm__in=Rhythm.values), name="kpis_kpi_rhythm"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "objective", "sort_key"], name="kpis_kpi_objective")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class KpiPeriod(TenantOwned):
    """One period of a KPI: what was wanted, and what came; empty is «not entered», never zero."""

    kpi = TenantForeignKey(Kpi)
    starts_on = models.DateField()
    target = models.DecimalField(max_digits=DIGITS, decimal_places=MOST_DECIMALS, null=True)
    actual = models.DecimalField(max_digits=DIGITS, decimal_places=MOST_DECIMALS, null=True)
    band_low = models.DecimalField(max_digits=DIGITS, decimal_places=MOST_DECIMALS, null=True)
    band_high = models.DecimalField(max_digits=DIGITS, decimal_places=MOST_DECIMALS, null=True)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    author = models.CharField(max_length=300)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kpi", "starts_on"], name="kpis_kpi_period_once"
            ),
            models.CheckConstraint(
                condition=models.Q(band_low__isnull=True)
                | models.Q(band_high__isnull=True)
                | models.Q(band_low__lte=models.F("band_high")),
                name="kpis_kpi_period_band",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=Source.values), name="kpis_kpi_period_source"
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on__day=1)
                & models.Q(starts_on__range=(FIRST_DAY, LAST_DAY)),
                name="kpis_kpi_period_first_of_month",
            ),
        ]

    @property
    def month(self) -> str:
        """The period's first month, as `2026-01`."""
        return f"{self.starts_on:%Y-%m}"

    def figures(self) -> list[Decimal]:
        """Figures that were entered."""
        return [getattr(self, name) for name in FIGURES if self.has(name)]

    def has(self, figure: str) -> bool:
        return getattr(self, figure) is not None

    @property
    def is_empty(self) -> bool:
        return not self.figures() and not self.note

    @property
    def is_upside_down(self) -> bool:
        low, high = self.band_low, self.band_high
        return low is not None and high is not None and low > high
