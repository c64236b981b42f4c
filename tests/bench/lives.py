"""Gives a generated tenant what decided measures have: frozen plan, forecast, claims, proof."""

from kpis.figures.selectors import clock_of
from kpis.models import MONTH_COLUMNS
from tests.bench.place import Place

# Of ten measures two are Decided and one is Implemented.
STAGES = """
UPDATE initiatives_measure
SET stage = CASE id %% 10 WHEN 9 THEN 'implemented' ELSE 'decided' END,
    stage_since = now() - (id %% 300) * interval '1 day'
WHERE tenant_id = %(tenant)s AND id %% 10 >= 7
"""
LATER = f"""
INSERT INTO kpis_valueyear (tenant_id, effect_id, series, baseline_no, year,
                            {", ".join(MONTH_COLUMNS)})
SELECT y.tenant_id, y.effect_id, s.series, s.no, y.year,
       {", ".join(f"y.{c} * s.share" for c in MONTH_COLUMNS)}
FROM kpis_valueyear y
JOIN kpis_effect e ON e.tenant_id = y.tenant_id AND e.id = y.effect_id
JOIN initiatives_measure m ON m.tenant_id = e.tenant_id AND m.id = e.measure_id
CROSS JOIN (VALUES ('baseline', 1, 1), ('forecast', 0, 0.9)) AS s (series, no, share)
WHERE y.tenant_id = %(tenant)s AND y.series = 'plan' AND m.id %% 10 >= 7
"""
# Claims of the year that closes, and of most of them the validation.
PROVED = """
INSERT INTO kpis_valueyear (tenant_id, effect_id, series, baseline_no, year, {columns})
SELECT y.tenant_id, y.effect_id, s.series, 0, y.year, {months}
FROM kpis_valueyear y
JOIN kpis_effect e ON e.tenant_id = y.tenant_id AND e.id = y.effect_id
JOIN initiatives_measure m ON m.tenant_id = e.tenant_id AND m.id = e.measure_id
CROSS JOIN (VALUES ('actual_claimed', 0.95, 0), ('actual_validated', 0.85, 1))
  AS s (series, share, rest)
WHERE y.tenant_id = %(tenant)s AND y.series = 'plan' AND y.year = %(year)s AND m.id %% 10 >= 7
  AND e.id %% 4 >= s.rest
"""


def live(place: Place) -> None:
    """Three measures of ten get on; nothing where they already have."""
    tenant = {"tenant": place.tenant_id}
    if place.read("SELECT 1 FROM kpis_valueyear WHERE series = 'actual_validated' LIMIT 1"):
        return
    with place.house.active():
        latest = clock_of(place.house.tenant).latest
    closed = MONTH_COLUMNS[: latest.number]
    proved = PROVED.format(
        columns=", ".join(closed), months=", ".join(f"y.{column} * s.share" for column in closed)
    )
    place.unguarded.execute(STAGES.encode(), tenant)
    place.unguarded.execute(LATER.encode(), tenant)
    place.unguarded.execute(proved.encode(), tenant | {"year": latest.year})
    place.unguarded.execute(b"VACUUM (ANALYZE) initiatives_measure, kpis_valueyear")
