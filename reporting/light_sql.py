"""SQL of the three lights: every measure below some paths as one row, computed by the database.

It says the same as `kpis.figures.lights`, which a test compares with it on random portfolios.
"""

from initiatives.milestones.models import Milestone
from kpis.figures.choices import Lamp, LightName
from kpis.figures.lights import (
    EVIDENCE_AMBER,
    EVIDENCE_GREEN,
    LATE_SHARE,
    POTENTIAL_AMBER,
    POTENTIAL_GREEN,
    SERIOUS_DAYS,
    TOLERATED_DAYS,
)
from kpis.figures.rules import QUARTER
from kpis.models import LightOverride
from reporting.value_sql import DECIDED, GROUPS, MEASURE, NODE

MILESTONE, OVERRIDE = Milestone._meta.db_table, LightOverride._meta.db_table
LIGHTS = tuple(LightName)
# An effect with nothing but its reference is compared with nothing.
OF_LIGHTS = "y.series IN ('plan', 'forecast', 'actual_claimed', 'actual_validated', 'baseline')"
# How the gravest of several groups is found by `max`.
RANKS = ((Lamp.GREY, 0), (Lamp.GREEN, 1), (Lamp.AMBER, 2), (Lamp.RED, 3))
RANK = dict(RANKS)
LAMP = " ".join(f"WHEN {rank} THEN '{lamp.value}'" for lamp, rank in RANKS)

# L2 and L3 of each judged group: the headline's, or all without any of it (V7).
MOST = "greatest(claimed, due)"
POTENTIAL = f"""
  CASE WHEN base = 0 THEN {RANK[Lamp.GREY]}
       WHEN base - forecast > {1 - POTENTIAL_AMBER} * abs(base) OR slip > {QUARTER}
         THEN {RANK[Lamp.RED]}
       WHEN base - forecast > {1 - POTENTIAL_GREEN} * abs(base) OR slip > 0
         THEN {RANK[Lamp.AMBER]}
       ELSE {RANK[Lamp.GREEN]} END"""
EVIDENCE = f"""
  CASE WHEN {MOST} <= 0 THEN {RANK[Lamp.GREY]}
       WHEN validated < {MOST} * {EVIDENCE_AMBER} THEN {RANK[Lamp.RED]}
       WHEN validated < {MOST} * {EVIDENCE_GREEN} THEN {RANK[Lamp.AMBER]}
       ELSE {RANK[Lamp.GREEN]} END"""
OF_VALUE = f"""
, judged AS (
  SELECT *, bool_or(is_headline) OVER (PARTITION BY measure) AS has_headline FROM per_group
), of_value AS (
  SELECT measure,
         CASE WHEN bool_or(is_rejected) FILTER (WHERE is_headline = has_headline)
              THEN {RANK[Lamp.RED]}
              ELSE max({POTENTIAL}) FILTER (WHERE is_headline = has_headline) END AS potential,
         max({EVIDENCE}) FILTER (WHERE is_headline = has_headline) AS evidence,
         sum(value) FILTER (WHERE is_headline AND kind = 'recurring') AS recurring,
         sum(value) FILTER (WHERE is_headline AND kind = 'one_off') AS one_off,
         sum(abs(value)) FILTER (WHERE is_headline) AS size
  FROM judged GROUP BY measure
)"""

# L1: working days after the planned day, up to the day on which a milestone comes.
DAYS = "(comes_on - plan_on)"
WORKING_DAYS = f"""(
  {DAYS} / 7 * cardinality(%(working)s::int[])
  + (SELECT count(*) FROM generate_series(1, mod({DAYS}, 7)) AS k
     WHERE extract(isodow FROM plan_on + k)::int = ANY(%(working)s::int[]))
  - (SELECT count(*) FROM unnest(%(holidays)s::date[]) AS h WHERE h > plan_on AND h <= comes_on))"""
IS_OPEN = "NOT is_done AND plan_on IS NOT NULL"
IS_LATE = f"{IS_OPEN} AND comes_on > plan_on"


