"""Sums of months: empty is not zero, units never mix, averages and last values are no sums."""

from decimal import Decimal

import pytest

from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.grid import Line, added, by_class, groups, total_of, within, years_of
from kpis.rules import Month

JAN, FEB, MAR = Month(2026, 1), Month(2026, 2), Month(2026, 3)


def line(
    months: dict[Month, str],
    kind: EffectKind = EffectKind.RECURRING,
    effect_class: EffectClass = EffectClass.HARD,
    *,
    metric: str = "EBITDA",
    unit: str = "EUR",
) -> Line:
    amounts = {month: Decimal(text) for month, text in months.items()}
    return Line(0, metric, unit, kind, effect_class, Aggregation.SUM, 2, amounts)


@pytest.mark.parametrize(
    ("rule", "total"),
    [
        (Aggregation.SUM, "7.00"),
        (Aggregation.AVERAGE, "3.50"),
        (Aggregation.LAST, "5.00"),
    ],
)
def test_months_come_to_what_the_metric_says(rule: Aggregation, total: str) -> None:
    assert total_of({FEB: Decimal(5), JAN: Decimal(2)}, rule, 2) == Decimal(total)


@pytest.mark.parametrize("rule", Aggregation)
def test_nothing_entered_comes_to_nothing(rule: Aggregation) -> None:
    assert total_of({}, rule, 2) is None


def test_zero_entered_comes_to_zero() -> None:
    assert total_of({JAN: Decimal(0)}, Aggregation.SUM, 2) == 0


def test_a_month_that_no_row_holds_stays_out_of_the_sum() -> None:
    sums = added([{JAN: Decimal(1)}, {JAN: Decimal(2), MAR: Decimal(0)}])
    assert sums == {JAN: Decimal(3), MAR: Decimal(0)}


def test_metrics_and_currencies_never_add() -> None:
    found = groups(
        [
            line({JAN: "1"}),
            line({JAN: "2"}, unit="USD"),
            line({JAN: "4"}, metric="Cash"),
            line({JAN: "8"}),
        ]
    )
    sums = [(group.metric, group.unit, group.value.total) for group in found]
    assert sums == [("EBITDA", "EUR", 9), ("EBITDA", "USD", 2), ("Cash", "EUR", 4)]


def test_costs_stand_apart_and_are_taken_off_the_net() -> None:
    group = groups(
        [
            line({JAN: "10", FEB: "10"}),
            line({FEB: "3", MAR: "2"}, EffectKind.ONE_TIME_COST),
            line({MAR: "1"}, EffectKind.RUNNING_COST),
        ]
    )[0]
    assert (group.value.total, group.cost.total, group.net.total) == (20, 6, 14)
    assert group.net.months == {JAN: 10, FEB: 7, MAR: -3}
    assert group.has_costs
    assert group.has_value
    assert group.has_sums


def test_classes_of_value_are_told_apart_and_costs_left_out() -> None:
    rows = [
        line({JAN: "1"}, effect_class=EffectClass.UNSPLIT),
        line({JAN: "2"}, effect_class=EffectClass.HARD),
        line({JAN: "4"}, EffectKind.RUNNING_COST, EffectClass.AVOIDANCE),
    ]
    assert by_class(rows) == {EffectClass.HARD: {JAN: 2}, EffectClass.UNSPLIT: {JAN: 1}}


def test_a_year_takes_only_its_own_months() -> None:
    assert within({JAN: Decimal(1), Month(2027, 1): Decimal(2)}, [JAN, FEB]) == {JAN: 1}


@pytest.mark.parametrize(
    ("months", "start", "years"),
    [
        ([], 1, [2026, 2027]),
        ([Month(2012, 5), Month(2014, 5)], 1, [2012, 2013, 2014, 2026, 2027]),
        ([Month(2025, 10), Month(2028, 9)], 10, [2026, 2027, 2028]),
    ],
)
def test_years_to_choose_from_hold_those_with_values_and_the_present_ones(
    months: list[Month], start: int, years: list[int]
) -> None:
    assert years_of(months, start, today=FEB) == years
