"""Milestones against stages, overlays, gates and each other: V2, G3, G4, G10, races."""

from datetime import date, timedelta
from typing import Any

import pytest

from governance.errors import Conflict, Refused, Stale
from initiatives.criteria import criterion
from initiatives.documents.selectors import version_of as document_version
from initiatives.milestones import services
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.rules import FIELDS, implementation
from initiatives.milestones.selectors import milestones_of
from initiatives.models import Document, Measure, Milestone
from initiatives.services import measure_change, measure_delete
from initiatives.snapshots import parts_of
from tests.architecture.violations.breaking import check_now
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.initiatives.papers import (
    DUE,
    accept,
    add_milestone,
    change,
    done,
    give_back,
    prove,
    remove,
)
from tests.initiatives.stages import put_at
from tests.racing import errors_in, race


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    return make_measure(in_alpha, owner=in_alpha.people["owner"])


# --- what a stage and an overlay forbid ---------------------------------------------------------


@pytest.mark.parametrize("stage", ["decided", "implemented"])
def test_a_passed_t3_freezes_the_plan_and_leaves_the_rest_open(
    in_alpha: House, measure: Measure, stage: str
) -> None:
    row = add_milestone(in_alpha, measure)
    plan = {
        "title": "Other",
        "weight": 11,
        "is_critical": True,
        "plan_on": DUE + timedelta(days=1),
        "acceptor": in_alpha.people["pmo"],
    }
    assert {*plan, "forecast_on"} == set(FIELDS)
    with put_at(measure, stage=stage):
        for name, value in plan.items():
            with pytest.raises(Conflict, match="frozen"):
                change(in_alpha, row, **{name: value})
        with pytest.raises(Conflict, match="frozen"):
            add_milestone(in_alpha, measure)
        with pytest.raises(Conflict, match="frozen"):
            remove(in_alpha, row)
        row = change(in_alpha, row, forecast_on=DUE, title=row.title)
        row = accept(in_alpha, done(in_alpha, row))
    assert row.state is MilestoneState.ACCEPTED


@pytest.mark.parametrize("stage", ["identified", "detailed"])
def test_before_t3_the_plan_is_open(in_alpha: House, measure: Measure, stage: str) -> None:
    with put_at(measure, stage=stage):
        row = change(in_alpha, add_milestone(in_alpha, measure), weight=20)
        remove(in_alpha, row)


def test_on_hold_nothing_is_done_or_accepted(in_alpha: House, measure: Measure) -> None:
    row = add_milestone(in_alpha, measure)
    waiting = done(in_alpha, add_milestone(in_alpha, measure, "Waiting"))
    with put_at(measure, overlay="on_hold"):
        for call in (lambda: done(in_alpha, row), lambda: accept(in_alpha, waiting)):
            with pytest.raises(Conflict, match="measure_on_hold"):
                call()
        change(in_alpha, row, forecast_on=DUE)


@pytest.mark.parametrize(
    ("state", "code"),
    [({"stage": "closed"}, "measure_closed"), ({"overlay": "cancelled"}, "measure_cancelled")],
)
def test_a_closed_measure_keeps_its_plan(
    in_alpha: House, measure: Measure, state: dict[str, str], code: str
) -> None:
    row = add_milestone(in_alpha, measure)
    waiting = done(in_alpha, add_milestone(in_alpha, measure, "Waiting"))
    with put_at(measure, **state):
        for call in (
            lambda: add_milestone(in_alpha, measure),
            lambda: change(in_alpha, row, forecast_on=DUE),
            lambda: remove(in_alpha, row),
            lambda: done(in_alpha, row),
            lambda: accept(in_alpha, waiting),
            lambda: give_back(in_alpha, waiting),
        ):
            with pytest.raises(Conflict, match=code):
                call()


def test_an_early_deletion_takes_the_milestones_along(in_alpha: House, measure: Measure) -> None:
    add_milestone(in_alpha, measure)
    other = make_measure(in_alpha, "Other", owner=in_alpha.people["owner"])
    kept = add_milestone(in_alpha, other)
    measure_delete(measure=measure, seen_version=1, by=in_alpha.actor("pmo"))
    assert list(Milestone.objects.all()) == [kept]
    check_now()


# --- gates --------------------------------------------------------------------------------------


