"""Metrics, effects, and value rows: one row per effect, series and calendar year (data.md)."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from governance.text import SORT_KEY_LENGTH
from initiatives.models import Measure
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.choices import Aggregation, Cause, EffectClass, EffectKind, Series, Source
from kpis.figures.models import LightOverride
from kpis.forecasts.models import ValueSettings, VarianceReason
from kpis.indicators.models import Kpi, KpiPeriod, Objective
from kpis.metrics.choices import Sign, StatementLine
from kpis.rates.models import Rate
from kpis.rules import DECIMALS, DIGITS, FIRST_YEAR, LAST_YEAR
from kpis.targets.models import Target

__all__ = [
    "DECIMALS",
    "DIGITS",
    "FIRST_YEAR",
    "LAST_YEAR",
    "Claim",
    "Effect",
    "Kpi",
    "KpiPeriod",
    "LightOverride",
    "Metric",
    "Objective",
    "Rate",
    "SecondSignature",
    "Target",
    "Validation",
    "ValueHistory",
    "ValueSettings",
    "ValueYear",
    "VarianceReason",
]

FIRST_START, LAST_START = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
FORECAST_CAUSES = (Cause.OPENED, Cause.SCOPE, Cause.VALUE, Cause.TIMING, Cause.DEPENDENCY)
MONTH_COLUMNS = tuple(f"m{month:02d}" for month in range(1, 13))


class Metric(Versioned):
    """What is measured: EBITDA, cash, FTE, tonnes of CO₂; tenant data.

    A trigger (`kpis_metric_in_use`) keeps what amounts rest on once an effect uses it (V1), and the
    headline metric in use.
    """

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    unit = models.CharField(max_length=20, blank=True)
    is_monetary = models.BooleanField(default=True)
    aggregation = models.CharField(
        max_length=10, choices=Aggregation.choices, default=Aggregation.SUM
    )
    decimals = models.PositiveSmallIntegerField(default=2)
    sign = models.CharField(
        max_length=4, choices=Sign.choices, default=Sign.MORE, db_default=Sign.MORE
    )
    pl_line = models.CharField(
        max_length=30,
        choices=StatementLine.choices,
        default=StatementLine.NONE,
        db_default=StatementLine.NONE,
    )
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="kpis_metric_code"),
            models.CheckConstraint(
                condition=models.Q(decimals__lte=DECIMALS), name="kpis_metric_decimals"
            ),
            models.CheckConstraint(
                condition=models.Q(aggregation__in=Aggregation.values),
                name="kpis_metric_aggregation",
            ),
            models.CheckConstraint(
                condition=models.Q(sign__in=Sign.values), name="kpis_metric_sign"
            ),
            models.CheckConstraint(
                condition=models.Q(pl_line__in=StatementLine.values), name="kpis_metric_pl_line"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Effect(Addressed, Versioned):
    """One line of value of a measure: metric, kind, class and currency belong here."""

    measure = TenantForeignKey(Measure)
    metric = TenantForeignKey(Metric)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=EffectKind.choices)
    effect_class = models.CharField(max_length=12, choices=EffectClass.choices)
    currency = models.CharField(max_length=3, blank=True)
    # S2: never the controller of the measure; a trigger says so from both sides.
    owner = TenantForeignKey(Membership, null=True)
    # The start rule: the first month in which recurring value shows in full.
    run_rate_start = models.DateField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="kpis_effect_id"),
            models.CheckConstraint(
                condition=models.Q(kind__in=EffectKind.values), name="kpis_effect_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(effect_class__in=EffectClass.values), name="kpis_effect_class"
            ),
            models.CheckConstraint(
                condition=models.Q(currency="") | models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="kpis_effect_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(run_rate_start__isnull=True)
                | models.Q(run_rate_start__day=1, run_rate_start__range=(FIRST_START, LAST_START)),
                name="kpis_effect_run_rate_start",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "measure", "id"], name="kpis_effect_measure")]


class ValueMonths(models.Model):
    """Twelve calendar months; empty is «not entered», which is not zero."""

    m01 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m02 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m03 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m04 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m05 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m06 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m07 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m08 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m09 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m10 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m11 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    m12 = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)

    class Meta:
        abstract = True

    def months(self) -> dict[int, Decimal | None]:
        """Month number (1 to 12) to amount."""
        return {index: getattr(self, name) for index, name in enumerate(MONTH_COLUMNS, start=1)}


class ValueYear(TenantOwned, ValueMonths):
    """The months of one calendar year of one series of one effect."""

    effect = TenantForeignKey(Effect)
    series = models.CharField(max_length=30, choices=Series.choices)
    baseline_no = models.PositiveSmallIntegerField(default=0)
    year = models.PositiveSmallIntegerField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "effect", "series", "baseline_no", "year"],
                name="kpis_value_year_once",
            ),
            models.CheckConstraint(
                condition=models.Q(series__in=Series.values), name="kpis_value_year_series"
            ),
            models.CheckConstraint(
                condition=models.Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                name="kpis_value_year_range",
            ),
            models.CheckConstraint(
                condition=(models.Q(series=Series.BASELINE) & models.Q(baseline_no__gt=0))
                | (~models.Q(series=Series.BASELINE) & models.Q(baseline_no=0)),
                name="kpis_value_year_baseline_numbered",
            ),
        ]


class ValueHistory(TenantOwned):
    """Per-cell facts, append-only: source, author, time, before and after, and why (V10, F8).

    `change_id` groups the cells of one save, `effect_version` is what the effect became by it; both
    are empty in rows older than they are.
    """

    effect_public_id = models.UUIDField()
    series = models.CharField(max_length=30, choices=Series.choices)
    baseline_no = models.PositiveSmallIntegerField(default=0)
    month = models.DateField()
    before = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    after = models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    author = models.CharField(max_length=300)
    # Empty in plan rows as well, for the release before writes none.
    cause = models.CharField(
        max_length=12, choices=Cause.choices, blank=True, default="", db_default=""
    )
    change_id = models.UUIDField(null=True)
    effect_version = models.PositiveIntegerField(null=True)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(series=Series.FORECAST, cause__in=FORECAST_CAUSES)
                | models.Q(series=Series.PLAN, cause__in=("", Cause.ESTIMATE))
                | (~models.Q(series__in=[Series.FORECAST, Series.PLAN]) & models.Q(cause="")),
                name="kpis_value_history_cause",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "effect_public_id", "series", "month", "id"],
                name="kpis_value_history_cell",
            ),
            # A bridge reads what changed since a day (F8).
            models.Index(fields=["tenant", "changed_at", "id"], name="kpis_value_history_time"),
        ]
