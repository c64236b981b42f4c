"""Milestones, holds, claims and validations that pass their day escalate to the right people."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.escalations.services.running import Ran, escalations_run
from governance.permissions.selectors import system_actor
from initiatives.choices import Overlay
from initiatives.models import Measure, Milestone
from initiatives.overdue import SOURCES as OF_MEASURES
from kpis.actuals.overdue import SOURCES as OF_MONTHS
from kpis.models import Effect
from kpis.rules import Month
from tests.approvals.escalations.desk import staff
from tests.houses import House
from tests.initiatives.making import make_measure, reloaded
from tests.initiatives.papers import add_milestone, change
from tests.initiatives.papers import done as said_done
from tests.kpis.actual_making import claim, judge, named
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.settling import settled
from tests.kpis.staging import moved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
LATER = datetime(2027, 6, 1, tzinfo=UTC)


def run(house: House, moment: datetime) -> Ran:
    with house.active():
        return escalations_run(by=system_actor(house.tenant.pk, via="worker"), now=moment)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(house: House, kind: str) -> list[tuple[int, str]]:
    with house.active():
        rows = EscalationReceiver.objects.filter(escalation__source=kind).order_by("id")
        return [(row.number, row.member.name) for row in rows.select_related("member__user")]


def ends(house: House, kind: str) -> list[tuple[str, str | None]]:
    with house.active():
        rows = Escalation.objects.filter(source=kind).order_by("id")
        return [
            (row.end_reason, row.ended_by.name if row.ended_by else None)
            for row in rows.select_related("ended_by__user")
        ]


def test_every_source_has_a_chain_of_its_own() -> None:
    codes = [source.code for source in (*OF_MEASURES, *OF_MONTHS)]
    assert codes == ["milestone", "condition", "hold_review", "claim", "validation"]


@pytest.fixture
def late(alpha: House) -> Milestone:
    """A milestone of a decided measure, due on Wednesday 4 March 2026."""
    staff(alpha)
    measure = make_measure(alpha, owner=alpha.people["owner"], sponsor=alpha.people["sponsor"])
    with alpha.active():
        row = add_milestone(alpha, measure, plan_on=date(2026, 3, 4))
    moved(alpha, measure, "decided")
    return row


def test_a_milestone_climbs_until_its_owner_says_it_is_done(alpha: House, late: Milestone) -> None:
    assert run(alpha, at("2026-03-04 23:00")).opened == 0
    assert run(alpha, at("2026-03-05 00:01")).opened == 1
    run(alpha, at("2026-03-06 00:01"))
    run(alpha, at("2026-03-10 00:01"))
    assert told(alpha, "milestone") == [(1, "Owner"), (2, "Executive")]
    with alpha.active():
        said_done(alpha, Milestone.objects.select_related("measure__package").get(pk=late.pk))
    assert run(alpha, at("2026-03-10 00:02")).ended == 1
    assert ends(alpha, "milestone") == [("done", "Owner")]
    assert run(alpha, LATER).told == 0


def test_a_new_forecast_is_another_day_and_its_clock_begins_anew(
    alpha: House, late: Milestone
) -> None:
    run(alpha, at("2026-03-05 00:01"))
    with alpha.active():
        row = Milestone.objects.select_related("measure__package").get(pk=late.pk)
        change(alpha, row, forecast_on=date(2026, 3, 20))
    assert run(alpha, at("2026-03-05 00:02")).ended == 1
    assert ends(alpha, "milestone") == [("moved", None)]
    assert run(alpha, at("2026-03-20 23:00")).opened == 0
    assert run(alpha, at("2026-03-21 00:01")).opened == 1


def test_a_measure_on_hold_stops_the_clocks_of_its_milestones(
    alpha: House, late: Milestone
) -> None:
    run(alpha, at("2026-03-05 00:01"))
    with alpha.active():
        measure = Measure.objects.get(pk=late.measure_id)
    moved(alpha, measure, overlay=Overlay.ON_HOLD)
    run(alpha, at("2026-03-05 12:00"))
    for day in range(6, 26):
        assert run(alpha, at(f"2026-03-{day:02} 00:01")).told == 0
    moved(alpha, measure, overlay=Overlay.ACTIVE)
    run(alpha, at("2026-03-26 00:01"))
    assert told(alpha, "milestone") == []
    run(alpha, at("2026-03-27 00:01"))
    assert told(alpha, "milestone") == [(1, "Owner")]


@pytest.mark.parametrize("stage", ["identified", "detailed", "closed"])
def test_plans_that_nobody_works_on_fall_not_due(alpha: House, late: Milestone, stage: str) -> None:
    with alpha.active():
        measure = Measure.objects.get(pk=late.measure_id)
    moved(alpha, measure, stage)
    assert run(alpha, at("2026-03-05 00:01")).opened == 0


def test_a_hold_past_its_review_climbs_although_the_measure_is_on_hold(alpha: House) -> None:
    staff(alpha)
    measure = make_measure(alpha, owner=alpha.people["owner"], sponsor=alpha.people["sponsor"])
    moved(alpha, measure, overlay=Overlay.ON_HOLD)
    with alpha.active():
        row = reloaded(alpha, measure)
        assert row.overlay == Overlay.ON_HOLD
    set_review(alpha, measure, date(2026, 3, 4))
    assert run(alpha, at("2026-03-04 12:00")).opened == 0
    run(alpha, at("2026-03-05 00:01"))
    assert told(alpha, "hold_review") == [(1, "Owner")]
    run(alpha, at("2026-03-10 00:01"))
    assert told(alpha, "hold_review") == [(1, "Owner"), (2, "Sponsor")]
    moved(alpha, measure, overlay=Overlay.ACTIVE)
    run(alpha, at("2026-03-10 00:02"))
    assert ends(alpha, "hold_review") == [("done", None)]


def set_review(house: House, measure: Measure, day: date) -> None:
    with house.active():
        moved(house, measure)
        Measure.objects.filter(pk=measure.pk).update(review_on=day)


def planned_in(house: House, month: Month) -> Effect:
    """An effect of a decided measure that was to bring something in a month."""
    staff(house)
    measure = named(house, make_planned(house), controller="controller")
    effect = add_effect(house, measure)
    plan(house, effect, {str(month): "10"})
    moved(house, measure, "decided")
    return effect


def test_a_month_that_nobody_claims_and_then_nobody_judges(alpha: House) -> None:
    month = Month(2026, 1)
    planned_in(alpha, month)
    settled(alpha, closes_from=month)
    # January ends on a Saturday; claims lock after working day 5, which is Friday 6 February.
    assert run(alpha, at("2026-01-31 23:00")).opened == 0
    assert run(alpha, at("2026-02-01 00:01")).opened == 1
    run(alpha, at("2026-02-04 00:01"))
    assert told(alpha, "claim") == [(1, "Owner")]
    run(alpha, at("2026-02-06 00:01"))
    assert told(alpha, "claim") == [(1, "Owner"), (2, "Executive")]
    run(alpha, at("2026-02-07 00:01"))
    assert ends(alpha, "claim") == [("obsolete", None)]
    assert run(alpha, at("2026-02-20 00:01")).opened == 0


def test_who_claims_in_time_hears_nothing_and_finance_is_asked_next(
    alpha: House,
) -> None:
    today = timezone.now()
    last = Month(today.year, today.month).plus(-1)
    effect = planned_in(alpha, last)
    settled(alpha, closes_from=last, claim_day=60, validation_day=60)
    claim(alpha, effect, {last: "9"})
    assert run(alpha, today).opened == 0
    # Sixty working days are twelve weeks of the standard calendar.
    after = datetime.combine(last.plus(1).first_day, time(12), tzinfo=UTC) + timedelta(days=86)
    run(alpha, after)
    with alpha.active():
        (row,) = Escalation.objects.filter(source="validation")
    assert row.owes_id == alpha.people["controller"].pk
    judge(alpha, effect, last)
    run(alpha, after + timedelta(minutes=1))
    assert ends(alpha, "validation") == [("done", "Controller")]
