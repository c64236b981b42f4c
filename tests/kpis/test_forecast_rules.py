"""When a forecast is open, what a variance is, and when a reason is owed (V2, V3, V6, G10)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.choices import Overlay, Stage
from kpis.choices import Aggregation, Series
from kpis.forecasts.rules import (
    Explained,
    Tolerance,
    Variance,
    Views,
    forecast_refusal,
    is_change_due,
    is_reason_owed,
    leading_series,
    series_refusal,
    variances,
)
from kpis.rules import Month

LIMITS = Tolerance()
AMOUNTS = st.decimals(
    min_value=-(10**13), max_value=10**13, places=4, allow_nan=False, allow_infinity=False
)


def variance(forecast: str, baseline: str, **more: object) -> Variance:
    given = {"original": Decimal(baseline), "is_money": True} | more
    return Variance(2026, Decimal(forecast), Decimal(baseline), **given)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("stage", "overlay", "refusal"),
    [
        (Stage.IDENTIFIED, Overlay.ACTIVE, "forecast_not_open"),
        (Stage.DETAILED, Overlay.ACTIVE, "forecast_not_open"),
        (Stage.DECIDED, Overlay.ACTIVE, None),
        (Stage.IMPLEMENTED, Overlay.ACTIVE, None),
        (Stage.CLOSED, Overlay.ACTIVE, "measure_closed"),
        (Stage.DECIDED, Overlay.ON_HOLD, "measure_on_hold"),
        (Stage.DECIDED, Overlay.CANCELLED, "measure_cancelled"),
    ],
)
def test_a_forecast_is_open_from_decided_until_closed(
    stage: Stage, overlay: Overlay, refusal: str | None
) -> None:
    assert forecast_refusal(stage, overlay) == refusal
    assert series_refusal(Series.FORECAST, stage, overlay) == refusal


def test_the_plan_is_written_before_the_decision_and_the_forecast_after() -> None:
    assert series_refusal(Series.PLAN, Stage.DETAILED, Overlay.ACTIVE) is None
    assert series_refusal(Series.PLAN, Stage.DECIDED, Overlay.ACTIVE) == "frozen"
    assert leading_series(Stage.DETAILED) is Series.PLAN
    assert leading_series(Stage.DECIDED) is Series.FORECAST


@pytest.mark.parametrize(
    ("forecast", "baseline", "owed"),
    [
        ("190000", "200000", False),  # 5 % and 10 000: at both limits
        ("189999", "200000", True),
        ("210001", "200000", True),
        ("989000", "1000000", False),  # beyond the amount alone
        ("80", "100", False),  # beyond the share alone
        ("10000", "0", False),  # a plan of zero: the amount alone
        ("10001", "0", True),
        ("-210001", "-200000", True),
    ],
)
def test_a_reason_is_owed_beyond_both_limits(forecast: str, baseline: str, *, owed: bool) -> None:
    assert is_reason_owed(variance(forecast, baseline), LIMITS) is owed


@pytest.mark.parametrize(
    ("forecast", "baseline", "owed"),
    [("10.5", "10", False), ("10.6", "10", True), ("0", "0", False), ("0.1", "0", True)],
)
def test_what_is_no_money_goes_by_its_share(forecast: str, baseline: str, *, owed: bool) -> None:
    assert is_reason_owed(variance(forecast, baseline, is_money=False), LIMITS) is owed


@pytest.mark.parametrize(
    ("forecast", "baseline", "due"),
    [
        ("80000", "100000", False),  # exactly 20 %
        ("79999", "100000", True),
        ("9000000", "10000000", False),  # 10 %, exactly a million
        ("8999999", "10000000", True),
        ("50", "100", False),  # half, and still within tolerance
        ("1000000", "0", False),
        ("1000001", "0", True),
    ],
)
def test_a_change_is_due_beyond_either_further_limit(
    forecast: str, baseline: str, *, due: bool
) -> None:
    assert is_change_due(variance(forecast, baseline), LIMITS) is due


def test_what_is_no_money_needs_a_change_by_its_share() -> None:
    assert is_change_due(variance("13", "10", is_money=False), LIMITS)
    assert not is_change_due(variance("11", "10", is_money=False), LIMITS)


def test_a_reason_holds_until_the_forecast_has_moved_beyond_tolerance_again() -> None:
    said = Explained(Decimal(170_000), Decimal(200_000))
    assert not is_reason_owed(variance("170000", "200000", explained=said), LIMITS)
    assert not is_reason_owed(variance("160000", "200000", explained=said), LIMITS)
    assert is_reason_owed(variance("159999", "200000", explained=said), LIMITS)
    # Several small steps since the reason count together, whichever way they go.
    assert is_reason_owed(variance("219000", "200000", explained=said), LIMITS) is True
    # Back within tolerance nothing is owed, however far it has moved.
    assert not is_reason_owed(variance("200000", "200000", explained=said), LIMITS)


def test_a_new_baseline_is_part_of_what_has_moved_since() -> None:
    said = Explained(Decimal(170_000), Decimal(200_000))
    assert not is_reason_owed(variance("170000", "170000", explained=said), LIMITS)
    assert variance("170000", "170000", explained=said).since_reason == 30_000


def views(aggregation: Aggregation = Aggregation.SUM) -> Views:
    return Views(
        forecast={Month(2026, 9): Decimal(10), Month(2026, 10): Decimal(30)},
        current={Month(2026, 10): Decimal(20)},
        original={Month(2025, 1): Decimal(7)},
        aggregation=aggregation,
        decimals=2,
        is_money=True,
    )


def test_variances_follow_the_fiscal_year_and_both_baselines() -> None:
    found = variances(views(), {}, start=10)
    assert list(found) == [2025, 2026, 2027]
    assert (found[2027].forecast, found[2027].baseline, found[2027].original) == (30, 20, 0)
    assert (found[2027].amount, found[2027].percent, found[2027].against_original) == (10, 50, 30)
    assert (found[2025].original, found[2025].percent) == (7, None)
    assert list(variances(views(), {}, start=1, years=[2030])) == [2030]


def test_a_year_comes_to_what_the_metric_says() -> None:
    assert variances(views(Aggregation.AVERAGE), {}, start=1)[2026].forecast == 20
    assert variances(views(Aggregation.LAST), {}, start=1)[2026].forecast == 30


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_reason_just_given_is_owed_no_more(
    forecast: Decimal, baseline: Decimal, original: Decimal
) -> None:
    """Whatever the amounts: saying why once is enough, and both sides stay exact (V1)."""
    plain = Variance(2026, forecast, baseline, original, is_money=True)
    said = replace(plain, explained=Explained(forecast, baseline))
    assert not is_reason_owed(said, LIMITS)
    assert plain.amount + baseline == forecast
    assert plain.against_original - plain.amount == baseline - original
    # What needs a change needs a reason first.
    assert not is_change_due(plain, LIMITS) or is_reason_owed(plain, LIMITS)
