"""The live SQL behind roll-ups: sums over the facts below a set of paths.

A later version reads stored roll-ups; what leaves `reporting.selectors` stays the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, DecimalField, Q, Sum
from django.db.models.functions import Extract

from governance.tenancy.context import active_tenant_id
from governance.tree.models import Node
from governance.tree.rules import below, path_end
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure, StageModelVersion
from kpis.choices import EffectClass, Series
from kpis.models import Effect, Metric, ValueYear
from kpis.rates.rules import Key
from kpis.rules import Month
from reporting.cells_sql import year_rows
from reporting.conversion import Conversion
from reporting.rules import MeasureCount, MonthLine

EFFECTS = f"""
  FROM {Measure._meta.db_table} m
  JOIN {Node._meta.db_table} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
  JOIN {Effect._meta.db_table} e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
  JOIN {Metric._meta.db_table} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
"""
OF_EFFECT = "y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
SOURCE = f"{EFFECTS} JOIN {ValueYear._meta.db_table} {OF_EFFECT}"
VALUE = "t.is_monetary AND e.kind IN ('recurring', 'one_off')"
# Months add up over live measures, and costs are left out.
MONEY = f"{VALUE} AND m.overlay = 'active'"
# The tenant stands on every table: the planner then sees it on both sides of each join.
WITHIN = "WHERE " + " AND ".join(
    [f"{alias}.tenant_id = %(tenant)s" for alias in "mnety"] + ["y.baseline_no = 0"]
)

# Since when a measure is at its stage, in seconds since 1970.
EPOCH = Extract("stage_since", "epoch", output_field=DecimalField())

# What the table of a place's children shows of their months.
OF_CHILDREN = (Series.PLAN.value, Series.FORECAST.value, Series.ACTUAL_VALIDATED.value)

# Ids of the measures that count; None for all of a place.
Only = Sequence[int] | None

# (id of the stage model's version, stage) to weight: a measure keeps the version it started on.
Weights = Mapping[tuple[int, Stage], Decimal]


@dataclass(frozen=True, slots=True)
class ChildMonth:
    """One month of one series below one child, all classes."""

    child_id: int
    series: str
    month: Month
    amount: Decimal


def month_lines(
    paths: Sequence[str],
    conversion: Conversion,
    *,
    as_published: bool = False,
    only: Only = None,
) -> list[MonthLine]:
    """Monthly sums of monetary value effects in the tenant's currency; live measures, no costs.

    A month without a rate is left out (V8). Restatements count unless they are to be left out (V4).
    """
    clause, params = path_clause(paths, only)
    years = year_rows(as_published=as_published)
    sql = (
        f"SELECT y.series, t.code, e.effect_class, y.year, {conversion.sums} "
        f"{EFFECTS} JOIN {years} {OF_EFFECT} {conversion.join()} {WITHIN} "
        f"AND {MONEY} AND {conversion.is_counted} AND ({clause}) "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return [
        MonthLine(series, metric, EffectClass(effect_class), Month(year, number), amount)
        for series, metric, effect_class, year, *months in fetch(sql, params | conversion.params)
        for number, amount in enumerate(months, start=1)
        if amount is not None
    ]


def months_by_child(
    paths: Sequence[str],
    metric: str,
    depth: int,
    conversion: Conversion,
    *,
    as_published: bool = False,
    only: Only = None,
) -> list[ChildMonth]:
    """The months of a metric of each node at a depth of the paths; the root has depth 1."""
    clause, params = path_clause(paths, only)
    params |= conversion.params | {"metric": metric, "depth": depth, "series": list(OF_CHILDREN)}
    sql = (
        "SELECT split_part(n.path, '/', %(depth)s)::bigint, y.series, y.year, "
        f"{conversion.sums} {EFFECTS} JOIN {year_rows(as_published=as_published)} {OF_EFFECT} "
        f"{conversion.join()} {WITHIN} AND y.series = ANY(%(series)s) AND t.code = %(metric)s "
        f"AND {MONEY} AND {conversion.is_counted} AND ({clause}) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return [
        ChildMonth(child_id, series, Month(year, number), amount)
        for child_id, series, year, *months in fetch(sql, params)
        for number, amount in enumerate(months, start=1)
        if amount is not None
    ]


def months_without_rate(
    paths: Sequence[str], conversion: Conversion, only: Only = None
) -> list[Key]:
    """Currency and month of whatever is planned below the paths and finds no rate (V8)."""
    clause, params = path_clause(paths, only)
    sql = (
        f"SELECT e.currency, y.year, {conversion.lacks} {SOURCE} {conversion.join()} {WITHIN} "
        f"AND y.series = 'plan' AND {VALUE} AND e.currency <> %(currency)s AND ({clause}) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [
        (currency, Month(year, number))
        for currency, year, *lacks in fetch(sql, params | conversion.params)
        for number, is_lacking in enumerate(lacks, start=1)
        if is_lacking
    ]


def stage_weights() -> Weights:
    """What each stage weighs in each version of the tenant's stage models; one query."""
    return {
        (version.pk, line.stage): line.weight
        for version in StageModelVersion.objects.defer("note")
        for line in version.read.stages
    }


def measure_counts(paths: Sequence[str], weights: Weights, only: Only = None) -> list[MeasureCount]:
    """Number of measures by stage and overlay, and what the stage weighs in their model."""
    place = below(paths, "package__path") if only is None else Q(pk__in=only)
    rows = (
        Measure.objects.filter(place)
        .order_by()
        .values_list("stage", "overlay", "stage_model")
        .annotate(number=Count("id"), since=Sum(EPOCH))
    )
    return [measure_count(row, weights) for row in rows]


def measure_count(row: Sequence[Any], weights: Weights) -> MeasureCount:
    """A row of stage, overlay, model, number and Σ of the moments since which they stand there."""
    stage, overlay, model, number, since = row
    weight = weights[model, Stage(stage)]
    return MeasureCount(Stage(stage), Overlay(overlay), weight, number, since)


def counts_by_child(paths: Sequence[str], depth: int, only: Only = None) -> dict[int, int]:
    """Number of measures below each node at `depth`."""
    clause, params = path_clause(paths, only)
    sql = (
        f"SELECT split_part(n.path, '/', %(depth)s)::bigint, count(*) "
        f"FROM {Measure._meta.db_table} m JOIN {Node._meta.db_table} n "
        "ON n.tenant_id = m.tenant_id AND n.id = m.package_id "
        f"WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND ({clause}) GROUP BY 1"
    )
    return dict(fetch(sql, params | {"depth": depth}))


def path_clause(paths: Sequence[str], only: Only = None) -> tuple[str, dict[str, Any]]:
    """Literal ranges over the package's path: row security keeps LIKE from using the index.

    With ids of measures these alone count, wherever they are.
    """
    params: dict[str, Any] = {"tenant": active_tenant_id()}
    if only is not None:
        return "m.id = ANY(%(ids)s)", params | {"ids": list(only)}
    parts = []
    for index, path in enumerate(paths):
        params |= {f"from{index}": path, f"to{index}": path_end(path)}
        parts.append(f"(n.path >= %(from{index})s AND n.path < %(to{index})s)")
    return " OR ".join(parts) or "false", params


def fetch(sql: str, params: dict[str, Any]) -> list[Any]:
    """Rows of a query as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
        return rows
