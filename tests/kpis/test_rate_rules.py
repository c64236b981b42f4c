"""Exchange rates as people write them, the months they hold for, and exact conversion (V8)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.choices import Aggregation
from kpis.rates.choices import RateBasis, RateKind
from kpis.rates.rules import (
    MOST_LINES,
    Converter,
    currency_fault,
    exact_sum,
    kept_month,
    kind_for,
    rate_month,
    rate_of,
    read_lines,
    typed_rate,
)
from kpis.rules import MONTHS, Month, fiscal_year

RATES = st.decimals(
    min_value=Decimal("0.00000001"), max_value=Decimal("9999999999.99999999"), places=8
)
AMOUNTS = st.decimals(
    min_value=Decimal("-999999999999999.9999"), max_value=Decimal("999999999999999.9999"), places=4
)
MONTHS_AT_ALL = st.builds(Month, st.integers(1991, 2099), st.integers(1, MONTHS))
STARTS = st.integers(1, MONTHS)


def is_refused(value: object) -> bool:
    return not isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1", "1"),
        ("1.0812", "1.0812"),
        ("1,0812", "1.0812"),
        ("0,912", "0.912"),
        ("0.912", "0.912"),
        ("1.2340", "1.234"),
        ("1234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1.234.567,25", "1234567.25"),
        ("12345.678", "12345.678"),
        ("0.00000001", "0.00000001"),
    ],
)
def test_the_last_separator_is_the_decimal_one(text: str, rate: str) -> None:
    assert typed_rate(text) == Decimal(rate)


@pytest.mark.parametrize("text", ["1,234", "1.234", "999.999", "10,000"])
def test_what_reads_two_ways_is_refused_with_both(text: str) -> None:
    fault = str(typed_rate(text))
    assert "two ways" in fault
    assert text.replace(",", "").replace(".", "") in fault
    assert f"{text}0" in fault


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1,", ".5", "-1", "+1", "1e3", "1 234", "1_0", "٣", "NaN", "0", "0,0"),
        *("1.234.567", "1,23,456.0", "1,234,5", "1.2.3", "12,34.5", "1,0812,5"),
        *("10000000000", "1.000000001", "0." + "0" * 300 + "1"),
    ],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    assert is_refused(typed_rate(text))


@pytest.mark.parametrize(
    "value", [0, -1, "0", "-0.5", "1e-9", "1e10", "1e9999", "x", None, True, 1.5, [], "1,5"]
)
def test_what_a_program_sends_is_as_strict(value: object) -> None:
    assert is_refused(rate_of(value))


@given(RATES)
def test_a_rate_survives_any_spelling(rate: Decimal) -> None:
    text = f"{rate:f}"
    assert rate_of(text) == rate_of(rate) == rate
    assert typed_rate(text) == typed_rate(text.replace(".", ",")) == rate
    grouped = f"{rate:,f}"
    assert typed_rate(grouped) == rate
    assert typed_rate(grouped.translate(str.maketrans(",.", ".,"))) == rate


def test_lines_are_parted_by_blanks_tabs_or_semicolons() -> None:
    pasted = read_lines("USD 2026-01 0,9251\r\nusd\t2026-02\t0.93\n\n GBP ; 2026-01;1.17 \n")
    assert pasted.faults == []
    assert pasted.rates == {
        "USD": {"2026-01": Decimal("0.9251"), "2026-02": Decimal("0.93")},
        "GBP": {"2026-01": Decimal("1.17")},
    }


def test_every_wrong_line_is_named() -> None:
    text = "USD 2026-01\nUSD 2026-02 1,234\nUSD 2026-03 0.9\nUSD 2026-03 0.8\n;;;\nUSD;;0.9"
    faults = [str(fault) for fault in read_lines(text).faults]
    assert [fault.split(":")[0] for fault in faults] == [
        *("Line 1", "Line 2", "Line 4", "Line 5", "Line 6")
    ]
    assert "USD 2026-03 stands above already." in faults[2]


def test_a_paste_has_an_end() -> None:
    text = "\n".join(f"USD {year}-01 0.9" for year in range(MOST_LINES + 1))
    assert [len(x) for x in (read_lines(text).rates, read_lines(text).faults)] == [0, 1]


@given(st.text(max_size=200))
def test_no_paste_breaks_the_reading(text: str) -> None:
    pasted = read_lines(text)
    assert all(rate > 0 for cells in pasted.rates.values() for rate in cells.values())


@given(MONTHS_AT_ALL, STARTS)
def test_a_plan_rate_is_kept_under_the_first_month_of_its_fiscal_year(
    month: Month, start: int
) -> None:
    kept = kept_month(month, RateKind.PLAN, start)
    assert kept.number == start
    assert fiscal_year(kept, start) == fiscal_year(month, start)
    assert kept <= month < kept.plus(MONTHS)
    assert kept_month(month, RateKind.AVERAGE, start) == month
    assert rate_month(str(kept), RateKind.PLAN, start) == kept


def test_months_that_no_rate_is_kept_under() -> None:
    assert rate_month("2026-04", RateKind.PLAN, 4) == Month(2026, 4)
    assert "2026-04" in str(rate_month("2027-01", RateKind.PLAN, 4))
    assert rate_month("2027-01", RateKind.CLOSING, 4) == Month(2027, 1)
    assert not isinstance(rate_month("2026-1", RateKind.PLAN, 1), Month)


def test_currencies_that_take_no_rate() -> None:
    assert currency_fault("USD", "EUR") is None
    assert [bool(currency_fault(code, "EUR")) for code in ("EUR", "usd", "US", "")] == [True] * 4


@pytest.mark.parametrize(
    ("basis", "aggregation", "kind"),
    [
        (RateBasis.PLAN, Aggregation.SUM, RateKind.PLAN),
        (RateBasis.PLAN, Aggregation.LAST, RateKind.PLAN),
        (RateBasis.PERIOD, Aggregation.SUM, RateKind.AVERAGE),
        (RateBasis.PERIOD, Aggregation.AVERAGE, RateKind.AVERAGE),
        (RateBasis.PERIOD, Aggregation.LAST, RateKind.CLOSING),
    ],
)
def test_stands_go_by_the_closing_rate(
    basis: RateBasis, aggregation: Aggregation, kind: RateKind
) -> None:
    assert kind_for(basis, aggregation) is kind


def test_a_month_without_a_rate_is_left_and_named() -> None:
    rates = {("USD", Month(2025, 4)): Decimal("0.9")}
    converter = Converter(RateKind.PLAN, "EUR", 4, rates)
    months = {Month(2026, 3): Decimal(10), Month(2026, 4): Decimal(20)}
    assert converter.split(months, "USD") == (
        {Month(2026, 3): Decimal(9)},
        {Month(2026, 4): Decimal(20)},
    )
    assert converter.missing == {("USD", Month(2026, 4))}
    assert converter.convert(Decimal(5), "EUR", Month(2026, 4)) == 5
    assert converter.convert(Decimal(5), "GBP", Month(2026, 3)) is None
    assert ("GBP", Month(2026, 3)) in converter.missing


@given(st.dictionaries(MONTHS_AT_ALL, st.tuples(AMOUNTS, RATES), max_size=24))
def test_conversion_and_sums_are_exact(cells: dict[Month, tuple[Decimal, Decimal]]) -> None:
    """Against fractions: numeric(20,4) by numeric(18,8) has more digits than Python's default."""
    rates = {("USD", month): rate for month, (_amount, rate) in cells.items()}
    converter = Converter(RateKind.AVERAGE, "EUR", 1, rates)
    converted, left = converter.split({m: amount for m, (amount, _r) in cells.items()}, "USD")
    assert left == {}
    assert converter.missing == set()
    wanted = sum((Fraction(a) * Fraction(r) for a, r in cells.values()), Fraction(0))
    assert Fraction(exact_sum(converted)) == wanted
