"""Totals in the tenant's currency: what has a rate joins, what has none stands beside (V7, V8)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.tenancy.models import Tenant
from initiatives.models import Measure
from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.grid import Line, groups, in_home
from kpis.rates.choices import RateBasis, RateKind
from kpis.rates.rules import Converter
from kpis.rules import Month
from tests.houses import House
from tests.kpis.making import add_effect, make_planned, plan, values_url
from tests.kpis.rating import confirmed
from tests.kpis.test_pages_kpis import text_of

JANUARY, FEBRUARY, NEXT = Month(2026, 1), Month(2026, 2), Month(2027, 1)


def line(unit: str, months: dict[Month, Decimal], **more: Any) -> Line:
    given: dict[str, Any] = {
        "key": 1,
        "metric": "EBITDA",
        "kind": EffectKind.RECURRING,
        "effect_class": EffectClass.HARD,
        "aggregation": Aggregation.SUM,
        "decimals": 2,
    }
    return Line(unit=unit, months=months, **given | more)


def converters(rates: dict[tuple[str, Month], Decimal]) -> dict[RateKind, Converter]:
    return {kind: Converter(kind, "EUR", 1, rates) for kind in RateKind}


def totals(lines: list[Line], rates: dict[tuple[str, Month], Decimal]) -> dict[str, Any]:
    found = in_home(lines, RateBasis.PLAN, converters(rates))
    return {group.unit: group.value.total for group in groups(found)}


def test_months_with_a_rate_join_and_the_rest_stands_beside() -> None:
    lines = [
        line("EUR", {JANUARY: Decimal(10)}),
        line("USD", {FEBRUARY: Decimal(10), NEXT: Decimal(7)}),
        line("GBP", {JANUARY: Decimal(1)}),
    ]
    rates = {("USD", JANUARY): Decimal("0.5")}
    assert totals(lines, rates) == {"EUR": Decimal(15), "USD": Decimal(7), "GBP": Decimal(1)}
    assert totals(lines, {}) == {"EUR": Decimal(10), "USD": Decimal(17), "GBP": Decimal(1)}


def test_what_is_no_money_and_what_is_empty() -> None:
    tonnes = line("USD", {JANUARY: Decimal(3)}, is_money=False)
    assert totals([tonnes], {("USD", JANUARY): Decimal(2)}) == {"USD": Decimal(3)}
    assert totals([line("USD", {})], {}) == {"EUR": None}


@pytest.mark.parametrize("aggregation", [Aggregation.LAST, Aggregation.AVERAGE])
def test_months_that_do_not_add_up_are_converted_together_or_not_at_all(
    aggregation: Aggregation,
) -> None:
    stand = line("USD", {JANUARY: Decimal(4), NEXT: Decimal(8)}, aggregation=aggregation)
    first, second = {("USD", JANUARY): Decimal(2)}, {("USD", NEXT): Decimal(3)}
    whole = {Aggregation.LAST: Decimal(8), Aggregation.AVERAGE: Decimal(6)}[aggregation]
    assert totals([stand], first) == {"USD": whole}
    both = {Aggregation.LAST: Decimal(24), Aggregation.AVERAGE: Decimal(16)}[aggregation]
    assert totals([stand], first | second) == {"EUR": both}


CELLS = st.dictionaries(
    st.builds(Month, st.integers(2020, 2023), st.integers(1, 12)),
    st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=4),
    min_size=1,
    max_size=12,
)
RATE = st.decimals(min_value=Decimal("0.00000001"), max_value=9999999999, places=8)


@given(st.lists(st.tuples(st.sampled_from(["EUR", "USD", "GBP"]), CELLS), max_size=6), RATE, RATE)
def test_totals_are_exact_whatever_the_digits(
    given_lines: list[tuple[str, dict[Month, Decimal]]], dollar: Decimal, pound: Decimal
) -> None:
    pairs = (("USD", dollar), ("GBP", pound))
    rates = {(code, Month(y, 1)): rate for code, rate in pairs for y in range(2020, 2024)}
    found = totals([line(unit, cells) for unit, cells in given_lines], rates)
    factors = {"EUR": Fraction(1), "USD": Fraction(dollar), "GBP": Fraction(pound)}
    wanted = sum(
        (Fraction(a) * factors[unit] for unit, cells in given_lines for a in cells.values()),
        Fraction(0),
    )
    assert set(found) <= {"EUR"}
    assert Fraction(found.get("EUR", 0)) == wanted


# --- the value tab ------------------------------------------------------------------------------


@pytest.fixture
def measure(alpha: House, db: None) -> Measure:
    """100 EUR and 50 USD in 2026, 7 USD in 2027, and a stand of 10 USD."""
    made = make_planned(alpha)
    plan(alpha, add_effect(alpha, made), {"2026-02": "100"})
    plan(alpha, add_effect(alpha, made, currency="USD"), {"2026-02": "50", "2027-01": "7"})
    plan(alpha, add_effect(alpha, made, "WORKING_CAPITAL", currency="USD"), {"2026-02": "10"})
    return made


def shown(house: House, measure: Measure, query: str = "") -> dict[str, tuple[str, str]]:
    answer = house.client("executive").get(values_url(house, measure, query))
    assert answer.status_code == 200
    return {
        row["title"]: (str(row["kinds"][0]["total"]), row["note"])
        for row in answer.context["totals"]
    }


def test_without_rates_amounts_stand_beside_and_say_what_is_missing(
    alpha: House, measure: Measure
) -> None:
    assert shown(alpha, measure) == {
        "EBITDA, EUR": ("100.00", "plan, all years, all classes; at plan rate"),
        "EBITDA, USD": (
            "57.00",
            "plan, all years, all classes; no plan rate for USD in 2026, 2027",
        ),
        "Working capital, USD": (
            "10.00",
            "plan, last month, all classes; no plan rate for USD in 2026",
        ),
    }


def test_at_plan_rate_what_has_one_joins_the_total(alpha: House, measure: Measure) -> None:
    confirmed(alpha, {"USD": {"2026-01": "0.9"}})
    assert shown(alpha, measure) == {
        "EBITDA, EUR": ("145.00", "plan, all years, all classes; at plan rate"),
        "EBITDA, USD": ("7.00", "plan, all years, all classes; no plan rate for USD in 2027"),
        "Working capital, EUR": ("9.00", "plan, last month, all classes; at plan rate"),
    }


def test_at_period_rate_stands_go_by_the_closing_rate(alpha: House, measure: Measure) -> None:
    confirmed(alpha, {"USD": {"2026-01": "0.9"}})
    confirmed(alpha, {"USD": {"2026-02": "0.8", "2027-01": "2"}}, RateKind.AVERAGE)
    confirmed(alpha, {"USD": {"2026-02": "0.7"}}, RateKind.CLOSING)
    found = shown(alpha, measure, "?rate=period")
    assert {title: total for title, (total, _note) in found.items()} == {
        "EBITDA, EUR": "154.00",
        "Working capital, EUR": "7.00",
    }
    confirmed(alpha, {"USD": {"2026-02": "0.1"}}, RateKind.CLOSING)
    assert shown(alpha, measure, "?rate=period")["Working capital, EUR"][0] == "1.00"


def test_a_shifted_fiscal_year_has_its_own_plan_rate(alpha: House, measure: Measure) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(fiscal_year_start=2)
    confirmed(alpha, {"USD": {"2026-02": "2"}})
    assert shown(alpha, measure)["EBITDA, EUR"][0] == "214.00"


def test_the_choice_stays_in_the_addresses_of_the_years(alpha: House, measure: Measure) -> None:
    answer = alpha.client("executive").get(values_url(alpha, measure, "?rate=period&year=2026"))
    assert [tab.is_current for tab in answer.context["rate_tabs"]] == [False, True]
    assert all("rate=period" in tab.url for tab in answer.context["year_tabs"])
    assert "no period rate for USD in Feb 26, Jan 27" in text_of(answer)
    assert "At plan rate" in text_of(answer)


@pytest.mark.parametrize("query", ["?rate=spot", "?rate=%00"])
def test_a_choice_there_is_not_is_refused(alpha: House, measure: Measure, query: str) -> None:
    assert alpha.client("executive").get(values_url(alpha, measure, query)).status_code == 400


def test_one_currency_leaves_nothing_to_choose(alpha: House, db: None) -> None:
    made = make_planned(alpha)
    plan(alpha, add_effect(alpha, made), {"2026-02": "100"})
    answer = alpha.client("executive").get(values_url(alpha, made, "?rate=period"))
    assert answer.context["rate_tabs"] == []
    assert [row["note"] for row in answer.context["totals"]] == ["plan, all years, all classes"]
    assert not any("rate=" in tab.url for tab in answer.context["year_tabs"])
