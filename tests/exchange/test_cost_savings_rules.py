"""How a record becomes a measure, as tables."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.cost_savings import rules
from exchange.cost_savings.records import AmountType
from kpis.choices import EffectClass
from kpis.rules import Month, by_fiscal_year
from tests.exchange.samples import item, records, year


@pytest.mark.parametrize(
    ("amount_type", "effect_class"),
    [
        (AmountType.SAVINGS, EffectClass.HARD),
        (AmountType.AVOIDANCE, EffectClass.AVOIDANCE),
        (AmountType.BOTH, EffectClass.UNSPLIT),
    ],
)
def test_the_amount_type_gives_the_class(
    amount_type: AmountType, effect_class: EffectClass
) -> None:
    assert rules.CLASSES[amount_type] is effect_class


@pytest.mark.parametrize(
    ("investments", "project"),
    [(["018-1", "018-2"], "018-1"), ([], "No investment"), (None, "No investment")],
)
def test_the_first_investment_gives_the_project(
    investments: list[str] | None, project: str
) -> None:
    (record,) = records(item(relatedUIIs=investments))
    assert rules.project_name(record) == project


def test_a_fiscal_year_runs_from_october_to_september_and_adds_up() -> None:
    (record,) = records(item(fy2017=year(0.1)))
    cells = rules.plan_cells(record, 4)
    assert (min(cells), max(cells), len(cells)) == (Month(2016, 10), Month(2017, 9), 12)
    assert cells[Month(2016, 10)] == Decimal("8333.3333")
    assert cells[Month(2017, 9)] == Decimal("8333.3337")
    assert sum(cells.values()) == Decimal(100_000)


def test_a_zero_year_is_zeros_and_a_missing_year_is_nothing() -> None:
    (record,) = records(item(fy2019=year(0)))
    cells = rules.plan_cells(record, 4)
    assert {month for month in cells if cells[month] == 0} == {
        Month(2018, 10).plus(offset) for offset in range(12)
    }
    assert by_fiscal_year(cells, 10) == {2017: Decimal(1_500_000), 2019: Decimal(0)}


@given(
    millions=st.decimals(min_value=-(10**8), max_value=10**8, places=10),
    fiscal_year=st.integers(min_value=1991, max_value=2100),
)
def test_the_months_of_a_year_always_add_up_to_its_amount(
    millions: Decimal, fiscal_year: int
) -> None:
    cells = rules.year_cells(millions, fiscal_year, 4)
    assert by_fiscal_year(cells, 10) == {fiscal_year: millions * 1_000_000}


@pytest.mark.parametrize(
    ("amount", "decimals", "unkept"),
    [("0.1234567891", 4, []), ("0.12345678912", 4, [2017]), ("0.123456789", 2, [2017])],
)
def test_an_amount_finer_than_the_metric_is_noticed(
    amount: str, decimals: int, unkept: list[int]
) -> None:
    (record,) = records(item(fy2017=year(float(amount))))
    assert rules.unkept_years(record, decimals) == unkept


def test_ids_are_keys_and_records_without_one_are_known_by_their_facts() -> None:
    first, again, other_date, numbered = records(
        item(strategyId=None),
        item(strategyId=None),
        item(strategyId=None, decisionDate="10/02/2016"),
        item(strategyId=30),
    )
    keys = rules.record_keys([first, again, other_date, numbered])
    assert len(set(keys.values())) == 4
    assert keys[4] == "ed:30"
    assert keys[2] == f"{keys[1]}:2"
    assert rules.record_keys([other_date])[3] == keys[3]


def test_a_key_does_not_hang_on_blanks_or_case_of_the_title() -> None:
    one, other = records(
        item(strategyId=None), item(strategyId=None, strategyTitle="RETIRE  the old mainframe ")
    )
    assert rules.plain_key(one) == rules.plain_key(other)


def test_a_late_id_leads_to_the_key_without_one_unless_a_record_still_has_that() -> None:
    numbered, bare = records(item(), item(strategyId=None))
    assert rules.former_key(numbered, rules.record_keys([numbered])) == rules.plain_key(bare)
    assert rules.former_key(numbered, rules.record_keys([numbered, bare])) is None
    assert rules.former_key(bare, rules.record_keys([bare])) is None


OCTOBER, NOVEMBER, NEXT_OCTOBER = Month(2016, 10), Month(2016, 11), Month(2017, 10)
ONE, TWO = Decimal(1), Decimal(2)


@pytest.mark.parametrize(
    ("stated", "here", "by_hand", "cells", "kept"),
    [
        ({}, {}, set(), {}, set()),
        ({OCTOBER: ONE}, {OCTOBER: ONE}, {OCTOBER}, {}, set()),
        ({OCTOBER: ONE}, {}, set(), {OCTOBER: ONE}, set()),
        ({OCTOBER: TWO}, {OCTOBER: ONE}, set(), {OCTOBER: TWO}, set()),
        ({}, {OCTOBER: ONE}, set(), {OCTOBER: None}, set()),
        ({OCTOBER: TWO}, {OCTOBER: ONE}, {OCTOBER}, {}, {2017}),
        ({OCTOBER: TWO}, {OCTOBER: ONE, NOVEMBER: ONE}, {NOVEMBER}, {}, {2017}),
        ({OCTOBER: TWO, NEXT_OCTOBER: TWO}, {}, {OCTOBER}, {NEXT_OCTOBER: TWO}, {2017}),
        ({}, {OCTOBER: ONE}, {OCTOBER}, {}, {2017}),
    ],
)
def test_a_file_never_undoes_a_year_that_was_edited_by_hand(
    stated: dict[Month, Decimal],
    here: dict[Month, Decimal],
    by_hand: set[Month],
    cells: dict[Month, Decimal | None],
    kept: set[int],
) -> None:
    merge = rules.merge(stated, here, by_hand)
    assert (merge.cells, merge.kept_years) == (cells, kept)


def test_facts_without_a_field_of_their_own_stand_in_the_description() -> None:
    full, bare = records(
        item(fy2018=year(1, "Gross"), relatedUIIs=["018-1", "018-2"]),
        item(strategyId=None, relatedUIIs=None, useOfSavingsAvoidance=None),
    )
    assert rules.description(full) == (
        "Paid for the new system.\n\nId in the source: 7. Decided on 2016-10-01. "
        "Investments: 018-1, 018-2. Gross amounts in FY2018, net in the others."
    )
    assert rules.description(bare) == (
        "Without an id in the source. Decided on 2016-10-01. No investment named. "
        "All amounts are net."
    )


def test_totals_are_by_year_and_by_class() -> None:
    both = records(item(), item(strategyId=8, amountType="Both", fy2018=year(2)))
    assert rules.totals_by_year(both) == {2017: Decimal(3), 2018: Decimal(2)}
    assert rules.totals_by_class(both) == {
        EffectClass.HARD: Decimal("1.5"),
        EffectClass.AVOIDANCE: Decimal(0),
        EffectClass.UNSPLIT: Decimal("3.5"),
    }
