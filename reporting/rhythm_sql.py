"""SQL of who keeps the rhythm: owed updates, forecast bias, and reports that are not signed."""

from governance.tree.choices import Level
from initiatives.choices import GovernabilityField
from initiatives.models import StatusReport
from initiatives.rhythm.rules import OWING_STAGES
from kpis.models import LightOverride
from reporting.period_reports.models import PeriodReport
from reporting.value_sql import COLUMNS, IS_COST, MEASURE, NODE, each

REPORT, OVERRIDE = StatusReport._meta.db_table, LightOverride._meta.db_table
OWING = ", ".join(f"'{stage.value}'" for stage in OWING_STAGES)
# A report that names no period counts by its day alone.
IN_TIME = (
    "CASE WHEN r.due_at IS NULL THEN r.reported_on <= p.due_on ELSE r.created_at <= p.due_at END"
)
ANSWERS = "coalesce(r.answers_on, r.reported_on)"


# After a CTE `here` of measures: what each that owes updates owed in some periods, and gave.
# Periods are listed by program, 0 for the tenant's calendar; `place` 1 is the last one due.
PAST = f"""
, period AS (
  SELECT * FROM unnest(%(programs)s::bigint[], %(first_on)s::date[], %(due_on)s::date[],
                       %(due_at)s::timestamptz[], %(place)s::int[])
    AS p (calendar, first_on, due_on, due_at, place)
), owing AS (
  SELECT h.measure, h.package, h.owner, at.program,
         CASE WHEN at.program = ANY(%(own)s::bigint[]) THEN at.program ELSE 0 END AS calendar,
         (h.created_at AT TIME ZONE %(zone)s)::date AS created_on
  FROM here h
  CROSS JOIN LATERAL (SELECT split_part(h.path, '/', 3)::bigint AS program) at
  WHERE h.overlay = 'active' AND h.owner IS NOT NULL AND h.stage IN ({OWING})
), past AS (
  SELECT o.measure, p.place, count(r.id) > 0 AS is_answered,
         coalesce(bool_or({IN_TIME}), false) AS in_time
  FROM owing o JOIN period p ON p.calendar = o.calendar AND o.created_on < p.first_on
  LEFT JOIN (
    SELECT r.* FROM owing o {each(REPORT, "measure_id = o.measure AND rater = ''")} r
  ) r ON r.measure_id = o.measure AND {ANSWERS} BETWEEN p.first_on AND p.due_on
  GROUP BY o.measure, p.place
)"""
# Of one period: how many updates were owed, came in time, came late and have not come, and the
# first measures of which none has.
OF_PERIOD = """
SELECT count(*), count(*) FILTER (WHERE is_answered AND in_time),
       count(*) FILTER (WHERE is_answered AND NOT in_time),
       count(*) FILTER (WHERE NOT is_answered),
       (array_agg(DISTINCT measure) FILTER (WHERE NOT is_answered))[1:%(most)s]
FROM past
"""


def owed_in_period(paths: str) -> str:
    """What the updates owed below some paths for one period came to; one row."""
    return f"""
WITH here AS (
  SELECT m.id AS measure, m.package_id AS package, n.path, m.stage, m.overlay,
         m.owner_id AS owner, m.created_at
  FROM {MEASURE} m JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
  WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND ({paths})
){PAST}{OF_PERIOD}"""


# Months of a year side by side, as the forecast has them and as they were validated.
SIDES = ", ".join(
    f"max({c}) FILTER (WHERE series = '{series}') AS {side}_{c}"
    for side, series in (("f", "forecast"), ("v", "actual_validated"))
    for _n, c in COLUMNS
)


def _months(what: str) -> str:
    pairs = [
        f"CASE WHEN f_{c} IS NOT NULL AND v_{c} IS NOT NULL AND start + {n} <= %(latest)s "
        f"THEN {what.format(c=c)} ELSE 0 END"
        for n, c in COLUMNS
    ]
    return " + ".join(pairs)


