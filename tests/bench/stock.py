"""Generates measures with effects, months and audit events: one statement per chunk."""

from collections.abc import Iterator
from itertools import count

import psycopg
from django.db import connection

from governance.audit.choices import AuditAction
from governance.tree.models import Node
from governance.tree.services import next_codes
from reporting.rollups.models import RollUpMarker
from tests.bench.estate import PER_PACKAGE, Estate, analyze, build_estate, event_form, shuffling

CHUNK = 20_000
FIRST_YEAR, YEARS = 2026, 3
VERBS = ["Renegotiate", "Bundle", "Replace", "Insource", "Automate", "Reprice", "Defer", "Merge"]
THINGS = [
    "castings",
    "bearings",
    "gearboxes",
    "rotors",
    "housings",
    "cables",
    "switches",
    "sensors",
    "pumps",
    "valves",
    "motors",
    "steel",
    "copper",
    "nickel",
    "resin",
    "paint",
    "packaging",
    "freight",
    "storage",
    "energy",
    "heating",
    "lighting",
    "licences",
    "travel",
    "fleet",
    "insurance",
    "rent",
    "cleaning",
    "security",
    "catering",
    "training",
    "consulting",
    "testing",
    "tooling",
    "scrap",
    "rework",
    "overtime",
    "shifts",
    "audits",
    "inventory",
]
PLACES = [
    "Aachen",
    "Bremen",
    "Cottbus",
    "Dresden",
    "Essen",
    "Fulda",
    "Gera",
    "Hagen",
    "Jena",
    "Kassel",
    "Lindau",
    "Mainz",
]

# `place` is where a measure hangs, `r` a number of its own that all else is drawn from. Months of
# the headline metric run base, base + step, … in hundredths: their sum is known without adding up,
# and stands in the measure in ten-thousandths, as the product keeps it.
SQL = """
WITH drawn AS (
  SELECT n, (n::bigint * %(step)s + %(shift)s) %% %(total)s AS place,
         hashint8extended(n, %(seed)s) & x'3fffffffffffffff'::bigint AS r
  FROM generate_series(%(first)s, %(last)s) AS n
), worded AS (
  SELECT *, (%(verbs)s::text[])[1 + r %% 8] || ' ' || (%(things)s::text[])[1 + (r >> 4) %% 40]
         || ' ' || (%(places)s::text[])[1 + (r >> 10) %% 12] || ' ' || n AS name,
         10000 + (r >> 14) %% 90000 AS base, (r >> 32) %% 500 AS step,
         n + %(offset)s AS number
  FROM drawn
), made AS (
  INSERT INTO initiatives_measure (tenant_id, version, created_at, updated_at, code, name, sort_key,
    description, package_id, stage, overlay, owner_id, sponsor_id, controller_id, business_unit_id,
    function_id, legal_entity_id, forum_id, planned_start, planned_end, value_minor, source_key)
  SELECT %(tenant)s, 1, now() - (r %% 10000000) * interval '1 second',
    now() - (r %% 10000000) * interval '1 second',
    'M-' || lpad(number::text, greatest(6, length(number::text)), '0'), name, lower(name), '',
    (%(packages)s::bigint[])[1 + place / %(per_package)s], 'identified', 'active',
    CASE WHEN r %% 20 > 0 THEN (%(owners)s::bigint[])[1 + (r >> 3) %% 20] END,
    CASE WHEN r %% 19 > 0 THEN (%(sponsors)s::bigint[])[1 + (r >> 8) %% 20] END,
    CASE WHEN r %% 7 > 0 THEN (%(controllers)s::bigint[])[1 + (r >> 13) %% 20] END,
    (%(units)s::bigint[])[1 + (r >> 18) %% 12], (%(functions)s::bigint[])[1 + (r >> 22) %% 8],
    (%(entities)s::bigint[])[1 + (r >> 26) %% 5], (%(forums)s::bigint[])[1 + (r >> 30) %% 4],
    date '2026-01-01' + (r %% 300)::int, date '2027-06-01' + (r %% 500)::int,
    100 * (36 * base + 630 * step), ''
  FROM worded RETURNING id, code, name
), known AS (
  SELECT m.id, w.* FROM made m
  JOIN worded w ON m.code = 'M-' || lpad(w.number::text, greatest(6, length(w.number::text)), '0')
), effects AS (
  INSERT INTO kpis_effect (tenant_id, public_id, version, measure_id, metric_id, name, kind,
    effect_class, currency)
  SELECT %(tenant)s, md5(concat_ws('/', 'effect', %(tenant)s, %(seed)s, k.n, line.kind))::uuid, 1,
    k.id, %(metric)s, '', line.kind,
    CASE WHEN r %% 10 < 7 THEN 'hard' WHEN r %% 10 < 9 THEN 'avoidance' ELSE 'unsplit' END,
    %(currency)s
  FROM known k JOIN (VALUES ('recurring'), ('one_time_cost')) AS line(kind)
    ON line.kind = 'recurring' OR k.n %% 4 = 0
  RETURNING id, measure_id, kind
), months AS (
  INSERT INTO kpis_valueyear (tenant_id, effect_id, series, baseline_no, year,
    m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12)
  SELECT %(tenant)s, e.id, 'plan', 0, y.year, {months}
  FROM effects e JOIN known k ON k.id = e.measure_id
  JOIN generate_series({first_year}, {last_year}) AS y(year)
    ON e.kind = 'recurring' OR y.year = {first_year}
)
INSERT INTO governance_auditevent (tenant_id, body)
SELECT %(tenant)s, replace(replace(replace(%(event)s, '@key', code), '@label', name), '@id',
  md5(concat_ws('/', 'measure', %(tenant)s, %(seed)s, id))::uuid::text) FROM made
""".format(
    months=", ".join(
        f"(base + step * (12 * (y.year - {FIRST_YEAR}) + {month})) / 100.0" for month in range(12)
    ),
    first_year=FIRST_YEAR,
    last_year=FIRST_YEAR + YEARS - 1,
)


