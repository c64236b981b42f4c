"""SQL of silence: measures whose owed update was missed, without reading those that have theirs.

It says the same as the rule `is_stale`, which a test compares with it.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection

from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import OWING_STAGES
from initiatives.rhythm.selectors import Rhythms

MEASURE, NODE, REPORT = (model._meta.db_table for model in (Measure, Node, StatusReport))
STAGES = ", ".join(f"'{stage.value}'" for stage in OWING_STAGES)
# Owner by owner: a run opens so many at most, and whoever owes many is to be told of them at once.
# Each package is one step into the index `initiatives_measure_silent`, so that nothing is read of
# what is answered; `answered_on` is kept by triggers on the reports.
OF_PACKAGE = f"""
  SELECT id, code, name, owner_id, sponsor_id, forum_id, tenant_id,
         greatest(answered_on, (created_at AT TIME ZONE %(zone)s)::date) AS since
  FROM {MEASURE} m
  WHERE m.tenant_id = n.tenant_id AND m.package_id = n.id AND m.overlay = 'active'
    AND m.owner_id IS NOT NULL AND m.stage IN ({STAGES}) AND m.created_at < rhythm.begins_at"""  # noqa: S608  # our own table names
SILENT = f"""
SELECT m.id, m.code, m.name, m.owner_id, m.sponsor_id, m.forum_id, n.id,
       coalesce(own.program, 0), m.since, (
         SELECT max(r.answers_on) FROM {REPORT} r
         WHERE r.tenant_id = m.tenant_id AND r.measure_id = m.id AND r.rater = '')
FROM {NODE} n
LEFT JOIN unnest(%(programs)s::bigint[], %(days)s::date[], %(moments)s::timestamptz[])
  AS own (program, day, begins_at) ON own.program = split_part(n.path, '/', 3)::bigint
CROSS JOIN LATERAL (
  SELECT CASE WHEN own.program IS NULL THEN %(day)s::date ELSE own.day END AS day,
         CASE WHEN own.program IS NULL THEN %(moment)s::timestamptz ELSE own.begins_at
         END AS begins_at
) rhythm
CROSS JOIN LATERAL (
  {OF_PACKAGE} AND m.answered_on < rhythm.day
  UNION ALL
  {OF_PACKAGE} AND m.answered_on IS NULL
) m
WHERE n.tenant_id = %(tenant)s AND n.level = {Level.PACKAGE.value}
ORDER BY m.owner_id, m.since, m.id
"""  # noqa: S608  # our own table names


def silent_rows(rhythms: Rhythms, tenant_id: int) -> list[Any]:
    """The rows of `SILENT`; no query where no period was missed in any program."""
    day, own = rhythms.stale_before, rhythms.stale_before_in
    if day is None and not any(own.values()):
        return []
    params: dict[str, Any] = {
        "tenant": tenant_id,
        "zone": rhythms.zone.key,
        "day": day,
        "moment": _midnight(day, rhythms),
        "programs": list(own),
        "days": list(own.values()),
        "moments": [_midnight(one, rhythms) for one in own.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(SILENT, params)
        rows: list[Any] = cursor.fetchall()
        return rows


def _midnight(day: date | None, rhythms: Rhythms) -> datetime | None:
    """When a day begins in the tenant's zone."""
    if day is None:
        return None
    return datetime.combine(day, time.min, tzinfo=rhythms.zone).astimezone(UTC)
