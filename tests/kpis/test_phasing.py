"""Phasing: exact totals, one sign, as many months as asked, shifts that lose nothing (V1, V9)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import Invalid
from kpis.choices import Aggregation, PhasingHelper
from kpis.phasing import Phasing, phased, ramp, s_curve, season, shifted, spread, weighted
from kpis.rules import Month

TOTALS = st.decimals(
    min_value=-(10**15), max_value=10**15, places=4, allow_nan=False, allow_infinity=False
)
RUNS = st.builds(
    lambda first, count: [first.plus(index) for index in range(count)],
    st.builds(Month, st.integers(1990, 2050), st.integers(1, 12)),
    st.integers(1, 60),
)
PROFILES = st.lists(st.integers(1, 1000), min_size=12, max_size=12)
DECIMALS = st.integers(0, 4)


def with_profile(profile: list[int]) -> Callable[..., dict[Month, Decimal]]:
    return lambda total, months, decimals: season(total, months, profile, decimals)


HELPERS = st.one_of(st.sampled_from([spread, ramp, s_curve]), PROFILES.map(with_profile))


@given(HELPERS, TOTALS, RUNS, DECIMALS)
def test_every_helper_is_exact_and_keeps_the_sign(
    helper: Any, total: Decimal, months: list[Month], decimals: int
) -> None:
    total = total.quantize(Decimal(1).scaleb(-decimals))
    cells = helper(total, months, decimals)
    assert list(cells) == months
    assert sum(cells.values()) == total
    assert all(amount * total >= 0 for amount in cells.values())
    step = Decimal(1).scaleb(-decimals)
    assert all(amount == amount.quantize(step) for amount in cells.values())


@given(TOTALS, RUNS)
def test_a_ramp_rises_and_an_s_curve_is_symmetrical(total: Decimal, months: list[Month]) -> None:
    rising = [abs(amount) for amount in ramp(total, months, 4).values()]
    assert rising == sorted(rising)
    curve = [abs(amount) for amount in s_curve(total, months, 4).values()]
    # Cut to decimals, the first month and the one before the remainder may differ by that rest.
    rest = Decimal("0.0001") * len(months)
    assert all(abs(one - other) <= rest for one, other in zip(curve, reversed(curve), strict=True))


@given(TOTALS, RUNS, st.lists(st.integers(0, 9), min_size=60, max_size=60))
def test_a_month_without_weight_gets_nothing(
    total: Decimal, months: list[Month], weights: list[int]
) -> None:
    given_weights = [*weights[: len(months) - 1], 1]
    cells = weighted(total, months, given_weights, 4)
    assert sum(cells.values()) == total
    zeros = [m for m, weight in zip(months, given_weights, strict=True) if weight == 0]
    assert all(cells[month] == 0 for month in zeros)


@given(
    st.dictionaries(
        st.builds(Month, st.integers(2000, 2030), st.integers(1, 12)), TOTALS, max_size=30
    ),
    st.integers(-120, 120),
)
def test_a_shift_of_a_whole_row_keeps_every_amount(
    cells: dict[Month, Decimal], months: int
) -> None:
    moved = shifted(cells, months, min(cells, default=Month(2000, 1)))
    after = {month: amount for month, amount in moved.items() if amount is not None}
    assert after == {month.plus(months): amount for month, amount in cells.items()}
    assert set(moved) == set(cells) | set(after)


JAN, FEB, MAR = (Month(2026, number) for number in (1, 2, 3))


def test_a_part_of_a_row_slips_and_is_never_laid_upon_another() -> None:
    cells = {JAN: Decimal(1), FEB: Decimal(2), MAR: Decimal(3)}
    assert shifted(cells, 2, FEB) == {
        FEB: None,
        MAR: None,
        Month(2026, 4): Decimal(2),
        Month(2026, 5): Decimal(3),
    }
    with pytest.raises(Invalid):
        shifted(cells, -1, FEB)


def ask(**fields: Any) -> dict[str, list[Any]]:
    """What is wrong with a request, by field; empty where nothing is."""
    given = {"helper": PhasingHelper.LINEAR, "amount": Decimal(9), "first": JAN, "last": MAR}
    aggregation = fields.pop("aggregation", Aggregation.SUM)
    try:
        phased(Phasing(**(given | fields)), {JAN: Decimal(1)}, aggregation, 2)
    except Invalid as error:
        return {name: list(texts) for name, texts in error.errors.items()}
    return {}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, set()),
        ({"amount": None}, {"amount"}),
        ({"first": None}, {"first"}),
        ({"last": None, "amount": None}, {"last", "amount"}),
        ({"first": MAR, "last": JAN}, {"last"}),
        ({"helper": PhasingHelper.SEASON}, {"weights"}),
        ({"helper": PhasingHelper.SEASON, "weights": [1] * 11}, {"weights"}),
        ({"helper": PhasingHelper.SEASON, "weights": [-1, *[1] * 11]}, {"weights"}),
        ({"helper": PhasingHelper.SEASON, "weights": [0, 0, 0, *[1] * 9]}, {"weights"}),
        ({"helper": PhasingHelper.SEASON, "weights": [1, *[0] * 11]}, set()),
        ({"helper": PhasingHelper.SHIFT}, {"shift"}),
        ({"helper": PhasingHelper.SHIFT, "shift": 0}, {"shift"}),
        ({"helper": PhasingHelper.SHIFT, "shift": 121}, {"shift"}),
        ({"helper": PhasingHelper.SHIFT, "shift": 1}, set()),
        ({"helper": PhasingHelper.RAMP, "aggregation": Aggregation.AVERAGE}, {"helper"}),
        ({"helper": PhasingHelper.LINEAR, "aggregation": Aggregation.LAST}, set()),
    ],
)
def test_what_a_helper_lacks_is_told_by_field(fields: dict[str, Any], wrong: set[str]) -> None:
    assert set(ask(**fields)) == wrong


def test_a_row_never_leaves_the_calendar() -> None:
    with pytest.raises(Invalid):
        shifted({Month(2100, 12): Decimal(1)}, 1, JAN)


def test_what_does_not_add_up_is_filled_with_the_same_figure() -> None:
    asked = Phasing(PhasingHelper.LINEAR, Decimal(7), JAN, FEB)
    assert phased(asked, {}, Aggregation.AVERAGE, 1) == {JAN: 7, FEB: 7}


def test_the_shapes_are_what_they_say() -> None:
    months = [JAN, FEB, MAR]
    assert list(ramp(Decimal(60), months, 0).values()) == [10, 20, 30]
    assert list(s_curve(Decimal(27), months, 0).values()) == [7, 13, 7]
    profile = [3, 1, 0, *[0] * 9]
    assert list(season(Decimal(10), months, profile, 0).values()) == [7, 3, 0]
    assert list(spread(Decimal(10), months, 0).values()) == [3, 3, 4]