def build_stock(slug: str, *, measures: int, seed: int, owner: psycopg.Connection) -> Estate:
    """A tenant of so many measures, committed chunk by chunk; `owner` gathers the statistics.

    Deferred checks run at each chunk's end as for any other writer: no guard is switched off. Marks
    of roll-ups are taken away: such a tenant is computed as a whole.
    """
    estate = build_estate(slug, measures=measures, seed=seed)
    analyze(owner, [Node])
    for first, last in _chunks(measures):
        with estate.house.active():
            _chunk(estate, first, last, measures=measures, seed=seed)
            RollUpMarker.objects.all().delete()
    owner.execute("VACUUM (ANALYZE)")
    return estate


def _chunks(measures: int) -> Iterator[tuple[int, int]]:
    for first in count(0, CHUNK):
        if first >= measures:
            return
        yield first, min(first + CHUNK, measures) - 1


def _chunk(estate: Estate, first: int, last: int, *, measures: int, seed: int) -> None:
    step, shift = shuffling(measures, seed)
    number = int(next_codes("measure", last - first + 1)[0].partition("-")[2])
    values = {
        "tenant": estate.house.tenant.pk,
        "seed": seed,
        "first": first,
        "last": last,
        "offset": number - first,
        "total": measures,
        "step": step,
        "shift": shift,
        "packages": estate.packages,
        "per_package": PER_PACKAGE,
        "owners": estate.owners,
        "sponsors": estate.sponsors,
        "controllers": estate.controllers,
        "units": estate.lists["businessunit"],
        "functions": estate.lists["function"],
        "entities": estate.lists["legalentity"],
        "forums": estate.lists["forum"],
        "metric": estate.metric_id,
        "currency": estate.house.tenant.currency,
        "verbs": VERBS,
        "things": THINGS,
        "places": PLACES,
        "event": event_form(estate.house, AuditAction.MEASURE_CREATED, "measure"),
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
