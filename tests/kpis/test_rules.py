"""Months, fiscal years and money: exact, whatever the start of the year and the amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.people.choices import Permission
from governance.ui.amounts import amount_of
from initiatives.rules import Hands
from kpis.choices import EffectClass, EffectKind
from kpis.phasing import spread
from kpis.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    Month,
    by_fiscal_year,
    counted_class,
    fiscal_year,
    is_value,
    may_plan,
    minor_units,
    month_of,
    months_of_fiscal_year,
)

MONTHS = st.builds(Month, st.integers(FIRST_YEAR, LAST_YEAR), st.integers(1, 12))
STARTS = st.integers(1, 12)
AMOUNTS = st.decimals(
    min_value=-(10**14), max_value=10**14, places=4, allow_nan=False, allow_infinity=False
)


@given(MONTHS, st.integers(-300, 300))
def test_months_count_on_over_years(month: Month, offset: int) -> None:
    moved = month.plus(offset)
    assert (moved.year * 12 + moved.number) - (month.year * 12 + month.number) == offset
    assert 1 <= moved.number <= 12
    assert (moved > month) == (offset > 0)


@given(MONTHS)
def test_a_month_reads_as_it_is_written(month: Month) -> None:
    assert month_of(str(month)) == month
    assert month.first_day.isoformat() == f"{month}-01"


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1", "2026-00", "2026-13", "1989-12", "2101-01", "2026-01-01", " 2026-01",
     "2026-01\n", "\uff12\uff10\uff12\uff16-01", "-2026-01", "10000-01"],
)  # fmt: skip
def test_any_other_text_is_no_month(text: str) -> None:
    assert month_of(text) is None


@given(MONTHS, STARTS)
def test_a_month_belongs_to_the_fiscal_year_that_holds_it(month: Month, start: int) -> None:
    year = fiscal_year(month, start)
    months = months_of_fiscal_year(year, start)
    assert month in months
    assert len(months) == 12
    assert months[-1].year == year
    assert months[0].number == start
    assert [m.plus(1) for m in months[:-1]] == months[1:]


@given(st.dictionaries(MONTHS, AMOUNTS, max_size=30), STARTS)
def test_years_add_up_to_the_same_total(amounts: dict[Month, Decimal], start: int) -> None:
    years = by_fiscal_year(amounts, start)
    assert sum(years.values()) == sum(amounts.values())
    assert list(years) == sorted(years)


@given(AMOUNTS, MONTHS, st.integers(1, 36), st.integers(0, 4))
def test_a_spread_amount_adds_up_exactly(
    total: Decimal, first: Month, count: int, decimals: int
) -> None:
    """V1: what does not divide goes to the last month."""
    step = Decimal(1).scaleb(-decimals)
    total = total.quantize(step)
    months = [first.plus(offset) for offset in range(count)]
    cells = spread(total, iter(months), decimals)
    assert sum(cells.values()) == total
    assert list(cells) == months
    assert all(cell == cell.quantize(step) for cell in cells.values())
    assert len({cells[month] for month in months[:-1]}) <= 1


@given(AMOUNTS)
def test_an_amount_reads_as_it_is_written(amount: Decimal) -> None:
    for written in (str(amount), f" {amount} ", format(amount, "f"), amount):
        assert amount_of(written, 4) == amount


@pytest.mark.parametrize(
    "value",
    ["", " ", "x", "NaN", "nan", "Infinity", "-inf", "1,000", "1_000", "\u0661", "1e30", "1E99999",
     "0x10", "1..2", "--1", "1e", "9" * 401, Decimal("NaN"), Decimal("Infinity"), Decimal("1E+30"),
     10**15, -(10**15), 10**30, True, False, None, 1.5, b"1", [], {}, "1\n2"],
)  # fmt: skip
def test_what_is_no_amount_is_told_in_words(value: object) -> None:
    fault = amount_of(value, 2)
    assert not isinstance(fault, Decimal)
    assert str(fault).endswith(".")


@pytest.mark.parametrize(
    ("decimals", "text"), [(0, "1.5"), (2, "1.005"), (4, "0.00001"), (2, "1e-3")]
)
def test_more_decimals_than_the_metric_keeps_are_refused_not_rounded(
    decimals: int, text: str
) -> None:
    assert not isinstance(amount_of(text, decimals), Decimal)


@pytest.mark.parametrize("text", ["1.50", "1.5000", "15e-1", "+1.5", ".5", "5.", "-0", "1e2"])
def test_the_same_amount_may_be_spelled_in_many_ways(text: str) -> None:
    assert amount_of(text, 2) == Decimal(text)


@pytest.mark.parametrize("permissions", [(), ("own",), ("any",), ("own", "any")])
@pytest.mark.parametrize("is_owner", [True, False])
def test_who_may_plan(permissions: tuple[str, ...], is_owner: object) -> None:
    words = {"own": Permission.VALUE_PLAN_OWN, "any": Permission.VALUE_PLAN}
    hands = Hands(frozenset(words[word] for word in permissions), is_owner=bool(is_owner))
    assert may_plan(hands) == ("any" in permissions or ("own" in permissions and bool(is_owner)))


def test_unsplit_counts_as_avoidance_and_costs_are_no_value() -> None:
    """V7."""
    assert [counted_class(found) for found in EffectClass] == [
        EffectClass.HARD,
        EffectClass.AVOIDANCE,
        EffectClass.AVOIDANCE,
    ]
    assert [kind for kind in EffectKind if is_value(kind)] == [
        EffectKind.RECURRING,
        EffectKind.ONE_OFF,
    ]


@given(
    st.decimals(min_value=-(10**17), max_value=10**17, places=4),
    st.decimals(places=4, min_value=-(10**17), max_value=10**17),
)
def test_minor_units_sort_as_the_amounts_do_and_fit_their_column(a: Decimal, b: Decimal) -> None:
    assert -(2**63) < minor_units(a) < 2**63
    if a < b:
        assert minor_units(a) <= minor_units(b)
