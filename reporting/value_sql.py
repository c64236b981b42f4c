"""SQL of the value formulas: every effect below some paths as one row, computed by columns.

A year's row is added up by its twelve columns: a row for each cell would cost three times as much.
Months are counted from year 0, so that `year * 12` is January. It says the same as
`kpis.figures.rules`, which a test compares with it on random portfolios.
"""

from governance.tree.models import Node
from initiatives.models import Measure
from kpis.figures.rules import RUN_RATE_MONTHS
from kpis.models import MONTH_COLUMNS, Claim, Effect, Metric, Validation
from kpis.rules import DECIMALS
from reporting.cells_sql import year_rows
from reporting.conversion import Conversion

MEASURE, NODE = Measure._meta.db_table, Node._meta.db_table
EFFECT, METRIC = Effect._meta.db_table, Metric._meta.db_table
CLAIM, VALIDATION = Claim._meta.db_table, Validation._meta.db_table

COLUMNS = tuple(enumerate(MONTH_COLUMNS))
MONTH_LIST = ", ".join(MONTH_COLUMNS)
FIRST = " ".join(f"WHEN {c} IS NOT NULL THEN {n}" for n, c in COLUMNS)
FILLED = " ".join(f"WHEN {c} <> 0 THEN {n}" for n, c in COLUMNS)
LAST = f"coalesce({', '.join(reversed(MONTH_COLUMNS))})"
LAST_TO_DATE = " ".join(
    f"WHEN {c} IS NOT NULL AND start + {n} <= %(latest)s THEN {c}" for n, c in reversed(COLUMNS)
)
WHOLE = " + ".join(f"coalesce({c}, 0)" for c in MONTH_COLUMNS)
ENTERED = f"num_nonnulls({MONTH_LIST})"
TO_DATE = ("0", "%(latest)s + 1")

# Stages from which on a plan is frozen, and with it the forecast counts.
DECIDED = "stage IN ('decided', 'implemented', 'closed')"
IS_COST = "kind IN ('one_time_cost', 'running_cost')"
IS_BASE = "series = 'baseline' AND no = current"
IS_FIRST = "series = 'baseline' AND no = 1"
IS_PROMISED = (
    "CASE WHEN current > 0 THEN series = 'baseline' AND no = current ELSE series = 'plan' END"
)
IS_FORECAST = "series = 'forecast'"
IS_EXPECTED = f"series = CASE WHEN {DECIDED} THEN 'forecast' ELSE 'plan' END"
IS_VALIDATED = "series = 'actual_validated'"
IS_CLAIMED = "series = 'actual_claimed'"

OF_EFFECT = (
    "effect, measure, package, metric, is_monetary, kind, effect_class, currency, aggregation, "
    "decimals, stage, overlay, model"
)


def span(low: str, high: str) -> str:
    """Σ of a row's cells from month `low` to before month `high`."""
    return " + ".join(
        f"CASE WHEN start + {n} >= {low} AND start + {n} < {high} THEN coalesce({c}, 0) ELSE 0 END"
        for n, c in COLUMNS
    )


def counted(low: str, high: str) -> str:
    """How many cells of a row are entered in that span."""
    return " + ".join(
        f"CASE WHEN start + {n} >= {low} AND start + {n} < {high} AND {c} IS NOT NULL "
        "THEN 1 ELSE 0 END"
        for n, c in COLUMNS
    )


def total(of: str, what: str) -> str:
    """An aggregate over the rows of an effect that pass a condition; NULL without any."""
    return f"sum({what}) FILTER (WHERE {of})"


def whole(of: str) -> str:
    """All months by the metric's rule (V1), as `total_of` has it."""
    latest = f"(array_agg({LAST} ORDER BY start DESC) FILTER (WHERE {of}))[1]"
    return by_rule(total(of, WHOLE), total(of, ENTERED), latest)


def to_date(of: str) -> str:
    """The same up to the last closed month; NULL where nothing is entered until then."""
    number = total(of, counted(*TO_DATE))
    last = f"CASE {LAST_TO_DATE} END"
    latest = (
        f"(array_agg({last} ORDER BY start DESC) FILTER (WHERE {of} AND {last} IS NOT NULL))[1]"
    )
    rule = by_rule(total(of, span(*TO_DATE)), number, latest)
    return f"CASE WHEN {number} > 0 THEN {rule} END"


