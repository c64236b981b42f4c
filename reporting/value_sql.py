"""SQL of the value formulas: every effect below some paths as one row, computed by columns.

A year's row is added up by its twelve columns: a row for each cell would cost three times as much.
Months are counted from year 0, so that `year * 12` is January. It says the same as
`kpis.figures.rules`, which a test compares with it on random portfolios. Live figures, stored
roll-ups and their verification read these very CTEs.
"""

from governance.tree.models import Node
from initiatives.models import Measure
from kpis.figures.rules import RUN_RATE_MONTHS
from kpis.models import MONTH_COLUMNS, Effect, Metric
from kpis.rules import DECIMALS, MONTHS
from reporting.cells_sql import year_rows
from reporting.conversion import Conversion

MEASURE, NODE = Measure._meta.db_table, Node._meta.db_table
EFFECT, METRIC = Effect._meta.db_table, Metric._meta.db_table

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

# Stages from which on a plan is frozen, and with it the forecast counts.
DECIDED = "stage IN ('decided', 'implemented', 'closed')"
IS_COST = "kind IN ('one_time_cost', 'running_cost')"
IS_BASE = "series = 'baseline' AND no = current"
IS_PROMISED = (
    "CASE WHEN current > 0 THEN series = 'baseline' AND no = current ELSE series = 'plan' END"
)
# An effect with nothing but its reference is compared with nothing by any light.
IS_JUDGED = "series IN ('plan', 'forecast', 'actual_claimed', 'actual_validated', 'baseline')"


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


def summed(low: str, high: str) -> str:
    """`span` of rows that know their `whole`: most years lie within it or beside it."""
    return (
        f"CASE WHEN start >= {low} AND start + {MONTHS} <= {high} THEN whole "
        f"WHEN start >= {high} OR start + {MONTHS} <= {low} THEN 0 ELSE {span(low, high)} END"
    )


def total(of: str, what: str) -> str:
    """An aggregate over the rows of an effect that pass a condition; NULL without any."""
    return f"sum({what}) FILTER (WHERE {of})"


def _latest(of: str, what: str) -> str:
    """What the latest row says that passes a condition and says anything."""
    return f"(max(ARRAY[start, {what}]) FILTER (WHERE {of} AND {what} IS NOT NULL))[2]"


def by_rule(of: str) -> str:
    """Months of an effect by its metric's rule (V1), as `total_of` has it."""
    return (
        f"CASE aggregation WHEN 'sum' THEN {of} WHEN 'last' THEN {of}_last "
        f"ELSE round({of} / nullif({of}_number, 0), decimals) END"
    )


def worth(of: str) -> str:
    """V of an effect (F3): recurring the sum or the mean of its twelve months, else all months."""
    mean = f"coalesce(round({of} / nullif({of}_number, 0), {DECIMALS}), {of})"
    recurring = f"CASE aggregation WHEN 'sum' THEN {of} ELSE {mean} END"
    return f"CASE kind WHEN 'recurring' THEN {recurring} ELSE {by_rule(of)} END"


def to_date(of: str) -> str:
    """Months up to the last closed one by the rule; NULL where nothing is entered until then."""
    return f"CASE WHEN {of}_number > 0 THEN {by_rule(of)} END"


def _month(moment: str) -> str:
    return f"extract(year FROM {moment})::int * {MONTHS} + extract(month FROM {moment})::int - 1"


CLOSED_IN = f"CASE h.stage WHEN 'closed' THEN {_month('h.stage_since AT TIME ZONE %(zone)s')} END"


def each(table: str, condition: str) -> str:
    """The tenant's rows of a table that belong to each row before, found by their key.

    Whatever the planner expects: statistics of tables just filled are out of date, and those of
    CTEs are guesses.
    """
    return (
        f"CROSS JOIN LATERAL (SELECT * FROM {table} WHERE tenant_id = %(tenant)s "
        f"AND {condition} OFFSET 0)"
    )


MEASURES = f"{MEASURE} m JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id"


