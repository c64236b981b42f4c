"""How to break each constraint of metrics, effects and values."""

from decimal import Decimal

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from kpis.models import Effect, Metric, ValueYear
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
}