def by_rule(sums: str, number: str, latest: str) -> str:
    return (
        f"CASE aggregation WHEN 'sum' THEN {sums} WHEN 'last' THEN {latest} "
        f"ELSE round({sums} / nullif({number}, 0), decimals) END"
    )


def worth(of: str, low: str) -> str:
    """V of an effect (F3): recurring the twelve months from `low`, else all of them."""
    year = (low, f"{low} + 12")
    sums, number = total(of, span(*year)), total(of, counted(*year))
    mean = f"coalesce(round({sums} / nullif({number}, 0), {DECIMALS}), {sums})"
    recurring = f"CASE aggregation WHEN 'sum' THEN {sums} ELSE {mean} END"
    return f"CASE kind WHEN 'recurring' THEN {recurring} ELSE {whole(of)} END"


# What a part of a year keeps of it; months and currency depend on the rates.
OF_PART = (
    "effect, measure, package, metric, is_monetary, aggregation, decimals, kind, effect_class, "
    "stage, overlay, model, series, no, start, current, closed_in, shown_from, low, slip, "
    "forecast_low"
)


def sources(paths: str, conversion: Conversion, *, as_published: bool = False) -> str:
    """The common head of the queries: CTE `placed`, one row per effect, series, number and year.

    What has a rate is in the tenant's currency, the rest is a row of its own in its own (V8).
    Restatements count, unless it is to say what was published (V4).
    `paths` is a condition on the package's path. The tenant stands on every table: the planner
    then sees it on both sides of each join.
    """
    within = " AND ".join(f"{alias}.tenant_id = %(tenant)s" for alias in "mnety")
    return f"""
WITH years AS (
  SELECT e.id AS effect, m.id AS measure, m.package_id AS package, t.code AS metric,
         t.is_monetary, t.aggregation, t.decimals, e.kind, e.effect_class, e.currency, m.stage,
         m.overlay,
         m.stage_model_id AS model, y.series, y.baseline_no AS no, y.year * 12 AS start,
         {MONTH_LIST}, y.year * 12 + CASE {FIRST} END AS first,
         y.year * 12 + CASE {FILLED} END AS filled,
         extract(year FROM e.run_rate_start)::int * 12
           + extract(month FROM e.run_rate_start)::int - 1 AS run_rate_start,
         CASE m.stage WHEN 'closed' THEN
           extract(year FROM m.stage_since AT TIME ZONE %(zone)s)::int * 12
           + extract(month FROM m.stage_since AT TIME ZONE %(zone)s)::int - 1 END AS closed_in,
         max(y.baseline_no) OVER (PARTITION BY e.id) AS current{conversion.factor_columns}
  FROM {MEASURE} m
  JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
  JOIN {EFFECT} e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
  JOIN {METRIC} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
  JOIN {year_rows(as_published=as_published)} y ON y.tenant_id = e.tenant_id AND y.effect_id = e.id
  {conversion.join}
  WHERE {within} AND ({paths}) AND {ENTERED} > 0
), marked AS (
  SELECT *, coalesce(run_rate_start, min(first) FILTER (WHERE {IS_PROMISED}) OVER w) AS low,
         min(first) FILTER (WHERE {IS_FORECAST}) OVER w AS forecast_first,
         min(filled) FILTER (WHERE {IS_BASE}) OVER w AS base_filled,
         min(filled) FILTER (WHERE {IS_FORECAST}) OVER w AS forecast_filled,
         min(first) FILTER (WHERE {IS_VALIDATED}) OVER w AS shown_from
  FROM years WINDOW w AS (PARTITION BY effect)
), whole AS (
  SELECT *, coalesce(forecast_filled - base_filled, 0) AS slip,
         CASE WHEN current > 0 THEN low + coalesce(forecast_filled - base_filled, 0)
              ELSE coalesce(run_rate_start, forecast_first) END AS forecast_low
  FROM marked
), placed AS (
  {conversion.parts(OF_PART, "whole")}
)"""


