"""Criteria, snapshot parts and closure facts of a measure."""

from decimal import Decimal

import pytest

from governance.people.choices import Role
from initiatives import closure_facts as registry
from initiatives.choices import Stage
from initiatives.criteria import Finding, criterion, known_criteria
from initiatives.hooks import gate_passed
from initiatives.models import Measure
from initiatives.snapshots import parts_of
from kpis.actuals.choices import Outcome
from kpis.choices import EffectKind
from kpis.models import Effect
from tests.houses import House
from tests.initiatives.climbing import (
    ask_move,
    climb,
    decide,
    make_ready,
    publish_short_model,
)
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import changed, claim, judge, named, now, refer
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import confirmed
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")
NAMES = {
    "reference_recorded",
    "value_estimated",
    "plan_phased",
    "run_rate_started",
    "effect_owners_named",
    "months_validated",
}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure, name="Steel")


def found(house: House, measure: Measure, name: str) -> Finding:
    with house.active():
        return criterion(name).check(reloaded(house, measure))


def met(house: House, measure: Measure, name: str) -> bool:
    finding = found(house, measure, name)
    assert finding.is_met is not bool(finding.missing)
    assert finding.where == ("" if finding.is_met else "kpis:measure-values")
    return finding.is_met


def test_all_six_are_known() -> None:
    assert known_criteria() >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_measure_without_effects_meets_none(alpha: House, measure: Measure, name: str) -> None:
    assert not met(alpha, measure, name)


def test_reference_recorded(alpha: House, measure: Measure, effect: Effect) -> None:
    add_effect(alpha, measure, kind=EffectKind.RUNNING_COST)
    assert "Steel" in str(found(alpha, measure, "reference_recorded").missing)
    refer(alpha, effect, {"2025-01": "0"})
    assert met(alpha, measure, "reference_recorded")
    refer(alpha, effect, {"2025-01": None})
    assert not met(alpha, measure, "reference_recorded")


def test_value_estimated(alpha: House, measure: Measure, effect: Effect) -> None:
    cost = add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST)
    plan(alpha, effect, {"2026-01": "5"})
    assert not met(alpha, measure, "value_estimated")
    plan(alpha, cost, {"2026-01": "0"})
    assert met(alpha, measure, "value_estimated")


def test_plan_phased(alpha: House, measure: Measure, effect: Effect) -> None:
    assert not met(alpha, measure, "plan_phased")
    plan(alpha, effect, {"2026-01": "5"})
    assert "run-rate" in str(found(alpha, measure, "plan_phased").missing)
    changed(alpha, effect, run_rate_start=now(alpha).plus(600).first_day)
    assert "from the start" in str(found(alpha, measure, "plan_phased").missing)
    changed(alpha, effect, run_rate_start=effect_start("2026-01"))
    assert met(alpha, measure, "plan_phased")
    add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST)
    assert not met(alpha, measure, "plan_phased")


def effect_start(text: str) -> object:
    year, month = (int(part) for part in text.split("-"))
    return Effect._meta.get_field("run_rate_start").to_python(f"{year}-{month:02}-01")


def test_run_rate_started(alpha: House, measure: Measure, effect: Effect) -> None:
    assert not met(alpha, measure, "run_rate_started")
    changed(alpha, effect, run_rate_start=now(alpha, back=-1).first_day)
    assert not met(alpha, measure, "run_rate_started")
    changed(alpha, effect, run_rate_start=now(alpha).first_day)
    assert met(alpha, measure, "run_rate_started")


def test_effect_owners_named(alpha: House, measure: Measure, effect: Effect) -> None:
    assert "Steel" in str(found(alpha, measure, "effect_owners_named").missing)
    changed(alpha, effect, owner=alpha.people["sponsor"])
    assert met(alpha, measure, "effect_owners_named")


def closing(house: House, measure: Measure, effect: Effect) -> None:
    """A decided measure whose run-rate began five months ago."""
    months = {str(now(house, back=back)): "10" for back in range(6)}
    changed(house, effect, run_rate_start=now(house, back=5).first_day)
    plan(house, effect, months)
    with house.active():
        gate_passed(measure.pk, "T3", house.system(Role.CONTROLLER))
    moved(house, measure, "implemented")


def test_months_validated_of_a_run_rate(alpha: House, measure: Measure, effect: Effect) -> None:
    closing(alpha, measure, effect)
    claim(alpha, effect, {now(alpha, back=back): "12" for back in range(4)})
    for back in (3, 1, 0):
        judge(alpha, effect, now(alpha, back=back))
    assert str(now(alpha, back=2)) in str(found(alpha, measure, "months_validated").missing)
    judge(alpha, effect, now(alpha, back=2), Outcome.ADJUSTED, amount="6", reason="Less")
    assert met(alpha, measure, "months_validated")
    with alpha.active():
        facts = registry.closure_facts(reloaded(alpha, measure))
    one = facts.effects[0]
    # The current month is not closed and counts for nothing: 12 times the mean of 12, 6, 12.
    assert (one.supported, one.months, one.needed) == (Decimal(120), 3, 3)
    assert (one.baseline, one.claimed) == (Decimal(60), Decimal(48))
    assert (facts.supported_recurring, facts.supported_one_off) == (Decimal(120), None)
    assert (facts.baseline_recurring, facts.claimed) == (Decimal(60), Decimal(48))
    assert facts.is_complete


