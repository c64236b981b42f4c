"""What lists of measures add up besides their plan: forecast and actuals, in one statement."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from governance.tenancy.models import Tenant
from initiatives.figures import SeriesTotal
from initiatives.models import Measure
from kpis.choices import Series
from kpis.models import MONTH_COLUMNS, Effect, Metric
from kpis.rates.choices import RateBasis
from reporting.cells_sql import year_rows
from reporting.conversion import PAIRS, conversion
from reporting.facts import fetch
from reporting.rules import wide_sum

OF_SERIES = {
    Series.FORECAST.value: SeriesTotal.FORECAST,
    Series.ACTUAL_CLAIMED.value: SeriesTotal.CLAIMED,
    Series.ACTUAL_VALIDATED.value: SeriesTotal.VALIDATED,
}
IS_HOME = "e.currency IN ('', %(currency)s)"
Totals = Mapping[Any, Mapping[SeriesTotal, Decimal]]


def series_totals(measures: QuerySet[Measure], tenant: Tenant) -> Totals:
    """Forecast, claimed and validated by the `group_key` of measures, in the tenant's currency.

    All months of value effects of the headline metric, costs left out, at plan rate (V8), as the
    plan of the list has it; restatements count. One query, and one for each kind of plan rate.
    """
    rates = conversion(RateBasis.PLAN, tenant)
    rows: QuerySet[Any, Any] = measures.order_by()
    listed, params = _listed(rows.values_list("pk", "group_key"))
    sums = [f"sum(y.{month})" for month in MONTH_COLUMNS]
    counted = IS_HOME
    if rates.factors:
        counted = "true"
        sums = [
            f"sum(CASE WHEN {IS_HOME} THEN y.{month} ELSE y.{month} * f.{factor} END)"
            for month, factor in PAIRS
        ]
    sql = f"""
WITH listed (measure, key) AS ({listed})
SELECT l.key, y.series, {", ".join(sums)}
FROM listed l
JOIN {Effect._meta.db_table} e ON e.measure_id = l.measure
JOIN {Metric._meta.db_table} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
JOIN {year_rows(as_published=False)} y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id
{rates.join()}
WHERE e.tenant_id = %(tenant)s AND t.tenant_id = %(tenant)s AND y.tenant_id = %(tenant)s
  AND y.baseline_no = 0 AND y.series = ANY(%(series)s) AND t.code = %(metric)s
  AND e.kind IN ('recurring', 'one_off') AND {counted}
GROUP BY 1, 2
"""  # noqa: S608  # our own tables, and a query set by its own placeholders
    params |= rates.params | {
        "tenant": tenant.pk,
        "metric": tenant.headline_metric,
        "series": list(OF_SERIES),
    }
    found: dict[Any, dict[SeriesTotal, Decimal]] = {}
    for key, series, *months in fetch(sql, params):
        amounts = [amount for amount in months if amount is not None]
        if amounts:
            found.setdefault(key, {})[OF_SERIES[series]] = wide_sum(amounts)
    return found


def _listed(rows: QuerySet[Any, Any]) -> tuple[str, dict[str, Any]]:
    """The SQL of a query set with its values by name, as the statement around it has them."""
    sql, values = rows.query.sql_with_params()
    first, *pieces = sql.split("%s")
    named = "".join(f"%(listed_{at})s{piece}" for at, piece in enumerate(pieces))
    return first + named, {f"listed_{at}": value for at, value in enumerate(values)}
