"""The lights L1 to L3 and watermelons (L6): every threshold, and a slow oracle."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from governance.calendars.rules import BusinessCalendar, business_days_between
from initiatives.choices import Stage
from kpis.figures.choices import Lamp
from kpis.figures.lights import (
    Light,
    Step,
    evidence,
    evidence_lamp,
    implementation,
    is_watermelon,
    potential,
    potential_lamp,
    worst,
)
from tests.kpis.oracle import formulas
from tests.kpis.oracle.facts import facts_of
from tests.kpis.oracle.portfolios import LARGE, RawMeasure, portfolios
from tests.kpis.test_figures import POSITIONS, clock_after

TODAY = date(2026, 6, 1)  # a Monday
G, A, R, B, N = Lamp.GREEN, Lamp.AMBER, Lamp.RED, Lamp.BLUE, Lamp.GREY


def weekdays(first: date, second: date) -> int:
    """Working days without holidays, counted one by one."""
    return sum((first + timedelta(n)).weekday() < 5 for n in range(1, (second - first).days + 1))


def after(day: date, working_days: int) -> date:
    while working_days:
        day += timedelta(1)
        working_days -= day.weekday() < 5
    return day


def step(
    plan: date | None = TODAY,
    forecast: date | None = None,
    *,
    critical: bool = True,
    weight: int = 1,
) -> Step:
    return Step(weight, critical, plan, forecast, is_done=False, is_accepted=False)


def light(steps: Iterable[Step], stage: Stage = Stage.DECIDED) -> Lamp:
    return implementation(stage, list(steps), TODAY, weekdays)


@pytest.mark.parametrize(("slip", "expected"), [(0, G), (5, G), (6, A), (20, A), (21, R), (200, R)])
def test_a_critical_milestone_may_slip_five_days_and_not_twenty(slip: int, expected: Lamp) -> None:
    heavy = step(critical=False, weight=100)
    assert light([step(TODAY, after(TODAY, slip)), heavy]) is expected


@pytest.mark.parametrize(("late", "expected"), [(20, G), (21, A), (100, A)])
def test_a_fifth_of_the_weight_may_be_late(late: int, expected: Lamp) -> None:
    behind = step(TODAY, TODAY + timedelta(1), critical=False, weight=late)
    rest = step(critical=False, weight=100 - late) if late < 100 else step(critical=False)
    assert light([behind, rest]) is expected


def test_an_overdue_critical_milestone_without_a_new_forecast_is_red() -> None:
    yesterday = TODAY - timedelta(3)
    rest = step(critical=False, weight=100)
    assert light([step(yesterday), rest]) is R
    assert light([step(yesterday, yesterday), rest]) is R
    assert light([step(yesterday, TODAY), rest]) is G
    assert light([replace(step(yesterday), is_done=True), rest]) is G
    assert light([step(yesterday, critical=False), rest]) is G


def test_implementation_is_done_once_all_is_accepted_or_closed() -> None:
    accepted = replace(step(), is_done=True, is_accepted=True)
    assert light([accepted]) is B
    assert light([accepted, step()]) is G
    assert light([], Stage.CLOSED) is B
    assert light([accepted], Stage.IDENTIFIED) is B


def test_nothing_frozen_or_dated_says_nothing() -> None:
    assert light([step()], Stage.DETAILED) is N
    assert light([]) is N
    assert light([step(None)]) is N
    assert light([step(None), step(critical=False)]) is G


def test_working_days_come_from_the_calendar() -> None:
    calendar = BusinessCalendar()
    due = after(TODAY, 6)
    assert business_days_between(TODAY, due, calendar) == weekdays(TODAY, due) == 6


@pytest.mark.parametrize(
    ("forecast", "slip", "expected"),
    [
        ("95", 0, G),
        ("94.99", 0, A),
        ("80", 0, A),
        ("79.99", 0, R),
        ("200", 0, G),
        ("100", -2, G),
        ("100", 1, A),
        ("100", 3, A),
        ("100", 4, R),
        ("79", 1, R),
    ],
)
def test_potential_by_what_is_reached_and_when_it_starts(
    forecast: str, slip: int, expected: Lamp
) -> None:
    assert potential_lamp(Decimal(100), Decimal(forecast), slip) is expected


def test_potential_of_nothing_and_of_less_than_nothing() -> None:
    assert potential_lamp(Decimal(0), Decimal(5), 0) is N
    assert potential_lamp(Decimal(-100), Decimal(-100), 0) is G
    assert potential_lamp(Decimal(-100), Decimal(-121), 0) is R
    assert potential_lamp(Decimal(-100), Decimal(50), 0) is G


@pytest.mark.parametrize(
    ("validated", "claimed", "due", "expected"),
    [
        ("90", "100", "50", G),
        ("90", "50", "100", G),
        ("89.99", "100", "0", A),
        ("50", "100", "0", A),
        ("49.99", "100", "0", R),
        ("0", "0", "0", N),
        ("5", "-1", "0", N),
        ("0", "-5", "1", R),
    ],
)
def test_evidence_by_what_is_validated_of_what_is_due(
    validated: str, claimed: str, due: str, expected: Lamp
) -> None:
    assert evidence_lamp(Decimal(validated), Decimal(claimed), Decimal(due)) is expected


@LARGE
@given(portfolios(), POSITIONS)
def test_potential_and_evidence_against_a_slow_oracle(
    portfolio: list[RawMeasure], latest: int
) -> None:
    clock = clock_after(latest)
    for measure in portfolio:
        facts = facts_of(measure)
        assert potential(facts, clock) == formulas.potential(measure)
        assert evidence(facts, clock) == formulas.evidence(measure, latest)


def test_the_worst_light_counts_and_grey_says_nothing() -> None:
    assert worst([]) is N
    assert worst([N, G]) is G
    assert worst([A, G, N]) is A
    assert worst([A, R]) is R


@pytest.mark.parametrize(
    ("outer", "potential_light", "evidence_light", "expected"),
    [
        (Light(G), Light(R), Light(G), True),
        (Light(G), Light(G), Light(R), True),
        (Light(G), Light(A), Light(A), False),
        (Light(A), Light(R), Light(R), False),
        (Light(B), Light(R), Light(R), False),
        (Light(A, stated=G), Light(R), Light(N), True),
        (Light(G), Light(R, stated=G), Light(N), True),
        (Light(G), Light(G, stated=R), Light(N), True),
    ],
)
def test_a_watermelon_is_green_outside_and_red_inside(
    *, outer: Light, potential_light: Light, evidence_light: Light, expected: bool
) -> None:
    assert is_watermelon(outer, potential_light, evidence_light) is expected


def test_a_stated_light_is_shown_and_the_derived_one_stays() -> None:
    stated = Light(R, stated=A)
    assert (stated.shown, stated.derived) == (A, R)
    assert Light(R).shown is R