def test_what_was_taken_back_is_proved_anew(alpha: House) -> None:
    make_planned(alpha)
    publish_short_model(alpha)
    row = make_ready(alpha)
    effect = add_effect(alpha, row, name="Steel")
    changed(alpha, effect, run_rate_start=now(alpha, back=5).first_day)
    plan(alpha, effect, {str(now(alpha, back=5)): "1"})
    climb(alpha, row, Stage.IMPLEMENTED)
    claim(alpha, effect, {now(alpha, back=back): "12" for back in range(1, 4)})
    for back in range(1, 4):
        judge(alpha, effect, now(alpha, back=back))
    assert met(alpha, row, "months_validated")
    decide(alpha, ask_move(alpha, row, "step-down", "pmo"))
    assert "since it was taken back" in str(found(alpha, row, "months_validated").missing)
    with alpha.active():
        [one] = registry.closure_facts(reloaded(alpha, row)).effects
    # What was validated stays; it no longer supports a closure (F9).
    assert (one.months, one.supported, one.claimed) == (0, None, Decimal(36))


def test_too_short_a_run_rate_waits(alpha: House, measure: Measure, effect: Effect) -> None:
    closing(alpha, measure, effect)
    moved(alpha, measure, "identified")
    changed(alpha, effect, run_rate_start=now(alpha, back=2).first_day)
    assert "1 more" in str(found(alpha, measure, "months_validated").missing)


def test_months_validated_of_a_one_off(alpha: House, measure: Measure) -> None:
    effect = add_effect(alpha, measure, kind=EffectKind.ONE_OFF)
    plan(alpha, effect, {"2020-01": "5", "2020-02": "7"})
    moved(alpha, measure, "decided")
    claim(alpha, effect, {"2020-01": "5", "2020-02": "6", "2020-03": "1"})
    judge(alpha, effect, "2020-01")
    judge(alpha, effect, "2020-02", Outcome.REJECTED, reason="No evidence")
    assert "2020-02" in str(found(alpha, measure, "months_validated").missing)
    claim(alpha, effect, {"2020-02": "4"})
    judge(alpha, effect, "2020-02")
    assert met(alpha, measure, "months_validated")
    with alpha.active():
        facts = registry.closure_facts(reloaded(alpha, measure))
    assert (facts.supported_one_off, facts.supported_recurring) == (Decimal(9), None)
    assert facts.baseline_one_off is None


def test_amounts_that_routes_go_by(alpha: House, measure: Measure, effect: Effect) -> None:
    with alpha.active():
        assert registry.amounts(measure).largest == 0
    plan(alpha, effect, {f"2026-{month:02}": "-10" for month in range(1, 13)} | {"2027-01": "9"})
    cost = add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST)
    plan(alpha, cost, {"2026-01": "300"})
    once = add_effect(alpha, measure, kind=EffectKind.ONE_OFF)
    plan(alpha, once, {"2026-01": "40"})
    other = add_effect(alpha, measure, "CASH", EffectKind.ONE_OFF)
    plan(alpha, other, {"2026-01": "4000"})
    with alpha.active():
        amounts = registry.amounts(measure)
    assert (amounts.run_rate, amounts.one_time_cost, amounts.one_off) == (120, 300, 40)
    assert (amounts.largest, amounts.is_complete, amounts.is_monetary) == (300, True, True)
    plan(alpha, add_effect(alpha, measure, currency="USD"), {"2026-01": "1000"})
    with alpha.active():
        assert not registry.amounts(measure).is_complete
    confirmed(alpha, {"USD": {"2026-01": "0.9"}})
    with alpha.active():
        converted = registry.amounts(measure)
    assert (converted.run_rate, converted.largest, converted.is_complete) == (780, 780, True)


def test_money_outside_the_headline_metric_slips_under_no_threshold(
    alpha: House, measure: Measure
) -> None:
    for metric, amount in (("CASH", "70"), ("REVENUE", "-90")):
        plan(alpha, add_effect(alpha, measure, metric), {"2026-01": amount})
    with alpha.active():
        assert registry.amounts(measure).run_rate == 90


def test_without_money_there_are_no_amounts(alpha: House, measure: Measure) -> None:
    plan(alpha, add_effect(alpha, measure, "FTE"), {"2026-01": "5"})
    with alpha.active():
        amounts = registry.amounts(measure)
    assert (amounts.is_monetary, amounts.largest) == (False, None)


def test_snapshots_hold_what_each_gate_judges(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    changed(alpha, effect, owner=alpha.people["sponsor"])
    refer(alpha, effect, {"2025-01": "900"})
    closing(alpha, measure, effect)
    month = str(now(alpha, back=1))
    claim(alpha, effect, {month: "12"})
    judge(alpha, effect, month)
    name = {"effect": str(effect.public_id), "metric": "EBITDA", "name": "Steel"}
    with alpha.active():
        read = {
            gate: {part.name: part.read(measure) for part in parts_of(gate)}
            for gate in ("T2", "T3", "T4", "T5", "T15")
        }
    ours = ("effects", "reference", "plan", "actuals")
    assert {gate: {n for n in parts if n in ours} for gate, parts in read.items()} == {
        "T2": {"effects", "reference", "plan"},
        "T3": {"effects", "plan"},
        "T4": {"effects"},
        "T5": {"effects", "actuals"},
        "T15": {"plan"},
    }
    assert read["T4"]["effects"] == [
        name
        | {
            "kind": "recurring",
            "class": "hard",
            "currency": "EUR",
            "owner": "sponsor@alpha.example",
            "run_rate_start": str(now(alpha, back=5)),
        }
    ]
    assert read["T2"]["reference"] == [name | {"cells": {"2025-01": "900.00"}}]
    plan_cells = {str(now(alpha, back=back)): "10.00" for back in range(6)}
    assert read["T15"]["plan"] == [name | {"cells": plan_cells}]
    assert read["T5"]["actuals"] == [
        name | {"claimed": {month: "12.00"}, "validated": {month: "12.00"}, "baseline": "60.00"}
    ]
