"""Roll-up arithmetic without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.choices import Overlay, Stage
from initiatives.stage_models.definition import read_definition
from initiatives.stage_models.standard import STANDARD
from kpis.choices import EffectClass, EffectKind
from kpis.rules import Month
from reporting.rules import (
    MeasureCount,
    ValueLine,
    amounts_by_line,
    degree_by_value,
    degree_of_counts,
    fiscal_label,
    headline,
    year_table,
)

SHIPPED = read_definition(STANDARD)


def line(value: str, **given: object) -> ValueLine:
    facts = {
        "metric": "EBITDA",
        "kind": EffectKind.RECURRING,
        "effect_class": EffectClass.HARD,
        "currency": "EUR",
        "stage": Stage.IDENTIFIED,
        "overlay": Overlay.ACTIVE,
    } | given
    facts["weight"] = SHIPPED.weight(facts["stage"])
    return ValueLine(**facts, value=Decimal(value), absolute=abs(Decimal(value)))


@pytest.mark.parametrize(
    ("stage", "hardened", "bankable"),
    [
        (Stage.IDENTIFIED, "10", "0"),
        (Stage.DETAILED, "30", "0"),
        (Stage.DECIDED, "50", "100"),
        (Stage.IMPLEMENTED, "80", "100"),
        (Stage.CLOSED, "100", "100"),
    ],
)
def test_hardened_is_weighted_by_stage_and_bankable_begins_at_decided(stage, hardened, bankable):
    amounts = headline([line("100", stage=stage)], "EBITDA")["recurring"]
    assert (amounts.identified, amounts.hardened, amounts.bankable) == (
        Decimal(100),
        Decimal(hardened),
        Decimal(bankable),
    )


def test_on_hold_is_parked_and_cancelled_counts_nowhere():
    lines = [line("5", overlay=Overlay.ON_HOLD), line("7", overlay=Overlay.CANCELLED)]
    amounts = headline(lines, "EBITDA")["recurring"]
    assert (amounts.identified, amounts.parked) == (Decimal(0), Decimal(5))


def test_costs_are_never_weighted():
    cost = line("40", kind=EffectKind.ONE_TIME_COST)
    amounts = amounts_by_line([cost])["EBITDA"]["one_time_cost"]["hard"]
    assert amounts.hardened == Decimal(40)


def test_kinds_classes_and_metrics_never_add():
    lines = [
        line("1"),
        line("2", kind=EffectKind.ONE_OFF),
        line("4", effect_class=EffectClass.AVOIDANCE),
        line("8", metric="CASH"),
    ]
    amounts = amounts_by_line(lines)
    assert amounts["EBITDA"]["recurring"]["hard"].identified == 1
    assert amounts["EBITDA"]["one_off"]["hard"].identified == 2
    assert amounts["EBITDA"]["recurring"]["avoidance"].identified == 4
    assert amounts["CASH"]["recurring"]["hard"].identified == 8


def test_degree_by_value_weighs_by_size_and_has_no_answer_without_value():
    lines = [line("-300"), line("100", stage=Stage.CLOSED)]
    assert degree_by_value(lines, "EBITDA") == (Decimal(300) * Decimal("0.1") + 100) / 400
    assert degree_by_value([], "EBITDA") is None
    assert degree_by_value([line("9", kind=EffectKind.RUNNING_COST)], "EBITDA") is None


def test_degree_by_count_leaves_out_what_is_not_live():
    counts = [
        MeasureCount(Stage.IDENTIFIED, Overlay.ACTIVE, SHIPPED.weight(Stage.IDENTIFIED), 1),
        MeasureCount(Stage.CLOSED, Overlay.ACTIVE, SHIPPED.weight(Stage.CLOSED), 1),
        MeasureCount(Stage.CLOSED, Overlay.CANCELLED, SHIPPED.weight(Stage.CLOSED), 5),
    ]
    assert degree_of_counts(counts) == Decimal("0.55")
    assert degree_of_counts([]) is None


months = st.builds(Month, st.integers(2000, 2030), st.integers(1, 12))
amounts = st.decimals(-(10**9), 10**9, places=4)


@given(st.lists(st.tuples(st.sampled_from("abc"), months, amounts)), st.integers(1, 12))
def test_a_year_table_loses_nothing(lines, start):
    table = year_table(lines, start)
    assert table.total == sum((amount for _row, _month, amount in lines), Decimal(0))
    assert table.total == sum(table.totals.values(), Decimal(0))


def test_fiscal_years_are_named_after_the_year_in_which_they_end():
    lines = [("x", Month(2017, 10), Decimal(1)), ("x", Month(2018, 9), Decimal(2))]
    assert year_table(lines, 10).rows["x"] == {2018: Decimal(3)}
    assert [fiscal_label(2018, 10), fiscal_label(2018, 1)] == ["FY18", "2018"]
