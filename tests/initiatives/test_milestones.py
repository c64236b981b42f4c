"""Milestones: planned, frozen by T3 (V2), done by one, accepted by another (D1, S1)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.people.services import membership_end
from initiatives.documents.services import document_withdraw
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.rules import MOST_MILESTONES
from initiatives.milestones.selectors import milestone_by_id
from initiatives.milestones.services import (
    milestone_change,
    milestone_done,
    milestone_remove,
)
from initiatives.models import Document, Measure, Milestone
from initiatives.services import measure_change
from initiatives.services_bulk import MeasureChange, measures_change
from tests.architecture.violations.breaking import check_now
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.papers import (
    DUE,
    accept,
    add_milestone,
    change,
    done,
    give_back,
    last,
    prove,
    remove,
)


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    return make_measure(in_alpha, owner=in_alpha.people["owner"])


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


@pytest.mark.parametrize("days", [-20_000, 1])
def test_nothing_is_done_in_the_future(in_alpha: House, measure: Measure, days: int) -> None:
    day = timezone.localdate() + timedelta(days=days)
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
