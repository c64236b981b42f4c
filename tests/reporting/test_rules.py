"""Roll-up arithmetic without a database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.choices import Overlay, Stage
from initiatives.stage_models.definition import read_definition
from initiatives.stage_models.standard import STANDARD
from kpis.choices import EffectClass, EffectKind
from kpis.figures.choices import LeakageReason
from kpis.figures.rules import Share
from kpis.rules import Month
from reporting.rules import (
    MeasureCount,
    SizeLine,
    ValueLine,
    amounts_by_line,
    at_risk,
    degree_by_value,
    degree_of_counts,
    fiscal_label,
    headline,
    leakage_by_line,
    net_by_line,
    stage_ages,
    year_table,
)

SHIPPED = read_definition(STANDARD)


def line(value: str, **given: object) -> ValueLine:
    facts = {
        "kind": EffectKind.RECURRING,
        "stage": Stage.IDENTIFIED,
        "overlay": Overlay.ACTIVE,
    } | {name: given.pop(name) for name in ("kind", "stage", "overlay") if name in given}
    share = Share(**facts, weight=SHIPPED.weight(facts["stage"]), value=Decimal(value))
    names = {"metric": "EBITDA", "effect_class": EffectClass.HARD, "currency": "EUR"} | given
    return ValueLine(**names, share=share)


def size(value: str, stage: Stage, *, overlay: Overlay = Overlay.ACTIVE, at_risk: int = 0):
    return SizeLine(
        EffectKind.RECURRING, overlay, SHIPPED.weight(stage), Decimal(value), Decimal(at_risk)
    )


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
    sizes = [size("300", Stage.IDENTIFIED), size("100", Stage.CLOSED)]
    held = size("900", Stage.CLOSED, overlay=Overlay.ON_HOLD)
    assert degree_by_value([*sizes, held]) == (Decimal(300) * Decimal("0.1") + 100) / 400
    assert degree_by_value([]) is None
    assert degree_by_value([size("0", Stage.CLOSED)]) is None


def test_value_at_risk_adds_up_by_kind():
    sizes = [size("300", Stage.DECIDED, at_risk=30), size("100", Stage.IMPLEMENTED, at_risk=5)]
    assert at_risk(sizes) == {"recurring": Decimal(35), "one_off": Decimal(0)}


def test_leakage_adds_up_by_reason_metric_and_class():
    delayed = {LeakageReason.DELAYED: Decimal(3)}
    lines = [
        line("1", leakage=delayed),
        line("1", leakage=delayed, stage=Stage.CLOSED),
        line("1", leakage=delayed, effect_class=EffectClass.AVOIDANCE),
        line("1", metric="CASH"),
    ]
    found = leakage_by_line(lines)
    assert list(found) == ["EBITDA"]
    assert found["EBITDA"]["hard"][LeakageReason.DELAYED] == 6
    assert found["EBITDA"]["avoidance"][LeakageReason.DELAYED] == 3
    assert found["EBITDA"]["hard"][LeakageReason.FX] == 0


def test_net_value_is_value_less_cost_and_hard_leaves_avoidance_out():
    lines = [
        line("0", expected=Decimal(100)),
        line("0", expected=Decimal(40), effect_class=EffectClass.UNSPLIT),
        line("0", expected=Decimal(30), kind=EffectKind.ONE_TIME_COST),
        line("0", expected=Decimal(5), kind=EffectKind.RUNNING_COST),
        line("0"),
    ]
    [net] = net_by_line(lines)
    assert (net.all_classes, net.hard_only) == (105, 65)


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


def test_ages_at_a_stage_are_whole_days_of_live_measures() -> None:
    day = 24 * 60 * 60
    now = datetime.fromtimestamp(100 * day, UTC)
    counts = [
        MeasureCount(Stage.DETAILED, Overlay.ACTIVE, Decimal(1), 2, Decimal(90 * day + 99 * day)),
        MeasureCount(Stage.DETAILED, Overlay.ON_HOLD, Decimal(1), 1, Decimal(0)),
        MeasureCount(Stage.DECIDED, Overlay.ACTIVE, Decimal(1), 1, Decimal(101 * day)),
    ]
    ages = stage_ages(counts, now)
    assert (ages[Stage.DETAILED], ages[Stage.DECIDED], ages[Stage.CLOSED]) == (5, 0, None)
