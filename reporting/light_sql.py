"""SQL of the three lights: every measure below some paths as one row, computed by the database.

It says the same as `kpis.figures.lights`, which a test compares with it on random portfolios.
"""

from initiatives.milestones.models import Milestone
from initiatives.models import StatusReport
from initiatives.rhythm.rules import OWING_STAGES
from kpis.figures.choices import SILENT, Lamp, LightName
from kpis.figures.lights import LATE_SHARE, SERIOUS_DAYS, TOLERATED_DAYS
from kpis.models import LightOverride
from reporting.group_sql import RANKS
from reporting.value_sql import DECIDED, each

MILESTONE, OVERRIDE = Milestone._meta.db_table, LightOverride._meta.db_table
REPORT = StatusReport._meta.db_table
LIGHTS = tuple(LightName)
LAMP = " ".join(f"WHEN {rank} THEN '{lamp.value}'" for lamp, rank in RANKS)

# L1: working days after the planned day, up to the day on which a milestone comes.
DAYS = "(comes_on - plan_on)"
WORKING_DAYS = f"""(
  {DAYS} / 7 * cardinality(%(working)s::int[])
  + (SELECT count(*) FROM generate_series(1, mod({DAYS}, 7)) AS k
     WHERE extract(isodow FROM plan_on + k)::int = ANY(%(working)s::int[]))
  - (SELECT count(*) FROM unnest(%(holidays)s::date[]) AS h WHERE h > plan_on AND h <= comes_on))"""
IS_OPEN = "NOT is_done AND plan_on IS NOT NULL"
IS_LATE = f"{IS_OPEN} AND comes_on > plan_on"


STATED = ", ".join(
    f"max(stated) FILTER (WHERE light = '{name.value}') AS {name.value}" for name in LIGHTS
)
OF_WORK = f"""
, steps AS (
  SELECT s.measure_id AS measure, s.weight, s.is_critical, s.plan_on, s.forecast_on,
         s.done_at IS NOT NULL AS is_done, s.accepted_at IS NOT NULL AS is_accepted,
         greatest(coalesce(s.forecast_on, s.plan_on), %(today)s) AS comes_on
  FROM here h {each(MILESTONE, "measure_id = h.measure")} s
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
  FROM here h {each(OVERRIDE, "measure_id = h.measure")} o
  ORDER BY o.measure_id, o.light, o.id DESC
), stated AS (
  SELECT measure, {STATED} FROM latest WHERE expires_on >= %(today)s GROUP BY measure
)"""


# L4: the day that an update must answer at least in the program which a package lies in; NULL where
# no rhythm holds or none was missed yet. Programs with a calendar of their own are listed.
RHYTHM = """
  LEFT JOIN unnest(%(rhythm_programs)s::bigint[], %(rhythm_days)s::date[]) AS own (program, day)
    ON own.program = split_part(h.path, '/', 3)::bigint
  CROSS JOIN LATERAL (
    SELECT CASE WHEN own.program IS NULL THEN %(rhythm_day)s::date ELSE own.day END AS day
  ) rhythm"""
OWING = ", ".join(f"'{stage.value}'" for stage in OWING_STAGES)
IS_STALE = f"""
  CASE WHEN h.overlay = 'active' AND h.owner IS NOT NULL AND h.stage IN ({OWING})
         AND (h.created_at AT TIME ZONE %(zone)s)::date < rhythm.day
       THEN NOT EXISTS (
         SELECT 1 FROM {REPORT} s WHERE s.tenant_id = %(tenant)s AND s.measure_id = h.measure
           AND s.rater = '' AND coalesce(s.answers_on, s.reported_on) >= rhythm.day)
       ELSE false END"""
IMPLEMENTATION = f"""
  CASE WHEN {IS_STALE} THEN '{Lamp.STALE.value}'
       WHEN h.stage = 'closed' OR w.is_accepted THEN '{Lamp.BLUE.value}'
       WHEN NOT h.{DECIDED} OR w.is_dated IS NOT TRUE THEN '{Lamp.GREY.value}'
       WHEN w.is_forgotten OR w.slip > {SERIOUS_DAYS} THEN '{Lamp.RED.value}'
       WHEN w.slip > {TOLERATED_DAYS} OR w.late > {LATE_SHARE} * w.weight
         THEN '{Lamp.AMBER.value}'
       ELSE '{Lamp.GREEN.value}' END"""


def _of_value(name: str) -> str:
    """Before T3 there is nothing to compare, and without a group neither."""
    return f"CASE CASE WHEN h.{DECIDED} THEN coalesce(v.{name}, 0) ELSE 0 END {LAMP} END"


OTHERWISE = ", ".join(f"o.{name.value} AS {name.value}_stated" for name in LIGHTS)
# One row per measure, after the CTEs of groups: its lights as derived and as stated instead (NULL
# without), its package's path and its V, which is 0 where it has none.
LIT = f"""{OF_WORK}
, lit AS (
  SELECT h.measure, h.package, h.path, h.stage, h.overlay, h.model, h.stage_since,
         coalesce(v.recurring, 0) AS recurring,
         coalesce(v.one_off, 0) AS one_off, coalesce(v.size, 0) AS size,
         {IMPLEMENTATION} AS implementation, {_of_value("potential")} AS potential,
         {_of_value("evidence")} AS evidence, {OTHERWISE}
  FROM here h
  LEFT JOIN of_value v USING (measure)
  LEFT JOIN of_work w USING (measure)
  LEFT JOIN stated o USING (measure)
  {RHYTHM}
)"""


NAMES = tuple(name.value for name in LIGHTS)
SHOWN = ", ".join(f"('{name}', coalesce({name}_stated, {name}))" for name in NAMES)
IS_LIT = f"overlay = 'active' AND lamp NOT IN ({', '.join(repr(lamp.value) for lamp in SILENT)})"
# L5: what each light holds in each package, of live measures; grey says nothing, stale or not.
BY_PACKAGE = f"""
SELECT path, light, lamp, sum(size), count(*), max(size)
FROM lit CROSS JOIN LATERAL (VALUES {SHOWN}) AS l (light, lamp)
WHERE {IS_LIT}
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
