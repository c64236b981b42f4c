"""Tiers, ranks and states as full tables; no database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.exceptions.choices import ENDED, Act, ExceptionState, Tier
from approvals.exceptions.rules import (
    STANDARD,
    Size,
    next_tier,
    rank_of,
    state_after_assigning,
    state_refusal,
    tier_of,
)

S = ExceptionState
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "tier"),
    [
        (Size(), 1),
        (Size(Decimal("99999.99")), 1),
        (Size(Decimal(100_000)), 2),
        (Size(Decimal(-100_000)), 2),
        (Size(Decimal("999999.99")), 2),
        (Size(Decimal(1_000_000)), 3),
        (Size(delay_days=20), 1),
        (Size(delay_days=21), 2),
        (Size(delay_days=90), 2),
        (Size(delay_days=91), 3),
        (Size(reach=1), 1),
        (Size(reach=2), 2),
        (Size(reach=3), 2),
        (Size(reach=4), 3),
        (Size(Decimal(100_000), 91, 1), 3),
        (Size(Decimal(1), 21, 4), 3),
    ],
)
def test_the_highest_tier_that_amount_delay_or_reach_asks_for_counts(size: Size, tier: int) -> None:
    assert tier_of(size) is Tier(tier)


def test_tiers_wait_five_ten_and_two_business_days() -> None:
    assert [STANDARD.clock_days[tier] for tier in Tier] == [5, 10, 2]


def test_an_exception_climbs_one_tier_and_never_past_the_committee() -> None:
    assert [next_tier(tier) for tier in Tier] == [Tier.CROSS_FUNCTIONAL, Tier.COMMITTEE, None]


FITTING = {
    Act.ASSIGN: {S.OPEN, S.ASSIGNED, S.DECISION_REQUESTED, S.DECIDED},
    Act.ASK: {S.ASSIGNED, S.DECISION_REQUESTED},
    Act.DECIDE: {S.DECISION_REQUESTED},
    Act.VERIFY: {S.DECIDED},
}
REFUSED = {
    (Act.ASK, S.OPEN): "exception_not_assigned",
    (Act.ASK, S.DECIDED): "exception_decided",
    (Act.DECIDE, S.OPEN): "exception_not_assigned",
    (Act.DECIDE, S.ASSIGNED): "exception_not_asked",
    (Act.DECIDE, S.DECIDED): "exception_decided",
    (Act.VERIFY, S.OPEN): "exception_not_decided",
    (Act.VERIFY, S.ASSIGNED): "exception_not_decided",
    (Act.VERIFY, S.DECISION_REQUESTED): "exception_not_decided",
}


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", S)
def test_every_cell_of_acts_and_states(act: Act, state: ExceptionState) -> None:
    wanted = None
    if state not in FITTING[act]:
        wanted = "exception_ended" if state in ENDED else REFUSED[act, state]
    assert state_refusal(act, state) == wanted


@pytest.mark.parametrize("state", [state for state in S if not state.is_ended])
def test_assigning_moves_an_open_exception_alone(state: ExceptionState) -> None:
    wanted = S.ASSIGNED if state is S.OPEN else state
    assert state_after_assigning(state) is wanted


AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=2)
DAYS = st.integers(min_value=-400, max_value=400)


# The first draw of a process loads tables and may take long on a busy machine.
BUSY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@BUSY
@given(AMOUNTS, AMOUNTS, DAYS)
def test_of_two_due_together_the_larger_ranks_no_lower(
    one: Decimal, other: Decimal, later: int
) -> None:
    due = NOW + timedelta(days=later)
    low, high = sorted((one, other))
    assert rank_of(low, due) <= rank_of(high, due)


@BUSY
@given(AMOUNTS, DAYS, st.integers(min_value=1, max_value=400))
def test_of_two_of_one_size_the_one_due_earlier_ranks_higher(
    amount: Decimal, later: int, days: int
) -> None:
    due = NOW + timedelta(days=later)
    assert rank_of(amount, due) > rank_of(amount, due + timedelta(days=days))


def test_a_week_weighs_as_much_as_double_the_money() -> None:
    late, early = NOW + timedelta(days=7), NOW
    assert abs(rank_of(Decimal(2_000_001), late) - rank_of(Decimal(1_000_000), early)) < 3
    assert rank_of(None, NOW) == rank_of(Decimal(0), NOW)
    assert rank_of(Decimal(-500), NOW) == rank_of(Decimal(500), NOW)
