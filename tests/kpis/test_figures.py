"""The formulas F1 to F7 against a second reading of domain.md, exact to the last decimal."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.choices import Overlay, Stage
from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.figures import rules
from kpis.figures.choices import LeakageReason
from kpis.figures.facts import Clock, EffectFacts, MeasureFacts
from kpis.figures.leakage import leakage_of, leakage_total
from kpis.figures.lights import potential
from kpis.rules import Month
from tests.kpis.oracle import formulas
from tests.kpis.oracle.facts import effect_facts, facts_of, month_at
from tests.kpis.oracle.portfolios import (
    FIRST,
    LARGE,
    LAST,
    RawEffect,
    RawMeasure,
    effects,
    portfolios,
)

POSITIONS = st.integers(FIRST, LAST)
PORTFOLIOS = portfolios()
EFFECTS = effects()


def clock_after(latest: int) -> Clock:
    """A day in the month after the last closed one."""
    return Clock(month_at(latest + 1).first_day)


@LARGE
@given(PORTFOLIOS)
def test_degrees_of_implementation(portfolio: list[RawMeasure]) -> None:
    facts = [facts_of(measure) for measure in portfolio]
    clock = clock_after(FIRST)
    assert rules.degree_by_count(facts) == formulas.doi_by_count(portfolio)
    assert rules.degree_by_value(facts, clock) == formulas.doi_by_value(portfolio)


@LARGE
@given(PORTFOLIOS, POSITIONS)
def test_the_four_amounts(portfolio: list[RawMeasure], latest: int) -> None:
    found = rules.amounts_by_key([facts_of(m) for m in portfolio], clock_after(latest))
    expected = formulas.four_amounts(portfolio, latest)
    assert len(found) == len(expected)
    for key, amounts in found.items():
        unit = "" if key.unit == key.metric else key.unit
        wanted = expected[key.metric, unit, key.kind.value, key.effect_class]
        assert {name: getattr(amounts, name) for name in wanted} == wanted


@LARGE
@given(EFFECTS, POSITIONS, st.integers(1, 12), st.integers(2024, 2027))
def test_run_rates_and_phases(effect: RawEffect, latest: int, start: int, year: int) -> None:
    facts = effect_facts(effect)
    for cells, months in ((effect.forecast, facts.forecast), (effect.accepted, facts.validated)):
        found = [
            rules.exit_rate(facts, months, month_at(latest)),
            rules.smoothed(facts, months, month_at(latest)),
        ]
        assert found == list(formulas.run_rates(effect, cells, latest))
        first = (year - (start > 1)) * 12 + start - 1
        assert (
            rules.in_year(facts, months, year, start),
            rules.value_of(facts, months, facts.start),
            rules.carry_over(facts, months, year, start),
        ) == formulas.phases(effect, cells, first)


@LARGE
@given(EFFECTS)
def test_in_year_and_carry_over_make_the_full_year(effect: RawEffect) -> None:
    """From the year in which the run-rate starts with its first month: nothing falls between."""
    facts = effect_facts(effect)
    if not facts.is_recurring or facts.aggregation is not Aggregation.SUM or not facts.plan:
        return
    months = {m: a for m, a in facts.plan.items() if facts.start is None or m >= facts.start}
    first = facts.start or min(facts.plan)
    end = first.plus(12)
    year = {m: a for m, a in months.items() if m < end}
    parts = [
        rules.in_year(facts, year, first.year, 1),
        rules.carry_over(facts, year, first.year, 1),
    ]
    total = sum((part for part in parts if part is not None), Decimal(0))
    assert total == (rules.value_of(facts, months, facts.start) or 0)


@LARGE
@given(PORTFOLIOS)
def test_net_value(portfolio: list[RawMeasure]) -> None:
    facts = [facts_of(measure) for measure in portfolio]
    pairs = [(e, m.expected(e)) for m in facts if m.is_live for e in m.effects]
    found = {(n.metric, n.unit): (n.all_classes, n.hard_only) for n in rules.net_values(pairs)}
    assert found == formulas.net(portfolio)


@LARGE
@given(PORTFOLIOS)
def test_value_at_risk(portfolio: list[RawMeasure]) -> None:
    clock = clock_after(FIRST)
    for measure in portfolio:
        facts = facts_of(measure)
        at_risk = rules.value_at_risk(facts, potential(facts, clock), clock)
        for kind in rules.VALUE_KINDS:
            assert at_risk.get(kind, 0) == formulas.at_risk(measure, kind.value)


@LARGE
@given(PORTFOLIOS, POSITIONS)
def test_leakage_by_reason(portfolio: list[RawMeasure], latest: int) -> None:
    clock = clock_after(latest)
    for measure in portfolio:
        facts = facts_of(measure)
        for raw, effect in zip(measure.effects, facts.effects, strict=True):
            found, wanted = leakage_of(facts, effect, clock), formulas.leakage(measure, raw, latest)
            if found is None or wanted is None:
                assert (found, wanted) == (None, None)
                continue
            assert {reason.value: amount for reason, amount in found.items() if amount} == {
                reason: amount for reason, amount in wanted.items() if amount
            }
            first = raw.baselines[0] if raw.baselines else {}
            due = sum(formulas.closed(first, latest).values(), Decimal(0))
            done = sum(formulas.closed(raw.accepted, latest).values(), Decimal(0))
            assert sum(found.values()) == due - done


def test_leakages_add_up_by_reason() -> None:
    assert leakage_total([None, None]) is None
    parts = [{LeakageReason.DELAYED: Decimal(2)}, None, {LeakageReason.DELAYED: Decimal(3)}]
    total = leakage_total(parts)
    assert total is not None
    assert set(total) == set(LeakageReason)
    assert total[LeakageReason.DELAYED] == 5
    assert total[LeakageReason.FX] == 0


def effect(**more: object) -> EffectFacts:
    return EffectFacts(0, "EBITDA", "EUR", EffectKind.RECURRING, "EUR", **more)  # type: ignore[arg-type]  # passed on


def measure(*given_effects: EffectFacts, **more: object) -> MeasureFacts:
    fields = {"stage": Stage.DECIDED, "overlay": Overlay.ACTIVE, "weight": Decimal("0.5")}
    return MeasureFacts("M-1", effects=given_effects, **{**fields, **more})  # type: ignore[arg-type]  # passed on


def year(amount: object, months: int = 12) -> dict[Month, Decimal]:
    return {Month(2026, 1).plus(n): Decimal(str(amount)) for n in range(months)}


def test_risks_and_dependencies_add_to_the_value_at_risk_up_to_the_value() -> None:
    clock = Clock(date(2026, 7, 1))
    facts = measure(
        effect(plan=year(10), baselines={1: year(10)}, forecast=year(10)),
        risk={EffectKind.RECURRING: Decimal(30)},
        stressed={EffectKind.RECURRING: Decimal(60)},
    )
    green = rules.value_at_risk(facts, potential(facts, clock), clock)
    assert green[EffectKind.RECURRING] == 90
    early = measure(*facts.effects, stage=Stage.DETAILED, risk=facts.risk, stressed=facts.stressed)
    assert rules.value_at_risk(early, potential(early, clock), clock)[EffectKind.RECURRING] == 30
    much = measure(*facts.effects, risk={EffectKind.RECURRING: Decimal(1000)})
    assert rules.value_at_risk(much, potential(much, clock), clock)[EffectKind.RECURRING] == 120


def test_seasonal_effects_have_no_run_rate_to_show() -> None:
    facts = effect(plan=year(10), is_seasonal=True)
    latest = Month(2026, 6)
    assert rules.exit_rate(facts, facts.plan, latest) is None
    assert rules.smoothed(facts, facts.plan, latest) is None


@pytest.mark.parametrize(("months", "expected"), [(12, False), (11, True), (1, True)])
def test_a_plan_of_less_than_a_year_is_partial(*, months: int, expected: bool) -> None:
    assert rules.is_partial(effect(plan=year(10, months=months))) is expected
    assert not rules.is_partial(effect())


def test_a_plan_that_ends_before_the_run_rate_year_does_is_partial() -> None:
    assert rules.is_partial(effect(plan=year(10), start=Month(2026, 2)))
    assert not rules.is_partial(effect(plan=year(10, months=13), start=Month(2026, 2)))


@pytest.mark.parametrize(
    ("count", "value", "expected"),
    [("0.5", "0.35", False), ("0.5", "0.3499", True), ("0.1", "0.2501", True), (None, "1", False)],
)
def test_a_gap_above_fifteen_points_is_flagged(
    *, count: str | None, value: str, expected: bool
) -> None:
    by_count = None if count is None else Decimal(count)
    assert rules.is_wide_gap(by_count, Decimal(value)) is expected


def test_unsplit_counts_as_avoidance_and_stays_out_of_hard_net_value() -> None:
    facts = [
        effect(effect_class=EffectClass.HARD),
        effect(effect_class=EffectClass.UNSPLIT),
        EffectFacts(0, "EBITDA", "EUR", EffectKind.RUNNING_COST, "EUR"),
    ]
    months = year(1, months=1)
    [net] = rules.net_values([(f, months) for f in facts])
    assert (net.all_classes, net.hard_only) == (1, 0)
