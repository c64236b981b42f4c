"""The rules of claims, validations and closure, against slow oracles."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.people.choices import Permission, Role
from initiatives.choices import Overlay, Stage
from initiatives.rules import Hands, plan_refusal
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.rules import (
    Decided,
    Judge,
    added,
    claim_refusal,
    closing_window,
    first_year,
    judge_refusal,
    may_claim,
    month_at,
    needs_second,
    proved_from,
    second_refusal,
    state_of,
    supporting,
    unproven,
    yearly,
)
from kpis.choices import Aggregation
from kpis.rules import Month

MONTHS = st.builds(Month, st.integers(2000, 2003), st.integers(1, 12))
AMOUNTS = st.decimals(-1000, 1000, places=2, allow_nan=False)
SERIES = st.dictionaries(MONTHS, AMOUNTS, max_size=30)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("overlay", Overlay)
def test_claims_are_open_from_the_decision_on_and_never_on_hold(
    stage: Stage, overlay: Overlay
) -> None:
    expected = {
        Overlay.ON_HOLD: "measure_on_hold",
        Overlay.CANCELLED: "measure_cancelled",
        Overlay.ACTIVE: None if stage.doi >= 3 else "not_decided",
    }
    assert claim_refusal(stage, overlay) == expected[overlay]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("overlay", Overlay)
def test_a_plan_is_locked_once_decided_closed_or_cancelled(stage: Stage, overlay: Overlay) -> None:
    if overlay is Overlay.CANCELLED:
        expected = "measure_cancelled"
    elif stage is Stage.CLOSED:
        expected = "measure_closed"
    else:
        expected = "frozen" if stage.doi >= 3 else None  # type: ignore[assignment]  # None or a code
    assert plan_refusal(stage, overlay) == expected


OWN = frozenset({Permission.VALUE_PLAN_OWN})
ANY = frozenset({Permission.MEASURE_EDIT})


@pytest.mark.parametrize(
    ("permissions", "is_owner", "roles", "is_effect_owner", "expected"),
    [
        (OWN, True, [Role.OWNER], False, True),
        (OWN, False, [Role.OWNER], False, False),
        (frozenset(), True, [Role.EXECUTIVE], False, False),
        (ANY, False, [Role.PMO], False, True),
        (frozenset(), False, [Role.EXECUTIVE], True, True),
        (frozenset(), False, [Role.AUDITOR], True, False),
        (frozenset(), False, [Role.ADMINISTRATOR, Role.AUDITOR], True, False),
        (frozenset(), False, [Role.AUDITOR, Role.EXECUTIVE], True, True),
        (frozenset(), False, [], True, False),
    ],
)
def test_who_claims(
    *,
    permissions: frozenset[Permission],
    is_owner: bool,
    roles: list[Role],
    is_effect_owner: bool,
    expected: bool,
) -> None:
    hands = Hands(permissions, is_owner)
    assert may_claim(hands, roles, is_effect_owner=is_effect_owner) is expected


FLAGS = st.builds(Judge, *[st.booleans()] * 6)


@given(FLAGS)
def test_nobody_judges_what_they_claimed_or_own(judge: Judge) -> None:
    refusal = judge_refusal(judge)
    if refusal is None:
        assert judge.is_finance
        assert not judge.has_claimed
        assert not judge.is_judged
        assert judge.is_named or judge.stands_in or not judge.has_named
    elif judge.is_finance and judge.has_claimed:
        assert refusal == "S4"
    elif judge.is_finance and judge.is_judged:
        assert refusal == "S2"
    else:
        assert refusal == ("not_the_controller" if judge.is_finance else "forbidden")


@given(judge=FLAGS, is_first=st.booleans())
def test_the_second_signature_is_another_finance_persons(*, judge: Judge, is_first: bool) -> None:
    refusal = second_refusal(judge, is_first=is_first)
    assert refusal != "not_the_controller"
    if refusal is None:
        assert judge.is_finance
        assert not any((is_first, judge.has_claimed, judge.is_judged))
    elif judge.is_finance and not judge.is_judged:
        assert refusal == "S4"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(AMOUNTS, AMOUNTS, st.sampled_from(Outcome))
def test_only_more_than_was_claimed_needs_a_second(
    amount: Decimal, claimed: Decimal, outcome: Outcome
) -> None:
    expected = outcome is Outcome.ADJUSTED and amount > claimed
    assert needs_second(outcome, amount, claimed) is expected
    assert not needs_second(outcome, None, claimed)


@given(outcome=st.sampled_from(Outcome), needs=st.booleans(), has=st.booleans())
def test_the_state_of_a_month(*, outcome: Outcome, needs: bool, has: bool) -> None:
    decided = Decided(outcome, Decimal(1), needs, has)
    assert state_of(None, decided) is MonthState.OPEN
    assert state_of(Decimal(0), None) is MonthState.CLAIMED
    waits = needs and not has
    expected = MonthState.AWAITING_SECOND if waits else MonthState(outcome.value)
    assert state_of(Decimal(1), decided) is expected


@given(MONTHS | st.none(), MONTHS, st.integers(1, 6), st.sets(MONTHS))
def test_the_window_of_closure_against_a_slow_oracle(
    start: Month | None, latest: Month, number: int, accepted: set[Month]
) -> None:
    wanted, month = [], latest
    while start is not None and len(wanted) < number and month >= start:
        wanted.insert(0, month)
        month = month.plus(-1)
    assert closing_window(start, latest, number) == wanted
    missing, to_come = unproven(start, latest, number, accepted)
    assert missing == [m for m in wanted if m not in accepted]
    assert to_come == number - len(wanted)


@given(MONTHS | st.none(), MONTHS | st.none())
def test_what_was_taken_back_is_proved_from_then_on(
    start: Month | None, undone: Month | None
) -> None:
    found = proved_from(start, undone)
    assert (found is None) == (start is None)
    if found is not None:
        assert found in {start, undone}
        assert all(month is None or found >= month for month in (start, undone))


@given(SERIES, MONTHS | st.none(), MONTHS, st.integers(1, 6))
def test_what_supports_the_run_rate_against_a_slow_oracle(
    series: dict[Month, Decimal], start: Month | None, latest: Month, number: int
) -> None:
    found: dict[Month, Decimal] = {}
    for month in sorted(series, reverse=True):
        if start is not None and start <= month <= latest and len(found) < number:
            found[month] = series[month]
    assert supporting(series, start, latest, number) == found


@given(SERIES, st.sampled_from(Aggregation))
def test_a_year_is_twelve_means_or_one(
    series: dict[Month, Decimal], aggregation: Aggregation
) -> None:
    if not series:
        assert yearly(series, aggregation) is None
        return
    mean = sum(series.values()) / len(series)
    factor = 12 if aggregation is Aggregation.SUM else 1
    found = yearly(series, aggregation)
    assert found is not None
    assert abs(found - mean * factor) < Decimal("0.0001")


@given(SERIES, MONTHS | st.none(), st.sampled_from(Aggregation))
def test_the_first_year_against_a_slow_oracle(
    series: dict[Month, Decimal], start: Month | None, aggregation: Aggregation
) -> None:
    if not series:
        assert first_year(series, start, aggregation) is None
        return
    first = start or min(series)
    within = [series[first.plus(n)] for n in range(12) if first.plus(n) in series]
    expected = sum(within, Decimal(0))
    if aggregation is not Aggregation.SUM and within:
        expected /= len(within)
    assert first_year(series, start, aggregation) == expected


@given(st.lists(AMOUNTS | st.none()))
def test_nothing_added_up_is_nothing(amounts: list[Decimal | None]) -> None:
    given_ones = [a for a in amounts if a is not None]
    assert added(amounts) == (sum(given_ones) if given_ones else None)


def test_the_month_of_a_day() -> None:
    assert month_at(date(2026, 2, 28)) == Month(2026, 2)