def of_work(paths: str) -> str:
    """CTEs `of_work` and `stated` of the measures below some paths, to follow others."""
    placed = (
        f"JOIN {MEASURE} m ON m.tenant_id = {{0}}.tenant_id AND m.id = {{0}}.measure_id "
        f"JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id "
        f"WHERE {{0}}.tenant_id = %(tenant)s AND m.tenant_id = %(tenant)s "
        f"AND n.tenant_id = %(tenant)s AND ({paths})"
    )
    stated = ", ".join(
        f"max(stated) FILTER (WHERE light = '{name.value}') AS {name.value}" for name in LIGHTS
    )
    return f"""
, steps AS (
  SELECT s.measure_id AS measure, s.weight, s.is_critical, s.plan_on, s.forecast_on,
         s.done_at IS NOT NULL AS is_done, s.accepted_at IS NOT NULL AS is_accepted,
         greatest(coalesce(s.forecast_on, s.plan_on), %(today)s) AS comes_on
  FROM {MILESTONE} s {placed.format("s")}
), of_work AS (
  SELECT measure, bool_and(is_accepted) AS is_accepted, bool_or(plan_on IS NOT NULL) AS is_dated,
         bool_or(is_critical AND {IS_OPEN} AND plan_on < %(today)s
                 AND (forecast_on IS NULL OR forecast_on < %(today)s)) AS is_forgotten,
         max(CASE WHEN is_critical AND {IS_LATE} THEN {WORKING_DAYS} ELSE 0 END) AS slip,
         coalesce(sum(weight) FILTER (WHERE {IS_LATE}), 0) AS late, sum(weight) AS weight
  FROM steps GROUP BY measure
), latest AS (
  SELECT DISTINCT ON (o.measure_id, o.light)
         o.measure_id AS measure, o.light, o.stated, o.expires_on
  FROM {OVERRIDE} o {placed.format("o")}
  ORDER BY o.measure_id, o.light, o.id DESC
), stated AS (
  SELECT measure, {stated} FROM latest WHERE expires_on >= %(today)s GROUP BY measure
)"""


IMPLEMENTATION = f"""
  CASE WHEN m.stage = 'closed' OR w.is_accepted THEN '{Lamp.BLUE.value}'
       WHEN NOT m.{DECIDED} OR w.is_dated IS NOT TRUE THEN '{Lamp.GREY.value}'
       WHEN w.is_forgotten OR w.slip > {SERIOUS_DAYS} THEN '{Lamp.RED.value}'
       WHEN w.slip > {TOLERATED_DAYS} OR w.late > {LATE_SHARE} * w.weight
         THEN '{Lamp.AMBER.value}'
       ELSE '{Lamp.GREEN.value}' END"""


def _of_value(name: str) -> str:
    """Before T3 there is nothing to compare, and without a group neither."""
    return f"CASE CASE WHEN m.{DECIDED} THEN coalesce(v.{name}, 0) ELSE 0 END {LAMP} END"


def lit(paths: str) -> str:
    """CTE `lit`, after those of `sources`: one row per measure.

    Its lights as derived and as stated instead (NULL without), its package's path and its V, which
    is 0 where it has none.
    """
    stated = ", ".join(f"o.{name.value} AS {name.value}_stated" for name in LIGHTS)
    return f"""
{GROUPS}{OF_VALUE}{of_work(paths)}
, lit AS (
  SELECT m.id AS measure, m.package_id AS package, m.overlay, n.path,
         coalesce(v.recurring, 0) AS recurring,
         coalesce(v.one_off, 0) AS one_off, coalesce(v.size, 0) AS size,
         {IMPLEMENTATION} AS implementation, {_of_value("potential")} AS potential,
         {_of_value("evidence")} AS evidence, {stated}
  FROM {MEASURE} m
  JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
  LEFT JOIN of_value v ON v.measure = m.id
  LEFT JOIN of_work w ON w.measure = m.id
  LEFT JOIN stated o ON o.measure = m.id
  WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND ({paths})
)"""


NAMES = tuple(name.value for name in LIGHTS)
SHOWN = ", ".join(f"('{name}', coalesce({name}_stated, {name}))" for name in NAMES)
# L5: what each light holds in each package, of live measures; grey says nothing.
BY_PACKAGE = f"""
SELECT path, light, lamp, sum(size), count(*), max(size)
FROM lit CROSS JOIN LATERAL (VALUES {SHOWN}) AS l (light, lamp)
WHERE overlay = 'active' AND lamp <> '{Lamp.GREY.value}'
GROUP BY path, light, lamp ORDER BY path, light, lamp
"""
EACH = ", ".join(f"{name}, {name}_stated" for name in NAMES)


def says(name: LightName, lamp: Lamp) -> str:
    """Whether the derived or the stated light is this one; never NULL."""
    return f"'{lamp.value}' IN ({name.value}, coalesce({name.value}_stated, {name.value}))"


# L6, as `kpis.figures.lights.is_watermelon` has it, of live measures.
IS_WATERMELON = (
    f"overlay = 'active' AND {says(LightName.IMPLEMENTATION, Lamp.GREEN)} AND "
    f"({says(LightName.POTENTIAL, Lamp.RED)} OR {says(LightName.EVIDENCE, Lamp.RED)})"
)
WATERMELONS = f"""
SELECT measure, recurring, one_off, size, {EACH}, total FROM (
  SELECT *, count(*) OVER () AS total FROM lit WHERE {IS_WATERMELON}
) w WHERE {{beyond}} ORDER BY size {{turn}}, measure {{turn}} LIMIT %(limit)s
"""
ALL_LIT = f"SELECT measure, recurring, one_off, size, {EACH} FROM lit ORDER BY measure"
