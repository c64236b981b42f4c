"""When months close: the dates, what finance did earlier, and what is refused; pure (V4)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.calendars.rules import BusinessCalendar
from governance.people.choices import Role
from governance.people.rules import Grant, Scope
from kpis.actuals.choices import Outcome
from kpis.periods.choices import PeriodState
from kpis.periods.rules import Closing, claim_refusal_in, may_close, verdict_refusal_in
from kpis.rules import Month
from kpis.settings.rules import ValueTerms

OPEN, SUBMITTED, LOCKED = PeriodState
MONTHS = st.builds(Month, st.integers(2000, 2003), st.integers(1, 12))
DAYS = st.dates(date(2000, 1, 1), date(2003, 12, 31))
JANUARY = Month(2026, 1)
TERMS = ValueTerms(closes_from=JANUARY)
STATES = st.none() | st.sampled_from(PeriodState)


@given(MONTHS, DAYS)
def test_without_a_calendar_of_periods_a_month_is_closed_once_it_is_over(
    month: Month, today: date
) -> None:
    closing = Closing()
    assert closing.is_closed(month, today) == (month.plus(1).first_day <= today)
    assert closing.state(month, today) is OPEN
    assert closing.months(today) == []


@given(DAYS, st.none() | MONTHS, st.integers(1, 30), st.integers(0, 20))
def test_the_latest_closed_month_is_followed_by_an_open_one(
    today: date, first: Month | None, claim_day: int, more: int
) -> None:
    terms = ValueTerms(closes_from=first, claim_day=claim_day, validation_day=claim_day + more)
    closing = Closing(terms)
    latest = closing.last_closed(today)
    assert closing.is_closed(latest, today)
    assert not closing.is_closed(latest.plus(1), today)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        # February 2026 begins on a Sunday: working day 5 is Friday the 6th, day 10 the 13th.
        (date(2026, 1, 31), OPEN),
        (date(2026, 2, 6), OPEN),
        (date(2026, 2, 7), SUBMITTED),
        (date(2026, 2, 13), SUBMITTED),
        (date(2026, 2, 14), LOCKED),
        (date(2027, 1, 1), LOCKED),
    ],
)
def test_claims_lock_after_working_day_5_and_the_month_after_day_10(
    today: date, state: PeriodState
) -> None:
    closing = Closing(TERMS)
    assert closing.state(JANUARY, today) is state
    assert closing.is_closed(JANUARY, today) == (state is LOCKED)


def test_the_tenants_calendar_counts_the_days() -> None:
    holidays = frozenset({date(2026, 2, 2), date(2026, 2, 3)})
    closing = Closing(TERMS, BusinessCalendar(holidays=holidays))
    assert closing.claims_until(JANUARY) == date(2026, 2, 10)
    assert closing.validated_until(JANUARY) == date(2026, 2, 17)


def test_months_before_the_first_one_are_closed_once_over_and_lock_nothing() -> None:
    closing = Closing(TERMS)
    before = JANUARY.plus(-1)
    assert closing.state(before, date(2026, 6, 1)) is OPEN
    assert closing.is_closed(before, date(2026, 1, 1))
    assert closing.last_closed(date(2026, 2, 13)) == before
    assert closing.last_closed(date(2026, 2, 14)) == JANUARY
    assert closing.months(date(2026, 3, 1)) == [JANUARY, JANUARY.plus(1)]


@given(st.integers(0, 60), STATES)
def test_the_later_of_what_stands_and_what_is_due_counts(
    days: int, stored: PeriodState | None
) -> None:
    today = date(2026, 1, 31) + timedelta(days=days)
    rows = {} if stored is None else {JANUARY: stored}
    due = Closing(TERMS).state(JANUARY, today)
    state = Closing(TERMS, stored=rows).state(JANUARY, today)
    if LOCKED in {stored, due}:
        assert state is LOCKED
    elif stored is OPEN:
        # Opened again by hand: it stays open until it locks.
        assert state is OPEN
    else:
        assert state is (SUBMITTED if SUBMITTED in {stored, due} else OPEN)


def test_what_stands_locked_stays_so_when_settings_change() -> None:
    later = ValueTerms(closes_from=Month(2026, 5))
    closing = Closing(later, stored={JANUARY: LOCKED, JANUARY.plus(1): SUBMITTED})
    assert closing.state(JANUARY, date(2026, 6, 30)) is LOCKED
    assert closing.state(JANUARY.plus(1), date(2026, 6, 30)) is SUBMITTED
    assert closing.is_closed(JANUARY.plus(1), date(2026, 6, 30))


def test_what_a_closed_month_refuses() -> None:
    assert [claim_refusal_in(state) for state in PeriodState] == [
        None,
        "period_submitted",
        "period_closed",
    ]
    for state in PeriodState:
        for outcome in Outcome:
            is_late = state is LOCKED and outcome is not Outcome.VALIDATED
            expected = "period_closed" if is_late else None
            assert verdict_refusal_in(state, outcome) == expected


@pytest.mark.parametrize("role", Role)
def test_finance_of_the_whole_tenant_closes_months(role: Role) -> None:
    finance = {Role.CONTROLLER, Role.SECOND_FINANCE, Role.HEAD_OF_CONTROLLING}
    assert may_close(Scope((Grant(role, "1/"),))) == (role in finance)
    assert not may_close(Scope((Grant(role, "1/2/"),)))
