"""How to break each constraint of metrics, effects and values."""

from datetime import date
from decimal import Decimal

from django.db.models import F

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from kpis.models import Effect, Kpi, KpiPeriod, Metric, Objective, ValueYear
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.architecture.violations.initiatives import measure
from tests.houses import House


def metric(house: House) -> Metric:
    record(AuditAction.METRIC_CREATED, subject=Subject("metric", "X1", "x"), by=house.system())
    return Metric.objects.create(code="X1", name="x", sort_key="x")


def effect(house: House) -> Effect:
    return Effect.objects.create(
        measure=measure(house), metric=metric(house), kind="recurring", effect_class="hard"
    )


def year(house: House, **values: object) -> ValueYear:
    given = {"series": "plan", "year": 2026, "m01": Decimal(1)} | values
    return ValueYear.objects.create(effect=effect(house), **given)


def baseline(house: House) -> ValueYear:
    return year(house, series="baseline", baseline_no=1)


def objective(house: House) -> Objective:
    record(AuditAction.OBJECTIVE_CREATED, subject=Subject("objective", "X", ""), by=house.system())
    return Objective.objects.create(code="OB-0001", name="x", sort_key="x", source_key="x")


def kpi(house: House) -> Kpi:
    record(AuditAction.KPI_CREATED, subject=Subject("kpi", "X", ""), by=house.system())
    return Kpi.objects.create(code="K-0001", name="x", sort_key="x", source_key="x")


def period(house: House) -> KpiPeriod:
    return KpiPeriod.objects.create(
        kpi=kpi(house), starts_on=date(2018, 1, 1), band_low=1, band_high=2, source="form"
    )


VIOLATIONS: dict[str, Breaker] = {
    "kpis_metric_code": copies(metric),
    "kpis_metric_decimals": sets(metric, decimals=5),
    "kpis_metric_aggregation": sets(metric, aggregation="x"),
    "kpis_effect_id": copies(effect),
    "kpis_effect_kind": sets(effect, kind="x"),
    "kpis_effect_class": sets(effect, effect_class="x"),
    "kpis_effect_currency": sets(effect, currency="eur"),
    "kpis_value_year_once": copies(year),
    "kpis_value_year_series": lambda h: year(h, series="x"),
    "kpis_value_year_range": lambda h: year(h, year=1989),
    "kpis_value_year_baseline_numbered": lambda h: year(h, series="baseline"),
    "kpis_baseline_is_append_only": sets(baseline, m01=Decimal(2)),
    "kpis_value_year_key_is_fixed": sets(year, year=2027),
    "kpis_objective_code": copies(objective, source_key=""),
    "kpis_objective_source": copies(objective, code="OB-0002"),
    "kpis_objective_not_its_own_goal": sets(objective, parent_id=F("id")),
    "kpis_kpi_code": copies(kpi, source_key=""),
    "kpis_kpi_source": copies(kpi, code="K-0002"),
    "kpis_kpi_decimals": sets(kpi, decimals=7),
    "kpis_kpi_aggregation": sets(kpi, aggregation="x"),
    "kpis_kpi_direction": sets(kpi, direction="x"),
    "kpis_kpi_kind": sets(kpi, kind="x"),
    "kpis_kpi_rhythm": sets(kpi, rhythm="x"),
    "kpis_kpi_period_once": copies(period),
    "kpis_kpi_period_band": sets(period, band_low=3),
    "kpis_kpi_period_source": sets(period, source="x"),
    "kpis_kpi_period_first_of_month": sets(period, starts_on=date(2018, 1, 2)),
}