COUNTED = ("measures", "owed", "late", "missed", "waiting", "stale", "overriding")
ADDED = ", ".join(f"sum({name}) AS {name}" for name in (*COUNTED, "excess", "size"))
# After the head of the value queries: CTE `by_owner`, a row for each measure that owes updates, as
# `Kept` counts it, and one for each with forecast and validated value, as `Bias` adds it up:
# Σ (forecast - validated) and Σ |forecast| over closed months that have both, of live measures'
# value in the headline metric and the tenant's currency; another currency is left out (V8).
# OFFSET 0 has the conditions on effects computed before: the planner takes them for ones that leave
# a single effect, and would look through all years anew for each.
BY_OWNER = f"""{PAST}
, slow AS (
  SELECT measure, count(*) AS owed, count(*) FILTER (WHERE is_answered AND NOT in_time) AS late,
         count(*) FILTER (WHERE NOT is_answered) AS missed,
         count(*) FILTER (WHERE NOT is_answered AND place = 1) AS waiting
  FROM past GROUP BY measure
), silent AS (
  SELECT * FROM unnest(%(calendars)s::bigint[], %(stale_before)s::date[]) AS s (calendar, day)
), sides AS (
  SELECT effect, start, {SIDES} FROM years
  WHERE series IN ('forecast', 'actual_validated') AND start <= %(latest)s GROUP BY effect, start
  HAVING bool_or(series = 'forecast') AND bool_or(series = 'actual_validated')
), biased AS (
  SELECT o.measure, sum({_months("f_{c} - v_{c}")}) AS excess,
         sum({_months("abs(f_{c})")}) AS size
  FROM sides JOIN (
    SELECT effect, measure, overlay = 'active' AND metric = %(metric)s
           AND currency IN ('', %(currency)s) AND NOT {IS_COST} AS is_counted FROM ours OFFSET 0
  ) o USING (effect) WHERE o.is_counted GROUP BY o.measure
), by_owner AS (
  SELECT o.package, o.program, o.owner, 1 AS measures, coalesce(w.owed, 0) AS owed,
         coalesce(w.late, 0) AS late, coalesce(w.missed, 0) AS missed,
         coalesce(w.waiting, 0) AS waiting,
         (s.day IS NOT NULL AND o.created_on < s.day AND NOT EXISTS (
           SELECT 1 FROM {REPORT} r WHERE r.tenant_id = %(tenant)s AND r.measure_id = o.measure
             AND r.rater = '' AND {ANSWERS} >= s.day))::int AS stale,
         (EXISTS (
           SELECT 1 FROM {OVERRIDE} v WHERE v.tenant_id = %(tenant)s AND v.measure_id = o.measure
             AND v.expires_on >= %(today)s AND NOT EXISTS (
               SELECT 1 FROM {OVERRIDE} l WHERE l.tenant_id = %(tenant)s
                 AND l.measure_id = v.measure_id AND l.light = v.light AND l.id > v.id)
         ))::int AS overriding, 0::numeric AS excess, 0::numeric AS size
  FROM owing o
  LEFT JOIN slow w USING (measure)
  LEFT JOIN silent s ON s.calendar = o.calendar
  UNION ALL
  SELECT h.package, split_part(h.path, '/', 3)::bigint, h.owner, 0, 0, 0, 0, 0, 0, 0,
         b.excess, b.size
  FROM biased b JOIN here h USING (measure) WHERE h.owner IS NOT NULL
)"""
OWNERS_OF_PROGRAMS = f"""
SELECT program, owner, {ADDED} FROM by_owner GROUP BY 1, 2 ORDER BY 1, 2
"""
OWNERS_OF_PACKAGES = f"SELECT package, owner, {ADDED} FROM by_owner GROUP BY 1, 2"

# Which live measures lack which governability field.
LACKS = ", ".join(f"('{name}', m.{name}_id IS NULL)" for name in GovernabilityField.values)
LACKING = f"""
FROM here h {each(MEASURE, "id = h.measure")} m
CROSS JOIN LATERAL (VALUES {LACKS}) AS l (lack, is_lacking)
WHERE h.overlay = 'active' AND h.stage <> 'closed' AND l.is_lacking
"""
LACKS_OF_PACKAGES = f"SELECT h.package, l.lack, count(*) AS number {LACKING} GROUP BY 1, 2"


def unsigned(paths: str) -> str:
    """Nodes below some paths whose current period nobody signed, with its due day and how many.

    `days` says by calendar when that period is due. A place below a program signs where it has a
    lead of its own; else the one above tells of it.
    """
    report = PeriodReport._meta.db_table
    return f"""
SELECT n.id, c.due_on, count(*) OVER ()
FROM {NODE} n
LEFT JOIN unnest(%(calendars)s::bigint[]) AS own (program)
  ON own.program = nullif(split_part(n.path, '/', 3), '')::bigint
JOIN unnest(%(calendars)s::bigint[], %(days)s::date[]) AS c (program, due_on)
  ON c.program = coalesce(own.program, 0)
WHERE n.tenant_id = %(tenant)s AND ({paths}) AND c.due_on IS NOT NULL
  AND (n.level = {Level.PROGRAM.value}
       OR (n.level > {Level.PROGRAM.value} AND n.owner_id IS NOT NULL))
  AND NOT EXISTS (
    SELECT 1 FROM {report} r
    WHERE r.tenant_id = %(tenant)s AND r.node_id = n.id AND r.due_on >= c.due_on)
ORDER BY n.path LIMIT %(most)s
"""
