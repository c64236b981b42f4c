"""Milestones: planned, frozen by T3 (V2), done by one, accepted by another (D1, S1)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.audit.selectors import events_of
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.history import sentence_of
from governance.people.services import membership_end
from initiatives.criteria import criterion
from initiatives.documents.selectors import version_of as document_version
from initiatives.documents.services import document_withdraw
from initiatives.milestones import services
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.rules import FIELDS, MOST_MILESTONES, implementation
from initiatives.milestones.selectors import milestone_by_id, milestones_of
from initiatives.milestones.services import (
    milestone_accept,
    milestone_change,
    milestone_done,
    milestone_remove,
    milestone_return,
)
from initiatives.models import Document, Measure, Milestone
from initiatives.services import measure_change, measure_delete
from initiatives.services_bulk import MeasureChange, measures_change
from initiatives.snapshots import parts_of
from tests.architecture.violations.breaking import check_now
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.initiatives.papers import DUE, add_milestone, done, prove
from tests.initiatives.stages import put_at
from tests.racing import errors_in, race


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    return make_measure(in_alpha, owner=in_alpha.people["owner"])


def change(house: House, row: Milestone, who: str = "owner", **fields: Any) -> Milestone:
    seen = row.version
    return milestone_change(milestone=row, seen_version=seen, fields=fields, by=house.actor(who))


def accept(house: House, row: Milestone, who: str = "sponsor", seen: int = 0) -> Milestone:
    seen = seen or row.version
    return milestone_accept(milestone=row, seen_version=seen, by=house.actor(who))


def give_back(
    house: House, row: Milestone, who: str = "sponsor", reason: str = "Half of it"
) -> Milestone:
    by = house.actor(who)
    return milestone_return(milestone=row, seen_version=row.version, reason=reason, by=by)


def remove(house: House, row: Milestone, who: str = "owner") -> None:
    milestone_remove(milestone=row, seen_version=row.version, by=house.actor(who))


def last(measure: Measure) -> Any:
    return sentence_of(events_of("measure", measure.code)[0])


@pytest.mark.parametrize("who", ["owner", "pmo", "consultant"])
def test_who_reports_on_a_measure_plans_it(in_alpha: House, measure: Measure, who: str) -> None:
    row = add_milestone(in_alpha, measure, " Contract  signed ", who, is_critical=True)
    assert (row.title, row.weight, row.is_critical, row.version) == (
        "Contract signed",
        10,
        True,
        1,
    )
    assert row.state is MilestoneState.PLANNED
    assert last(measure).action == "milestone.added"
    assert f"added the milestone «Contract signed» to {measure.code}" in last(measure).sentence
    assert OutboxEvent.objects.filter(topic="milestone.added", key=measure.code).exists()
    check_now()


@pytest.mark.parametrize("who", ["executive", "sponsor", "controller", "auditor", "administrator"])
def test_others_plan_nothing(in_alpha: House, measure: Measure, who: str) -> None:
    with pytest.raises(Forbidden, match="milestone_not_yours"):
        add_milestone(in_alpha, measure, who=who)
    row = add_milestone(in_alpha, measure, acceptor=in_alpha.people["pmo"])
    for call in (
        lambda: change(in_alpha, row, who, weight=2),
        lambda: remove(in_alpha, row, who),
        lambda: done(in_alpha, row, who),
        lambda: accept(in_alpha, row, who),
        lambda: give_back(in_alpha, row, who),
    ):
        with pytest.raises(Forbidden):
            call()
    assert Milestone.objects.get().version == 1


def test_a_person_without_sight_finds_no_milestone(in_alpha: House, measure: Measure) -> None:
    row = add_milestone(in_alpha, measure)
    for who in ("guest", "narrow"):
        with pytest.raises(NotVisible):
            milestone_by_id(row.public_id, by=in_alpha.actor(who))
        with pytest.raises(NotVisible):
            change(in_alpha, row, who, weight=2)
        with pytest.raises(NotVisible):
            accept(in_alpha, row, who)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 201}),
        ("title", {"title": "a\x00"}),
        ("weight", {"weight": 0}),
        ("weight", {"weight": 101}),
        ("plan_on", {"plan_on": date(1989, 12, 31)}),
        ("forecast_on", {"forecast_on": date(2101, 1, 1)}),
    ],
)
def test_what_cannot_be_kept_is_named(
    in_alpha: House, measure: Measure, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        add_milestone(in_alpha, measure, **given)
    assert set(caught.value.errors) == {field}
    row = add_milestone(in_alpha, measure)
    with pytest.raises(Invalid):
        change(in_alpha, row, **given)
    assert Milestone.objects.get().version == 1


def test_a_plan_has_its_length(in_alpha: House, measure: Measure) -> None:
    title = {"measure": measure, "title": "x", "weight": 1}
    Milestone.objects.bulk_create([Milestone(**title) for _number in range(MOST_MILESTONES - 1)])
    add_milestone(in_alpha, measure)
    with pytest.raises(Refused, match="too_many_milestones"):
        add_milestone(in_alpha, measure)


def test_a_milestone_is_changed_and_what_stays_writes_nothing(
    in_alpha: House, measure: Measure
) -> None:
    row = add_milestone(in_alpha, measure)
    row = change(in_alpha, row, "pmo", title="Signed", forecast_on=DUE + timedelta(days=9))
    assert (row.title, row.version) == ("Signed", 2)
    assert last(measure).action == "milestone.changed"
    assert "changed the milestone «Contract signed»" in last(measure).sentence
    assert "expected day 9 Oct 2026" in last(measure).sentence
    events = AuditEvent.objects.count()
    assert change(in_alpha, row, title="Signed").version == 2
    assert AuditEvent.objects.count() == events
    with pytest.raises(Stale):
        milestone_change(
            milestone=row, seen_version=1, fields={"weight": 3}, by=in_alpha.actor("owner")
        )
    check_now()


def test_a_milestone_is_removed_unless_documents_name_it(in_alpha: House, measure: Measure) -> None:
    row, kept = add_milestone(in_alpha, measure), add_milestone(in_alpha, measure, "Kept")
    prove(in_alpha, kept)
    with pytest.raises(Conflict, match="milestone_has_documents"):
        remove(in_alpha, kept)
    remove(in_alpha, row)
    assert last(measure).action == "milestone.removed"
    assert "removed the milestone «Contract signed»" in last(measure).sentence
    assert list(Milestone.objects.all()) == [kept]
    with pytest.raises(NotVisible):
        remove(in_alpha, row)
    check_now()


# --- S1: the acceptor ---------------------------------------------------------------------------


def test_the_owner_of_a_measure_accepts_none_of_its_milestones(
    in_alpha: House, measure: Measure
) -> None:
    with pytest.raises(Refused, match="acceptor_is_owner"):
        add_milestone(in_alpha, measure, acceptor=in_alpha.people["owner"])
    row = add_milestone(in_alpha, measure)
    with pytest.raises(Refused, match="acceptor_is_owner"):
        change(in_alpha, row, "pmo", acceptor=in_alpha.people["owner"])
    assert Milestone.objects.get().acceptor_id == in_alpha.people["sponsor"].pk


def test_an_acceptor_does_not_become_the_owner_while_something_is_open(
    in_alpha: House, measure: Measure
) -> None:
    row, by = (
        add_milestone(in_alpha, measure, acceptor=in_alpha.people["pmo"]),
        in_alpha.actor("pmo"),
    )
    fields = {"owner": in_alpha.people["pmo"]}
    with pytest.raises(Refused, match="acceptor_is_owner"), transaction.atomic():
        measure_change(measure=measure, seen_version=1, fields=fields, by=by)
    with pytest.raises(Refused, match="acceptor_is_owner"), transaction.atomic():
        measures_change(changes=[MeasureChange(measure.pk, 1, fields)], by=by)
    with pytest.raises(IntegrityError, match="accept"), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(owner=in_alpha.people["pmo"])
    accept(in_alpha, done(in_alpha, row), "pmo")
    measure_change(measure=measure, seen_version=1, fields=fields, by=by)
    check_now()


def test_somebody_who_left_accepts_nothing(in_alpha: House, measure: Measure) -> None:
    gone = in_alpha.people["executive"]
    membership_end(membership=gone, seen_version=gone.version, by=in_alpha.actor("administrator"))
    gone.refresh_from_db()
    with pytest.raises(Refused, match="membership_ended"):
        add_milestone(in_alpha, measure, acceptor=gone)


# --- done, accepted, given back -----------------------------------------------------------------


@pytest.mark.parametrize("who", ["sponsor", "executive", "controller", "pmo"])
def test_whoever_is_named_accepts_whatever_their_role(
    in_alpha: House, measure: Measure, who: str
) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure, acceptor=in_alpha.people[who]))
    assert (row.state, row.actual_on) == (MilestoneState.DONE, date(2026, 3, 31))
    assert row.done_by_id == in_alpha.people["owner"].pk
    assert last(measure).action == "milestone.done"
    row = accept(in_alpha, row, who)
    assert (row.state, row.version) == (MilestoneState.ACCEPTED, 3)
    assert row.accepted_by_id == in_alpha.people[who].pk
    assert last(measure).action == "milestone.accepted"
    assert f"accepted the milestone «Contract signed» of {measure.code}" in last(measure).sentence
    assert OutboxEvent.objects.filter(topic="milestone.accepted", key=measure.code).exists()
    check_now()


def test_only_the_named_person_accepts(in_alpha: House, measure: Measure) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure))
    for who in ("owner", "pmo", "controller", "administrator"):
        with pytest.raises(Forbidden, match="not_the_acceptor"):
            accept(in_alpha, row, who)
        with pytest.raises(Forbidden, match="not_the_acceptor"):
            give_back(in_alpha, row, who)
    assert Milestone.objects.get().state is MilestoneState.DONE


def test_the_acceptor_does_not_say_that_it_is_done(in_alpha: House, measure: Measure) -> None:
    row = add_milestone(in_alpha, measure, acceptor=in_alpha.people["pmo"])
    with pytest.raises(Refused, match="acceptor_is_doer"):
        done(in_alpha, row, "pmo")
    assert Milestone.objects.get().done_at is None


def test_what_was_not_done_is_not_accepted(in_alpha: House, measure: Measure) -> None:
    row = add_milestone(in_alpha, measure)
    for call in (lambda: accept(in_alpha, row), lambda: give_back(in_alpha, row)):
        with pytest.raises(Conflict, match="milestone_not_done"):
            call()


def test_a_milestone_given_back_is_planned_again(in_alpha: House, measure: Measure) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure))
    with pytest.raises(Invalid) as caught:
        give_back(in_alpha, row, reason=" ")
    assert set(caught.value.errors) == {"reason"}
    row = give_back(in_alpha, row)
    assert (row.state, row.return_reason) == (MilestoneState.PLANNED, "Half of it")
    assert (row.actual_on, row.done_by_id) == (None, None)
    assert last(measure).action == "milestone.returned"
    assert last(measure).reason == "Half of it"
    row = done(in_alpha, change(in_alpha, row, forecast_on=DUE))
    assert row.return_reason == ""
    check_now()


def test_what_is_said_to_be_done_stays_as_it_was_said(in_alpha: House, measure: Measure) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure))
    accepted = accept(in_alpha, done(in_alpha, add_milestone(in_alpha, measure, "Other")))
    for step, code in ((row, "milestone_is_done"), (accepted, "milestone_is_accepted")):
        for call in (
            lambda step=step: change(in_alpha, step, weight=3),
            lambda step=step: remove(in_alpha, step),
            lambda step=step: done(in_alpha, step),
        ):
            with pytest.raises(Conflict, match=code):
                call()
    for call in (lambda: accept(in_alpha, accepted), lambda: give_back(in_alpha, accepted)):
        with pytest.raises(Conflict, match="milestone_is_accepted"):
            call()


@pytest.mark.parametrize("day", [date(1989, 12, 31), timezone.localdate() + timedelta(days=1)])
def test_nothing_is_done_in_the_future(in_alpha: House, measure: Measure, day: date) -> None:
    row = add_milestone(in_alpha, measure)
    with pytest.raises(Invalid) as caught:
        milestone_done(milestone=row, seen_version=1, actual_on=day, by=in_alpha.actor("owner"))
    assert set(caught.value.errors) == {"actual_on"}


def test_a_critical_milestone_is_accepted_on_evidence_alone(
    in_alpha: House, measure: Measure
) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure, is_critical=True))
    with pytest.raises(Conflict, match="evidence_missing"):
        accept(in_alpha, row)
    by = in_alpha.actor("owner")
    gone = prove(in_alpha, row)
    document_withdraw(document=gone, seen_version=1, reason="Wrong", by=by)
    with pytest.raises(Conflict, match="evidence_missing"):
        accept(in_alpha, row)
    prove(in_alpha, row, "Signed page")
    accept(in_alpha, row)
    assert "Signed page" in str(last(measure).changes)
    assert Document.objects.count() == 2


def test_a_late_word_changes_nothing(in_alpha: House, measure: Measure) -> None:
    row = done(in_alpha, add_milestone(in_alpha, measure))
    with pytest.raises(Stale):
        accept(in_alpha, row, seen=1)
    with pytest.raises(Stale):
        milestone_remove(milestone=row, seen_version=1, by=in_alpha.actor("owner"))


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