def test_every_edit_tells_the_gate_last(
    in_alpha: House, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(services, "measure_edited", lambda row, **_by: told.append(row.code))
    row = change(in_alpha, add_milestone(in_alpha, measure), weight=3)
    row = done(in_alpha, give_back(in_alpha, done(in_alpha, row)))
    accept(in_alpha, row)
    remove(in_alpha, add_milestone(in_alpha, measure, "Other"))
    assert told == [measure.code] * 8


def test_a_plan_is_ready_when_nothing_is_missing(in_alpha: House, measure: Measure) -> None:
    check = criterion("milestones_planned").check
    assert "no milestone yet" in str(check(measure).missing)
    assert check(measure).where == "initiatives:measure-plan"
    row = add_milestone(in_alpha, measure, "Bare", plan_on=None, acceptor=None)
    missing = str(check(measure).missing)
    assert "No milestone is critical." in missing
    assert "Without a planned day: Bare." in missing
    assert "Without somebody who accepts it: Bare." in missing
    acceptor = in_alpha.people["sponsor"]
    change(in_alpha, row, is_critical=True, plan_on=DUE, acceptor=acceptor)
    assert check(measure).is_met


def test_critical_milestones_are_accepted_with_evidence(in_alpha: House, measure: Measure) -> None:
    check = criterion("critical_milestones_accepted").check
    assert not check(measure).is_met
    add_milestone(in_alpha, measure, "Ordinary")
    row = add_milestone(in_alpha, measure, "Critical", is_critical=True)
    missing = str(check(measure).missing)
    assert "Not accepted yet: Critical." in missing
    assert "Without evidence: Critical." in missing
    prove(in_alpha, row)
    accept(in_alpha, done(in_alpha, row))
    assert check(measure).is_met


def test_snapshots_hold_the_plan_and_then_what_became_of_it(
    in_alpha: House, measure: Measure
) -> None:
    add_milestone(in_alpha, measure, "Later", plan_on=None, acceptor=None)
    row = add_milestone(in_alpha, measure, is_critical=True)
    proof = prove(in_alpha, row)
    accept(in_alpha, done(in_alpha, row))
    facts = {
        transition: {part.name: part.read(measure) for part in parts_of(transition)}
        for transition in ("T2", "T3", "T4", "T5", "T15")
    }
    assert facts["T3"]["milestones_plan"] == facts["T15"]["milestones_plan"]
    first = facts["T3"]["milestones_plan"][0]
    assert first == {
        "title": "Contract signed",
        "weight": 10,
        "is_critical": True,
        "plan_on": DUE,
        "acceptor": "sponsor@alpha.example",
    }
    judged = facts["T4"]["milestones"][0]
    assert {name: judged[name] for name in first} == first
    assert judged["actual_on"] == date(2026, 3, 31)
    assert judged["accepted_at"] is not None
    assert judged["evidence"] == [hash_of(proof)]
    assert "milestones" not in facts["T3"]
    assert not {"milestones", "milestones_plan"} & {*facts["T2"], *facts["T5"]}


def hash_of(document: Document) -> str:
    return str(document_version(document).sha256)


def test_implementation_is_accepted_weight_over_weight(in_alpha: House, measure: Measure) -> None:
    def share() -> Any:
        rows = milestones_of(measure)
        return implementation((row.weight, row.accepted_at is not None) for row in rows)

    assert share() is None
    add_milestone(in_alpha, measure, weight=30)
    row = done(in_alpha, add_milestone(in_alpha, measure, weight=10))
    assert share() == 0
    accept(in_alpha, row)
    assert str(share()) == "0.25"


# --- races --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_of_many_words_about_one_milestone_one_counts(lasting_world: World) -> None:
    """The acceptor clicks in several windows, in some of them the other button."""
    house = lasting_world.alpha
    with house.active():
        measure = make_measure(house, owner=house.people["owner"])
        row = done(house, add_milestone(house, measure))

    def say(word: Any) -> Any:
        def run() -> Any:
            with house.active():
                return word(house, row)

        return run

    found = race(*(say(word) for word in (accept, accept, give_back, give_back)))
    assert len(errors_in(found)) == 3
    assert {type(error) for error in errors_in(found)} <= {Stale, Conflict}
    with house.active():
        now = Milestone.objects.get(pk=row.pk)
        assert now.version == row.version + 1
        assert now.state in {MilestoneState.ACCEPTED, MilestoneState.PLANNED}


@pytest.mark.slow
def test_naming_an_acceptor_and_making_him_the_owner_do_not_both_happen(
    lasting_world: World,
) -> None:
    house = lasting_world.alpha
    with house.active():
        measure = make_measure(house, owner=house.people["owner"])
        row = add_milestone(house, measure)

    def name() -> Any:
        with house.active():
            return change(house, row, "pmo", acceptor=house.people["executive"])

    def own() -> Any:
        with house.active():
            fields = {"owner": house.people["executive"]}
            by = house.actor("pmo")
            return measure_change(measure=measure, seen_version=1, fields=fields, by=by)

    found = race(name, own)
    assert [type(error) for error in errors_in(found)] == [Refused]
