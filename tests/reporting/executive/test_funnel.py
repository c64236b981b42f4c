"""The stage funnel and the value ladder as arithmetic."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from initiatives.choices import AmountName, Overlay, Stage
from kpis.choices import EffectKind
from kpis.figures.rules import Amounts
from kpis.targets.rules import Gap
from reporting.funnel import funnel
from reporting.ladder import ladders
from reporting.rules import MeasureCount
from tests.reporting.test_rules import line

NOW = datetime(2026, 3, 11, tzinfo=UTC)
RECURRING, ONE_OFF = EffectKind.RECURRING, EffectKind.ONE_OFF


def count(stage: Stage, number: int, overlay: Overlay = Overlay.ACTIVE) -> MeasureCount:
    since = Decimal(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * number
    return MeasureCount(stage, overlay, Decimal(0), number, since)


def test_a_stage_tells_what_is_there_what_went_on_and_what_was_lost() -> None:
    counts = [
        count(Stage.IDENTIFIED, 4),
        count(Stage.IDENTIFIED, 2, Overlay.CANCELLED),
        count(Stage.DETAILED, 1, Overlay.ON_HOLD),
        count(Stage.DECIDED, 3),
    ]
    lines = [
        line("100", stage=Stage.IDENTIFIED),
        line("30", stage=Stage.IDENTIFIED, overlay=Overlay.CANCELLED),
        line("7", stage=Stage.DETAILED, overlay=Overlay.ON_HOLD, kind=ONE_OFF),
        line("9", stage=Stage.DECIDED, kind=EffectKind.RUNNING_COST),
        line("8", stage=Stage.DECIDED, metric="CASH"),
    ]
    steps = funnel(counts, lines, "EBITDA", NOW)
    assert [step.stage for step in steps] == list(Stage)
    first, second, third, fourth, last = steps
    assert (first.live.number, first.live.value[RECURRING]) == (4, 100)
    assert (first.cancelled.number, first.cancelled.value[RECURRING]) == (2, 30)
    assert (second.held.number, second.held.value) == (1, {RECURRING: 0, ONE_OFF: 7})
    assert third.live.value == {RECURRING: 0, ONE_OFF: 0}
    assert [step.reached for step in steps] == [10, 4, 3, 0, 0]
    assert (first.goes_on, second.goes_on) == (Decimal("0.4"), Decimal("0.75"))
    assert (third.goes_on, fourth.goes_on, last.goes_on) == (0, None, None)
    assert (first.days, second.days, fourth.days) == (10, None, None)


def target(year: int, amount: int, kind: EffectKind = RECURRING, metric: str = "EBITDA") -> Any:
    own = SimpleNamespace(gap=Gap(Decimal(amount), Decimal(60), Decimal(40)))
    return SimpleNamespace(metric=metric, kind=kind.value, fiscal_year=year, own=own)


def amounts(**given: int) -> Amounts:
    return Amounts(**{name: Decimal(amount) for name, amount in given.items()})


def of(targets: list[Any], year: int = 2026, **headline: Amounts) -> Any:
    both = {"recurring": Amounts(), "one_off": Amounts()} | headline
    return ladders(both, targets, "EBITDA", year)


def test_a_ladder_shows_each_amount_as_a_part_of_the_target() -> None:
    first, second = of([target(2026, 200)], recurring=amounts(identified=300, bankable=60))
    assert (first.kind, first.target, first.gap.missing) == (RECURRING, 200, 140)
    shares = {rung.name: rung.share for rung in first.rungs}
    assert shares[AmountName.IDENTIFIED] == Decimal("1.5")
    assert shares[AmountName.BANKABLE] == Decimal("0.3")
    assert shares[AmountName.VALIDATED] is None
    assert (first.tallest, first.undecided) == (300, 240)
    assert (second.kind, second.is_empty, second.tallest) == (ONE_OFF, True, 1)


def test_without_a_target_the_larger_kind_comes_first() -> None:
    first, second = of([], recurring=amounts(identified=5), one_off=amounts(identified=-9))
    assert (first.kind, second.kind) == (ONE_OFF, RECURRING)
    assert (first.gap, first.target, first.rungs[0].share, first.year) == (None, None, None, 2026)
    first, _second = of([target(2026, 1)], one_off=amounts(identified=9))
    assert first.kind is RECURRING


@pytest.mark.parametrize(
    ("asked", "told"), [(2024, 2025), (2025, 2025), (2026, 2028), (2030, 2028)]
)
def test_the_year_itself_else_the_next_with_a_target_else_the_last(asked: int, told: int) -> None:
    given = [target(2025, 10), target(2028, 20), target(2026, 9, metric="CASH")]
    given.append(SimpleNamespace(metric="EBITDA", kind="recurring", fiscal_year=2026, own=None))
    assert of(given, asked)[0].year == told