def head(
    paths: str, conversion: Conversion, *, as_published: bool = False, measures: str = MEASURES
) -> str:
    """The common head of the queries: CTEs of measures (`here`), their effects and their years.

    Restatements count, unless it is to say what was published (V4). `paths` is a condition on the
    measure `m` or its package `n`, which `measures` finds. The tenant stands on every table: the
    planner then sees it on both sides of each join. OFFSET 0 has a column computed once, however
    many read it.
    """
    return f"""
WITH here AS (
  SELECT m.id AS measure, m.package_id AS package, n.path, m.stage, m.overlay,
         m.stage_model_id AS model, m.stage_since, m.owner_id AS owner, m.created_at
  FROM {measures}
  WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND ({paths})
), ours AS (
  SELECT e.id AS effect, h.measure, h.package, t.code AS metric, t.is_monetary, t.aggregation,
         t.decimals, e.kind, e.effect_class, e.currency, h.stage, h.overlay, h.model,
         {_month("e.run_rate_start")} AS run_rate_start, {CLOSED_IN} AS closed_in
  FROM here h
  {each(EFFECT, "measure_id = h.measure")} e
  JOIN {METRIC} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
  WHERE t.tenant_id = %(tenant)s
), years AS (
  SELECT *, start + CASE {FIRST} END AS first, start + CASE {FILLED} END AS filled FROM (
    SELECT o.effect, y.series, y.baseline_no AS no, y.year, y.year * {MONTHS} AS start,
           {MONTH_LIST}{conversion.factor_columns("o", "o")}
    FROM ours o
    {each(f"{year_rows(as_published=as_published)} y", "effect_id = o.effect")} y
    {conversion.join("o", "o")} OFFSET 0
  ) y WHERE {ENTERED} > 0
)"""


# What a part of a year keeps of it; months and currency depend on the rates.
OF_PART = (
    "effect, aggregation, is_recurring, is_decided, series, no, start, current, closed_in, "
    "shown_from, low, slip, forecast_low"
)
# The first month of the baseline with the highest number; of years without an entry says nothing.
BASE_FIRST = "max(ARRAY[no, -first]) FILTER (WHERE series = 'baseline')"
BASE_FILLED = "max(ARRAY[no, -filled]) FILTER (WHERE series = 'baseline' AND filled IS NOT NULL)"
# V recurring are the months from `begins`.
IN_V = ("begins", f"begins + {MONTHS}")
TO_DATE = ("0", "%(latest)s + 1")
UNTIL_SHOWN = ("0", "least(coalesce(shown_from, %(latest)s + 1), %(latest)s + 1)")
AFTER = ("greatest(closed_in + 1, shown_from)", "%(latest)s + 1")
IS_AFTER = "closed_in IS NOT NULL AND shown_from IS NOT NULL"
# What each row counts for, and what it comes to.
ROWS = f"""
  SELECT *, CASE WHEN is_recurring THEN {summed(*IN_V)} ELSE whole END AS worth,
         CASE WHEN aggregation = 'sum' THEN NULL WHEN is_recurring THEN {counted(*IN_V)}
              ELSE {ENTERED} END AS worth_number,
         CASE WHEN NOT is_forecast THEN {summed(*TO_DATE)} END AS done,
         CASE WHEN start + {MONTHS} <= %(latest)s + 1 THEN {ENTERED}
              WHEN start > %(latest)s THEN 0 ELSE {counted(*TO_DATE)} END AS done_number,
         CASE WHEN {IS_AFTER} AND (is_base OR is_validated) THEN {summed(*AFTER)} END AS after,
         CASE aggregation WHEN 'last' THEN {LAST} END AS last,
         CASE aggregation WHEN 'last' THEN CASE {LAST_TO_DATE} END END AS done_last
  FROM (
    SELECT *, {WHOLE} AS whole, {IS_PROMISED} AS is_promised, {IS_BASE} AS is_base,
           series = 'baseline' AND no = 1 AS is_first, series = 'forecast' AS is_forecast,
           series = 'actual_claimed' AS is_claimed, series = 'actual_validated' AS is_validated,
           series = CASE WHEN is_decided THEN 'forecast' ELSE 'plan' END AS is_expected,
           CASE series WHEN 'forecast' THEN forecast_low ELSE low END AS begins
    FROM placed OFFSET 0
  ) told OFFSET 0"""


def _all_of(name: str, of: str, column: str, last: str) -> str:
    """Sum, number and last entry of the rows that pass a condition: what the rules of V1 need."""
    return (
        f"{total(of, column)} AS {name}, {total(of, f'{column}_number')} AS {name}_number, "
        f"{_latest(of, last)} AS {name}_last"
    )


SUMS = f"""
         {_all_of("promised", "is_promised", "worth", "last")},
         {_all_of("forecast", "is_forecast", "worth", "last")},
         {_all_of("due", "is_promised", "done", "done_last")},
         {_all_of("accepted", "is_validated", "done", "done_last")},
         {total("is_claimed", "done")} AS claimed, {total("is_first", "done")} AS first_to_date,
         {total("is_base", summed(*UNTIL_SHOWN))} AS delayed,
         {total("is_base", "after")} AS base_after, {total("is_validated", "after")} AS shown_after,
         {total("is_expected", "whole")} AS expected, bool_or(is_first OR is_validated) AS leaks,
         bool_or({IS_JUDGED}) AS is_judged, max(slip) AS slip, max(current) > 0 AS is_frozen"""


