"""Controlling: a month of claims validated in one call, and the page on which they wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from kpis.actuals.choices import Outcome
from kpis.actuals.services.batches import LineVerdict, claims_validate_many
from kpis.actuals.services.validations import Verdict
from kpis.choices import EffectKind
from kpis.models import Effect
from kpis.rules import Month
from tests.bench.benchmarks.a_lists import page
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

WHO = "controller"
LINES = 200
# A month for each turn, and one in which nothing is judged.
FIRST, MONTHS = Month(2010, 1), 84
WAITING = FIRST.plus(MONTHS - 1)
DECIDED = """
UPDATE initiatives_measure SET stage = 'decided', controller_id = %s
WHERE tenant_id = %s AND id = ANY(%s::bigint[])
"""
CLAIMS = """
INSERT INTO kpis_claim (tenant_id, effect_id, month, amount, claimed_by_id)
SELECT %s, e.id, m.month::date, 900, %s FROM unnest(%s::bigint[]) AS e(id)
CROSS JOIN generate_series(%s::date, %s::date, interval '1 month') AS m(month)
"""
VALIDATE = """
WITH judged AS (
  INSERT INTO kpis_validation (tenant_id, public_id, effect_id, month, claim_id, outcome, amount,
    reason, needs_second, decided_by_id)
  SELECT tenant_id, gen_random_uuid(), effect_id, month, id, 'validated', amount, '', false, %s
  FROM kpis_claim WHERE tenant_id = %s AND effect_id = ANY(%s::bigint[]) AND month = %s
  RETURNING effect_id, month, amount
), told AS (
  INSERT INTO kpis_valuehistory (tenant_id, effect_public_id, series, baseline_no, month, after,
    source, author)
  SELECT %s, e.public_id, 'actual_validated', 0, j.month, j.amount, 'api', 'Controller'
  FROM judged j JOIN kpis_effect e ON e.tenant_id = %s AND e.id = j.effect_id
)
INSERT INTO kpis_valueyear (tenant_id, effect_id, series, baseline_no, year, {column})
SELECT %s, effect_id, 'actual_validated', 0, extract(year FROM month), amount FROM judged
ON CONFLICT (tenant_id, effect_id, series, baseline_no, year)
DO UPDATE SET {column} = excluded.{column}
"""
QUEUE = """
SELECT m.code, m.name, e.public_id, e.name, c.amount, u.name, p.m01
FROM kpis_claim c
JOIN kpis_effect e ON e.tenant_id = c.tenant_id AND e.id = c.effect_id
JOIN initiatives_measure m ON m.tenant_id = e.tenant_id AND m.id = e.measure_id
JOIN governance_membership s ON s.tenant_id = c.tenant_id AND s.id = c.claimed_by_id
JOIN governance_user u ON u.id = s.user_id
LEFT JOIN kpis_valueyear p ON p.tenant_id = e.tenant_id AND p.effect_id = e.id
  AND p.series = 'plan' AND p.baseline_no = 0 AND p.year = 2026
WHERE c.tenant_id = %s AND c.month = %s AND m.controller_id = %s ORDER BY m.code LIMIT 200
"""


@dataclass(frozen=True)
class Claimed:
    """Effects of as many measures whose claims wait, for either side, and who judges them."""

    ours: list[Effect]
    theirs: list[Effect]
    controller: int


def _claimed(place: Place) -> Claimed:
    """Measures past T3 with claims of all months, written without their services."""
    house = place.house
    with house.active():
        rows = Effect.objects.filter(kind=EffectKind.RECURRING).select_related("measure")
        found = list(rows.order_by("-id")[: 2 * LINES])
    half = min(LINES, len(found) // 2)
    ours, theirs = found[:half], found[half : 2 * half]
    controller, owner = house.people[WHO].pk, house.people["owner"].pk
    for effects, judge in ((ours, controller), (theirs, house.people["second_finance"].pk)):
        measures = [effect.measure_id for effect in effects]
        place.unguarded.execute(DECIDED.encode(), (judge, place.tenant_id, measures))
    ids = [effect.pk for effect in (*ours, *theirs)]
    days = (FIRST.first_day, WAITING.first_day)
    place.unguarded.execute(CLAIMS.encode(), (place.tenant_id, owner, ids, *days))
    place.unguarded.execute(b"ANALYZE kpis_claim")
    return Claimed(ours, theirs, controller)


@benchmark("Validating a month of claims")
def validating(place: Place) -> Iterator[Pair]:
    """200 cells in one call, each with its validation, history, audit event and message."""
    claimed = _claimed(place)
    house, actor = place.house, place.house.actor(WHO)
    turns, bare_turns = count(), count()
    keys = [effect.pk for effect in claimed.theirs]

    def by_service() -> None:
        verdict = Verdict(str(_month(turns)), Outcome.VALIDATED, seen_claim="900")
        lines = [LineVerdict(effect.public_id, verdict) for effect in claimed.ours]
        with house.active():
            results = claims_validate_many(lines=lines, by=actor)
        assert all(result.validation for result in results)

    def bare() -> None:
        month = _month(bare_turns)
        tenant = place.tenant_id
        statement = VALIDATE.format(column=f"m{month.number:02d}")
        values = (claimed.controller, tenant, keys, month.first_day, tenant, tenant, tenant)
        place.unguarded.execute(statement.encode(), values)

    note = (
        "The bare side is one statement that writes the validations, the months and their history,"
        " without audit event, message, version or rule."
    )
    rows = len(claimed.ours)
    yield Pair("200 cells, service in its transaction", by_service, bare, rows=rows, note=note)
    waiting = (place.tenant_id, WAITING.first_day, claimed.controller)
    yield Pair(
        "the page with 200 lines",
        page(place, house.client(WHO), "controlling/", {"month": str(WAITING)}),
        lambda: place.read(QUEUE, waiting),
        note="The bare side of the page is one SELECT of its lines.",
    )


def _month(turns: Iterator[int]) -> Month:
    turn = next(turns)
    assert turn < MONTHS - 1, "there are not enough months"
    return FIRST.plus(turn)