# The last three closed validated months of each effect (F3), with their number in all currencies.
RECENT = f"""
, recent AS (
  SELECT effect, currency, sum(amount) AS total, max(least(number, {RUN_RATE_MONTHS})) AS number
  FROM (
    SELECT p.effect, p.currency, c.amount, count(*) OVER (PARTITION BY p.effect) AS number,
           row_number() OVER (PARTITION BY p.effect ORDER BY p.start + c.place DESC) AS rank
    FROM placed p CROSS JOIN LATERAL unnest(ARRAY[{MONTH_LIST}])
      WITH ORDINALITY AS c(amount, place)
    WHERE p.series = 'actual_validated' AND c.amount IS NOT NULL
      AND p.start + c.place - 1 <= %(latest)s
  ) ranked WHERE rank <= {RUN_RATE_MONTHS} GROUP BY 1, 2
)"""
RUN_RATE = (
    "CASE aggregation WHEN 'sum' THEN recent.total * (12 / recent.number) "
    f"ELSE round(recent.total / recent.number, {DECIMALS}) END"
)

# Effects with a claim that stands rejected: nobody claimed the month again.
REJECTED = f"""
  EXISTS (
    SELECT 1 FROM {VALIDATION} v
    JOIN {CLAIM} c ON c.tenant_id = v.tenant_id AND c.id = v.claim_id
    WHERE v.tenant_id = %(tenant)s AND v.effect_id = p.effect AND v.outcome = 'rejected'
      AND c.amount IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM {CLAIM} later
        WHERE later.tenant_id = v.tenant_id AND later.effect_id = v.effect_id
          AND later.month = v.month AND later.id > v.claim_id))
"""

DELAYED = total(IS_BASE, span("0", "least(coalesce(shown_from, %(latest)s + 1), %(latest)s + 1)"))
AFTER = ("greatest(closed_in + 1, shown_from)", "%(latest)s + 1")
NOT_SUSTAINED = (
    "CASE WHEN bool_or(closed_in IS NULL OR shown_from IS NULL) THEN 0 ELSE "
    f"coalesce({total(IS_BASE, span(*AFTER))}, 0)"
    f" - coalesce({total(IS_VALIDATED, span(*AFTER))}, 0) END"
)

# One row per effect: V, the validated amounts, the plan to date, the parts of leakage (F7) and the
# sum of what is expected (F5).
EFFECTS = f"""
, per_effect AS (
  SELECT {OF_EFFECT}, {worth(IS_PROMISED, "low")} AS value,
         {to_date(IS_VALIDATED)} AS validated_to_date, {to_date(IS_PROMISED)} AS plan_to_date,
         coalesce({total(IS_FIRST, span(*TO_DATE))}, 0) AS first_to_date,
         coalesce({total(IS_BASE, span(*TO_DATE))}, 0) AS base_to_date,
         coalesce({total(IS_VALIDATED, span(*TO_DATE))}, 0) AS done_to_date,
         coalesce({DELAYED}, 0) AS delayed, {NOT_SUSTAINED} AS not_sustained,
         aggregation = 'sum' AND NOT {IS_COST} AND bool_or({IS_FIRST} OR {IS_VALIDATED}) AS leaks,
         CASE WHEN aggregation = 'sum' AND overlay = 'active'
              THEN {total(IS_EXPECTED, WHOLE)} END AS expected
  FROM placed GROUP BY {OF_EFFECT}
)"""

# One row per measure, metric, unit and kind of value effects: what L2, L3 and F6 compare.
GROUPS = f"""
, per_effect AS (
  SELECT {OF_EFFECT}, coalesce({worth(IS_PROMISED, "low")}, 0) AS value,
         coalesce({worth(IS_BASE, "low")}, 0) AS base,
         coalesce({worth(IS_FORECAST, "forecast_low")}, 0) AS forecast, max(slip) AS slip,
         coalesce({total(IS_VALIDATED, span(*TO_DATE))}, 0) AS validated,
         coalesce({total(IS_CLAIMED, span(*TO_DATE))}, 0) AS claimed,
         coalesce({total(IS_PROMISED, span(*TO_DATE))}, 0) AS due
  FROM placed WHERE NOT {IS_COST} GROUP BY {OF_EFFECT}
), per_group AS (
  SELECT measure, package, stage, overlay, model, metric, kind,
         metric = %(metric)s AND currency IN ('', %(currency)s) AS is_headline,
         sum(value) AS value, sum(base) AS base, sum(forecast) AS forecast, max(slip) AS slip,
         sum(validated) AS validated, sum(claimed) AS claimed, sum(due) AS due,
         bool_or({REJECTED}) AS is_rejected
  FROM per_effect p GROUP BY measure, package, stage, overlay, model, metric, currency, kind
)"""