# From which months each effect counts, as it was promised and as its forecast has it.
STARTS = f"""
, firsts AS (
  SELECT effect, max(no) AS current, {BASE_FIRST} AS base, {BASE_FILLED} AS base_filled,
         min(first) FILTER (WHERE series = 'plan') AS plan,
         min(first) FILTER (WHERE series = 'forecast') AS forecast,
         min(filled) FILTER (WHERE series = 'forecast') AS forecast_filled,
         min(first) FILTER (WHERE series = 'actual_validated') AS shown_from
  FROM years GROUP BY effect
), starts AS (
  SELECT *, CASE WHEN current > 0 THEN low + slip
                 ELSE coalesce(run_rate_start, forecast) END AS forecast_low
  FROM (
    SELECT o.effect, o.currency, o.aggregation, o.kind = 'recurring' AS is_recurring,
           o.{DECIDED} AS is_decided, o.run_rate_start, o.closed_in, f.current, f.shown_from,
           f.forecast,
           coalesce(o.run_rate_start, CASE WHEN f.current > 0 THEN -f.base[2] ELSE f.plan END)
             AS low,
           coalesce(f.forecast_filled + CASE WHEN f.base_filled[1] = f.current
                                             THEN f.base_filled[2] END, 0) AS slip
    FROM firsts f JOIN ours o USING (effect)
  ) begun
)"""


def effects(conversion: Conversion) -> str:
    """CTE `per_effect`, after those of `head`: one row per effect with the formulas' figures.

    V as promised, frozen and forecast, the amounts to date, the parts of leakage (F7) and the sum
    of what is expected (F5). What has a rate is in the tenant's currency, the rest of the same
    effect is a row of its own in its own (V8).
    """
    unit = "s" if conversion.by_currency else "o"
    return f"""{STARTS}
, placed AS (
  {conversion.parts(OF_PART, "(SELECT * FROM starts JOIN years USING (effect)) y")}
), summed AS (
  SELECT effect{conversion.by_currency}, {SUMS}
  FROM ({ROWS}) years GROUP BY effect{conversion.by_currency}
), per_effect AS (
  SELECT o.effect, o.measure, o.package, o.metric, o.aggregation, o.kind, o.effect_class,
         {unit}.currency, o.stage, o.overlay, o.model, slip, is_judged, claimed,
         {worth("promised")} AS value,
         CASE WHEN is_frozen THEN {worth("promised")} END AS base, {worth("forecast")} AS forecast,
         {to_date("accepted")} AS validated_to_date, {to_date("due")} AS plan_to_date, due,
         coalesce(first_to_date, 0) AS first_to_date,
         CASE WHEN is_frozen THEN coalesce(due, 0) ELSE 0 END AS base_to_date,
         coalesce(accepted, 0) AS done_to_date, coalesce(delayed, 0) AS delayed,
         coalesce(base_after, 0) - coalesce(shown_after, 0) AS not_sustained,
         o.aggregation = 'sum' AND NOT o.{IS_COST} AND leaks AS leaks,
         CASE WHEN o.aggregation = 'sum' AND o.overlay = 'active' THEN expected END AS expected
  FROM summed s JOIN ours o USING (effect)
)"""


def recent(conversion: Conversion) -> str:
    """CTE `recent`: the last three closed validated months of each recurring effect (F3).

    With their number in all currencies.
    """
    shown = (
        "(SELECT y.*, o.currency, o.aggregation FROM years y JOIN ours o USING (effect) "
        "WHERE o.kind = 'recurring' AND y.series = 'actual_validated') y"
    )
    return f"""
, shown AS (
  {conversion.parts("effect, start", shown)}
), recent AS (
  SELECT effect, currency, sum(amount) AS total, max(least(number, {RUN_RATE_MONTHS})) AS number
  FROM (
    SELECT p.effect, p.currency, c.amount, count(*) OVER (PARTITION BY p.effect) AS number,
           row_number() OVER (PARTITION BY p.effect ORDER BY p.start + c.place DESC) AS rank
    FROM shown p CROSS JOIN LATERAL unnest(ARRAY[{MONTH_LIST}])
      WITH ORDINALITY AS c(amount, place)
    WHERE c.amount IS NOT NULL AND p.start + c.place - 1 <= %(latest)s
  ) ranked WHERE rank <= {RUN_RATE_MONTHS} GROUP BY 1, 2
)"""


RUN_RATE = (
    "CASE aggregation WHEN 'sum' THEN recent.total * (12 / recent.number) "
    f"ELSE round(recent.total / recent.number, {DECIMALS}) END"
)
