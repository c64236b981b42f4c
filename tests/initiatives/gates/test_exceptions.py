"""What gates open exceptions for: unmet conditions and forgotten holds, once per cause (T6, T9)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from approvals.choices import Outcome
from approvals.exceptions.choices import ExceptionSource, ExceptionState
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.services.handling import exception_decide
from approvals.exceptions.services.watching import causes_ease
from approvals.models import ApprovalCondition
from governance.errors import Conflict
from governance.events.services import tenants_with_work
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft
from initiatives.choices import Overlay
from initiatives.gates.asking import Asking
from initiatives.gates.exceptions import hold_reviews_open, money_of, refuse_exceptions
from initiatives.gates.lapses import conditions_lapse
from initiatives.gates.services import move_request
from initiatives.models import Measure
from initiatives.services import level_create, measure_move
from initiatives.tasks import review_holds
from tests.approvals.exceptions.opening import asked, assigned, fresh, opened
from tests.houses import House, World
from tests.initiatives.gates.short import asked as gate_asked
from tests.initiatives.gates.short import in_days, short_model, staffed, voted
from tests.initiatives.making import reloaded
from tests.kpis.making import add_effect, make_planned, plan
from tests.racing import errors_in, race


def held(house: House, review_on: date) -> Measure:
    """A measure on hold until it is looked at again."""
    short_model(house)
    measure = staffed(house, "Held")
    asking = Asking("Wait.", "other", review_on)
    request = move_request(measure=measure, word="hold", asking=asking, by=house.actor("owner"))
    voted(house, request)
    measure.refresh_from_db()
    assert measure.overlay == Overlay.ON_HOLD
    return measure


def conditional(house: House, count: int = 1) -> Measure:
    """A measure that passed a gate with conditions."""
    short_model(house)
    measure = staffed(house, "Conditional")
    voted(house, gate_asked(house, measure), Outcome.CONDITIONAL_GO, conditions=count)
    return measure


def test_each_unmet_condition_opens_an_exception_beside_the_hold(in_alpha: House) -> None:
    measure, by = conditional(in_alpha, count=2), in_alpha.system()
    due = ApprovalCondition.objects.filter(subject_id=measure.pk).first().due_on
    assert conditions_lapse(today=due, by=by) == 0
    assert conditions_lapse(today=due + timedelta(days=3), by=by) == 2
    assert conditions_lapse(today=due + timedelta(days=3), by=by) == 0
    measure.refresh_from_db()
    assert measure.overlay == Overlay.ON_HOLD
    rows = list(GovernanceException.objects.order_by("id"))
    assert [row.source for row in rows] == [ExceptionSource.UNMET_CONDITION] * 2
    assert {row.details["condition"] for row in rows} == {"Condition 0", "Condition 1"}
    assert {row.delay_days for row in rows} == {3}
    assert {row.state for row in rows} == {ExceptionState.OPEN}


def test_a_hold_past_its_review_opens_one_exception(in_alpha: House) -> None:
    measure, by = held(in_alpha, in_days(10)), in_alpha.system()
    assert hold_reviews_open(today=in_days(10), by=by) == 0
    assert hold_reviews_open(today=in_days(11), by=by) == 1
    assert hold_reviews_open(today=in_days(12), by=by) == 0
    row = GovernanceException.objects.get()
    assert (row.source, row.subject_code) == (ExceptionSource.HOLD_REVIEW, measure.code)
    assert row.source_key == f"{measure.code}/{in_days(10)}"


def test_an_accepted_hold_is_not_opened_again_for_the_same_date(in_alpha: House) -> None:
    held(in_alpha, in_days(10))
    by = in_alpha.system()
    hold_reviews_open(today=in_days(11), by=by)
    row = asked(in_alpha, assigned(in_alpha, GovernanceException.objects.get()))
    exception_decide(
        row=row,
        outcome="accept",
        rationale="It waits on purpose.",
        seen_version=row.version,
        by=in_alpha.actor("sponsor"),
    )
    assert hold_reviews_open(today=in_days(40), by=by) == 0


def test_a_resumed_measure_is_noted_and_nothing_closes(in_alpha: House) -> None:
    measure, by = held(in_alpha, in_days(10)), in_alpha.system()
    hold_reviews_open(today=in_days(11), by=by)
    assert causes_ease(by=by) == 0
    asking = Asking("On we go.", "other")
    request = move_request(
        measure=measure, word="resume", asking=asking, by=in_alpha.actor("owner")
    )
    voted(in_alpha, request)
    assert causes_ease(by=by) == 1
    row = GovernanceException.objects.get()
    assert (row.state, row.cause_gone_at is not None) == (ExceptionState.OPEN, True)


def test_exceptions_follow_a_measure_that_moves(in_alpha: House) -> None:
    short_model(in_alpha)
    measure = staffed(in_alpha, "Moves")
    row = opened(in_alpha, measure)
    draft = NodeDraft(Level.PACKAGE, "Another")
    other = level_create(parent=in_alpha.project, draft=draft, by=in_alpha.system(Role.PMO))
    measure_move(
        measure=measure, package=other, seen_version=measure.version, by=in_alpha.actor("pmo")
    )
    assert fresh(in_alpha, row).place_id == other.pk


def test_what_an_exception_is_about_is_not_deleted(in_alpha: House) -> None:
    measure = staffed(in_alpha, "Stays")
    refuse_exceptions([measure.pk], in_alpha.actor("pmo"))
    opened(in_alpha, measure)
    with pytest.raises(Conflict, match="subject_has_exceptions"):
        refuse_exceptions([measure.pk], in_alpha.actor("pmo"))


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_open_one_exception_for_a_hold(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = lasting_world.alpha
    with house.active():
        measure = held(house, in_days(1))
    later = in_days(5)
    monkeypatch.setattr("initiatives.tasks.timezone.localdate", lambda *_args: later)
    monkeypatch.setattr("initiatives.tasks.tenants_with_work", lambda _queue: [house.tenant.pk])
    results = race(*[review_holds] * 3)
    assert not errors_in(results)
    review_holds()
    with house.active():
        rows = GovernanceException.objects.filter(subject_id=measure.pk)
        assert rows.count() == 1
        assert timezone.now() < rows.get().due_at


def test_a_tenant_without_forgotten_holds_is_not_visited(in_alpha: House) -> None:
    held(in_alpha, in_days(30))
    assert in_alpha.tenant.pk not in tenants_with_work("holds")


def test_the_money_of_a_measure_is_what_it_plans(alpha: House) -> None:
    """The sortable copy counts in ten-thousandths, not in cents."""
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "1500.25"})
    assert money_of(reloaded(alpha, measure)) == Decimal("1500.25")
