"""Several at once on the same rates, and beside the values they convert (V8)."""

from functools import partial

import pytest

from governance.errors import Conflict, Invalid
from initiatives.models import Measure
from kpis.choices import EffectKind, Series
from kpis.metrics.services import metric_change
from kpis.models import Effect, Metric, Rate
from kpis.rates.choices import RateKind
from kpis.rates.services import rates_confirm, rates_propose, rates_refuse
from kpis.services import EffectDraft, effect_create, values_write
from tests.houses import House, World
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import proposed
from tests.racing import errors_in, race

pytestmark = pytest.mark.slow
CELLS = {"USD": {"2026-01": "0.9"}}


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


def test_of_two_proposals_at_once_one_waits_and_the_other_is_told(house: House) -> None:
    def propose(who: str) -> list[Rate]:
        by = house.actor(who)
        with house.active():
            return rates_propose(kind=RateKind.PLAN, rates=CELLS, by=by)

    results = race(*(partial(propose, who) for who in ("controller", "second_finance") * 2))
    failed = errors_in(results)
    assert len(failed) == 3
    assert all(isinstance(error, Invalid | Conflict) for error in failed)
    with house.active():
        assert Rate.objects.count() == 1


def test_a_rate_is_decided_once_however_many_decide(house: House) -> None:
    (row,) = proposed(house, CELLS, RateKind.AVERAGE)

    def decide(service, who: str) -> None:
        by = house.actor(who)
        with house.active():
            service(ids=[row.public_id], by=by)

    pairs = [(rates_confirm, "second_finance"), (rates_refuse, "head_of_controlling")]
    results = race(*(partial(decide, *pair) for pair in pairs * 2))
    failed = errors_in(results)
    assert len(failed) == 3
    assert {type(error) for error in failed} == {Conflict}
    assert {error.code for error in failed} == {"rate_not_proposed"}


def test_a_value_and_its_rate_at_once_leave_the_right_total(house: House) -> None:
    measure = make_planned(house)
    effect = plan(house, add_effect(house, measure, currency="USD"), {"2026-01": "100"})
    for turn in range(1, 6):
        (row,) = proposed(house, {"USD": {"2026-01": str(turn)}}, RateKind.PLAN)

        def confirm(row: Rate = row) -> None:
            by = house.actor("second_finance")
            with house.active():
                rates_confirm(ids=[row.public_id], by=by)

        def write(turn: int = turn, effect: Effect = effect) -> Effect:
            by = house.actor("pmo")
            with house.active():
                return values_write(
                    effect=effect,
                    series=Series.PLAN,
                    cells={"2026-01": str(1000 * turn)},
                    seen_version=effect.version,
                    by=by,
                )

        confirmed, written = race(confirm, write)
        assert (confirmed, type(written)) == (None, Effect), (confirmed, written)
        effect = written
        with house.active():
            found = Measure.objects.get(pk=measure.pk).value_minor
        assert found == turn * 1000 * turn * 10_000


def test_a_metric_changes_its_meaning_or_takes_an_effect(house: House) -> None:
    measure = make_planned(house)
    with house.active():
        metric = Metric.objects.get(code="CASH")

    def change() -> Metric:
        by = house.actor("pmo")
        with house.active():
            return metric_change(
                metric=metric, seen_version=1, fields={"is_monetary": False}, by=by
            )

    def add() -> Effect:
        by = house.actor("pmo")
        with house.active():
            draft = EffectDraft(metric, EffectKind.RECURRING, currency="USD")
            return effect_create(measure=measure, draft=draft, by=by)

    results = race(change, add)
    (failed,) = errors_in(results)
    assert isinstance(failed, Conflict)
    with house.active():
        now = Metric.objects.get(pk=metric.pk)
        assert now.is_monetary is Effect.objects.filter(metric=now).exists()
