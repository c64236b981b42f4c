"""SQL of who keeps the rhythm: owed updates, forecast bias, and reports that are not signed."""

from governance.tree.choices import Level
from initiatives.models import StatusReport
from initiatives.rhythm.rules import OWING_STAGES
from kpis.models import MONTH_COLUMNS, Effect, LightOverride, Metric, ValueYear
from reporting.period_reports.models import PeriodReport
from reporting.value_sql import MEASURE, NODE

REPORT, OVERRIDE = StatusReport._meta.db_table, LightOverride._meta.db_table
EFFECT, METRIC, YEAR = (m._meta.db_table for m in (Effect, Metric, ValueYear))
OWING = ", ".join(f"'{stage.value}'" for stage in OWING_STAGES)
# A report that names no period counts by its day alone.
IN_TIME = (
    "CASE WHEN r.due_at IS NULL THEN r.reported_on <= p.due_on ELSE r.created_at <= p.due_at END"
)
ANSWERS = "coalesce(r.answers_on, r.reported_on)"


# Of one period: how many updates were owed, came in time, came late and have not come, and the
# first measures of which none has.
OF_PERIOD = """
SELECT count(*), count(*) FILTER (WHERE is_answered AND in_time),
       count(*) FILTER (WHERE is_answered AND NOT in_time),
       count(*) FILTER (WHERE NOT is_answered),
       (array_agg(DISTINCT id) FILTER (WHERE NOT is_answered))[1:%(most)s]
FROM past
"""
PER_OWNER = """
SELECT now.program, now.owner_id, count(*), coalesce(sum(sums.owed), 0),
       coalesce(sum(sums.late), 0), coalesce(sum(sums.missed), 0), coalesce(sum(sums.waiting), 0),
       count(*) FILTER (WHERE is_stale), count(*) FILTER (WHERE is_overriding)
FROM now LEFT JOIN sums USING (id) GROUP BY 1, 2 ORDER BY 1, 2
"""


def _past(paths: str) -> str:
    """What each measure below some paths that owes updates owed in some periods, and gave.

    Periods are listed by program, 0 for the tenant's calendar; `place` 1 is the last one due.
    """
    return f"""
WITH period AS (
  SELECT * FROM unnest(%(programs)s::bigint[], %(first_on)s::date[], %(due_on)s::date[],
                       %(due_at)s::timestamptz[], %(place)s::int[])
    AS p (calendar, first_on, due_on, due_at, place)
), owing AS (
  SELECT m.id, m.owner_id, split_part(n.path, '/', 3)::bigint AS program,
         CASE WHEN split_part(n.path, '/', 3)::bigint = ANY(%(own)s::bigint[])
              THEN split_part(n.path, '/', 3)::bigint ELSE 0 END AS calendar,
         (m.created_at AT TIME ZONE %(zone)s)::date AS created_on
  FROM {MEASURE} m JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
  WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND ({paths})
    AND m.overlay = 'active' AND m.owner_id IS NOT NULL AND m.stage IN ({OWING})
), past AS (
  SELECT o.id, p.place, count(r.id) > 0 AS is_answered,
         coalesce(bool_or({IN_TIME}), false) AS in_time
  FROM owing o JOIN period p ON p.calendar = o.calendar AND o.created_on < p.first_on
  LEFT JOIN {REPORT} r ON r.tenant_id = %(tenant)s AND r.measure_id = o.id AND r.rater = ''
    AND {ANSWERS} BETWEEN p.first_on AND p.due_on
  GROUP BY o.id, p.place
)"""


def owed_in_period(paths: str) -> str:
    """What the updates owed below some paths for one period came to; one row."""
    return f"{_past(paths)}{OF_PERIOD}"


def owed(paths: str) -> str:
    """One row per program and owner of the measures below some paths, as `Kept` counts them."""
    return f"""{_past(paths)}
, stale AS (
  SELECT * FROM unnest(%(calendars)s::bigint[], %(stale_before)s::date[]) AS s (calendar, day)
), sums AS (
  SELECT id, count(*) AS owed, count(*) FILTER (WHERE is_answered AND NOT in_time) AS late,
         count(*) FILTER (WHERE NOT is_answered) AS missed,
         count(*) FILTER (WHERE NOT is_answered AND place = 1) AS waiting
  FROM past GROUP BY id
), now AS (
  SELECT o.*, s.day IS NOT NULL AND o.created_on < s.day AND NOT EXISTS (
           SELECT 1 FROM {REPORT} r WHERE r.tenant_id = %(tenant)s AND r.measure_id = o.id
             AND r.rater = '' AND {ANSWERS} >= s.day) AS is_stale,
         EXISTS (
           SELECT 1 FROM {OVERRIDE} v WHERE v.tenant_id = %(tenant)s AND v.measure_id = o.id
             AND v.expires_on >= %(today)s AND NOT EXISTS (
               SELECT 1 FROM {OVERRIDE} l WHERE l.tenant_id = %(tenant)s
                 AND l.measure_id = v.measure_id AND l.light = v.light AND l.id > v.id)
         ) AS is_overriding
  FROM owing o LEFT JOIN stale s ON s.calendar = o.calendar
)
{PER_OWNER}"""


def _months(what: str) -> str:
    pairs = [
        f"CASE WHEN f.{c} IS NOT NULL AND v.{c} IS NOT NULL "
        f"AND f.year * 12 + {n} <= %(latest)s THEN {what.format(c=c)} ELSE 0 END"
        for n, c in enumerate(MONTH_COLUMNS)
    ]
    return " + ".join(pairs)


def bias(paths: str) -> str:
    """Σ (forecast - validated) and Σ |forecast| by owner, over closed months that have both.

    Of live measures' value in the headline metric and the tenant's currency; what is in another
    currency is left out (V8).
    """
    within = " AND ".join(f"{alias}.tenant_id = %(tenant)s" for alias in "mnetfv")
    return f"""
SELECT m.owner_id, sum({_months("f.{c} - v.{c}")}), sum({_months("abs(f.{c})")})
FROM {MEASURE} m
JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
JOIN {EFFECT} e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
JOIN {METRIC} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
JOIN {YEAR} f ON f.tenant_id = e.tenant_id AND f.effect_id = e.id AND f.series = 'forecast'
JOIN {YEAR} v ON v.tenant_id = e.tenant_id AND v.effect_id = e.id AND v.year = f.year
  AND v.series = 'actual_validated'
WHERE {within} AND ({paths}) AND m.overlay = 'active' AND m.owner_id IS NOT NULL
  AND t.code = %(metric)s AND e.currency IN ('', %(currency)s)
  AND e.kind IN ('recurring', 'one_off')
GROUP BY m.owner_id
"""


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
