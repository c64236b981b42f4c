"""Levels are reached once, by the right people, and everything else is written down (T17)."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import timezone

from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.models import Escalation, EscalationLevel
from approvals.escalations.registry import Settled
from approvals.escalations.selectors import levels_reached
from approvals.escalations.services.policies import policy_propose, policy_publish
from governance.audit.models import AuditEvent
from governance.calendars.rules import Holiday
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.notifications.models import Notification
from governance.people.models import Membership
from tests.approvals.escalations.desk import (
    Desk,
    at,
    desk_of,
    notices,
    only,
    outcomes,
    staff,
    told_at,
)
from tests.houses import House

pytestmark = pytest.mark.django_db
EVERYBODY = [
    (1, "Owner"),
    (2, "Executive"),
    (3, "Pmo"),
    (4, "Sponsor"),
    (5, "Forum Member"),
]
# The morning after the end of each level's day; due is Wednesday 4 March 2026.
MORNINGS = ("2026-03-06", "2026-03-10", "2026-03-13", "2026-03-19", "2026-03-26")


@pytest.fixture
def desk(in_alpha: House) -> Iterator[Desk]:
    staff(in_alpha)
    with desk_of(in_alpha) as desk:
        yield desk


def test_it_climbs_day_by_day_and_tells_each_person_once(desk: Desk) -> None:
    desk.owe()
    assert desk.run("2026-03-04 12:00").opened == 0
    assert desk.run("2026-03-05 00:01").opened == 1
    for number, morning in enumerate(MORNINGS, start=1):
        assert desk.run(f"{morning} 00:01").climbed == 1
        assert told_at() == EVERYBODY[:number]
        again = desk.run(f"{morning} 00:02")
        assert (again.opened, again.climbed, again.told) == (0, 0, 0)
    assert only().next_at is None
    assert desk.run("2027-01-01 00:00").climbed == 0
    assert notices() == len(EVERYBODY)
    assert desk.heard == [("one", [name]) for _number, name in EVERYBODY]
    (levels,) = levels_reached([only()]).values()
    assert [(one.tier, [p.name for p in one.told]) for one in levels][2] == (
        Tier.PROGRAM_MANAGER,
        ["Pmo"],
    )


def test_nothing_happens_a_minute_before_a_level_is_due(desk: Desk) -> None:
    desk.owe()
    desk.run("2026-03-05 00:00")
    assert desk.run("2026-03-05 23:59").climbed == 0
    assert desk.run("2026-03-06 00:00").climbed == 1


def test_a_weekend_passes_without_a_word(desk: Desk) -> None:
    """Due on a Friday: business days do not pass on Saturday and Sunday, with or without us."""
    desk.owe(due_at=at("2026-03-06 23:59"))
    for moment in ("2026-03-07 09:00", "2026-03-08 09:00", "2026-03-09 09:00"):
        assert desk.run(moment).told == 0
    assert desk.run("2026-03-10 00:00").told == 1


def test_after_a_stop_of_the_scheduler_only_the_highest_level_is_told(desk: Desk) -> None:
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.run("2026-03-06 00:01")
    desk.run("2026-03-20 08:00")
    assert told_at() == [(1, "Owner"), (4, "Sponsor")]
    assert outcomes() == [(1, "told"), (2, "passed"), (3, "passed"), (4, "told")]
    assert desk.run("2026-03-20 08:01").told == 0


def test_what_is_noticed_late_begins_with_whoever_is_nearest(desk: Desk) -> None:
    """An import brings a plan that was overdue for months: its owner hears of it first."""
    desk.owe()
    assert desk.run("2026-06-10 09:00").told == 1
    assert told_at() == [(1, "Owner")]
    assert desk.run("2026-06-11 09:00").told == 0
    desk.run("2026-06-12 00:01")
    assert told_at() == [(1, "Owner"), (2, "Executive")]


def test_a_crowd_of_things_makes_one_notice_for_each_person(desk: Desk) -> None:
    for number in range(30):
        desk.owe(str(number))
    desk.run("2026-03-05 00:01")
    ran = desk.run("2026-03-06 00:01")
    assert (ran.climbed, ran.told, notices()) == (30, 1, 1)
    row = Notification.objects.get(kind="escalations")
    assert (row.params["count"], len(row.params["items"])) == (30, 20)
    assert row.recipient_id == desk.house.people["owner"].pk


def test_a_person_who_left_is_skipped_at_once_with_a_note(desk: Desk) -> None:
    owner = desk.house.people["owner"]
    Membership.objects.filter(pk=owner.pk).update(ended_at=timezone.now())
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.run("2026-03-06 00:01")
    assert told_at() == [(2, "Executive")]
    assert outcomes() == [(1, "left"), (2, "told")]
    assert EscalationLevel.objects.get(number=1).missing == "Owner"


def test_a_vacant_part_and_somebody_without_sight_are_skipped(desk: Desk) -> None:
    guest = desk.house.people["guest"]
    desk.owe(owes=(guest.pk,), sponsor=None, forum=None)
    desk.run("2026-03-05 00:01")
    desk.run("2026-03-06 00:01")
    assert outcomes() == [(1, "left"), (2, "told")]
    desk.run("2026-03-13 00:01")
    desk.run("2026-03-19 00:01")
    # Nobody sponsors it, and no forum judges it: the chain ends, and the list shows it.
    assert outcomes()[2:] == [(3, "told"), (4, "vacant"), (5, "vacant")]
    assert only().next_at is None


def test_who_was_told_is_not_told_again_as_somebody_else(desk: Desk) -> None:
    """The same person leads the package and sponsors the measure."""
    desk.owe(sponsor=desk.house.people["executive"].pk)
    for morning in ("2026-03-05", *MORNINGS[:4]):
        desk.run(f"{morning} 00:01")
    assert told_at() == EVERYBODY[:3]
    assert outcomes()[3] == (4, "already")


def test_it_ends_when_it_is_settled_and_says_by_whom(desk: Desk) -> None:
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.settle("one", Settled(EndReason.DONE, desk.house.people["owner"].pk))
    assert desk.run("2026-03-05 09:00").ended == 1
    row = only()
    assert (row.end_reason, row.ended_by_id) == ("done", desk.house.people["owner"].pk)
    assert desk.run("2026-03-30 09:00").told == 0
    # The same thing owed again is another escalation.
    desk.owe()
    assert desk.run("2026-03-30 10:00").opened == 1
    assert Escalation.objects.count() == 2


def test_what_vanishes_without_a_word_is_no_longer_owed(desk: Desk) -> None:
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.settle("one")
    desk.run("2026-03-05 09:00")
    assert (only().end_reason, only().ended_by_id) == ("obsolete", None)


def test_on_hold_its_clock_stands(desk: Desk) -> None:
    """G10: five business days on hold make every level five business days later."""
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.owe(is_stopped=True)
    desk.run("2026-03-05 12:00")
    assert only().stopped_at is not None
    assert desk.run("2026-03-12 11:00").told == 0
    desk.owe()
    desk.run("2026-03-12 12:00")
    assert only().days_lost == 5
    assert desk.run("2026-03-12 23:00").told == 0
    assert desk.run("2026-03-13 00:01").told == 1


def test_what_falls_due_while_on_hold_begins_when_work_goes_on(desk: Desk) -> None:
    desk.owe(is_stopped=True)
    desk.run("2026-03-20 12:00")
    desk.owe()
    assert desk.run("2026-05-20 12:00").told == 0
    assert desk.run("2026-05-22 00:01").told == 1
    assert told_at() == [(1, "Owner")]


def test_days_off_for_everybody_stop_every_clock(desk: Desk) -> None:
    """A calendar that makes all days of two years holidays: nobody is told, nothing runs away."""
    by, second = desk.house.actor("pmo"), desk.house.actor("administrator")
    first = date(2026, 3, 2)
    days = [Holiday(date.fromordinal(first.toordinal() + n), "Closed") for n in range(500)]
    calendar_propose(draft=CalendarDraft(holidays=days), by=by)
    calendar_publish(number=1, seen_version=1, by=second)
    desk.owe()
    desk.run("2026-03-05 00:01")
    for moment in ("2026-03-06 00:01", "2026-12-31 12:00", "2027-07-14 12:00"):
        assert desk.run(moment).told == 0
    row = only()
    assert row.next_at is not None
    # The first day after the last holiday is the first business day there is.
    assert row.next_at.date() == date(2027, 7, 15)
    assert desk.run("2027-07-16 00:01").told == 1


def test_it_climbs_by_the_policy_it_began_under(desk: Desk) -> None:
    """S5: another version holds for what is noticed from then on."""
    desk.owe("old")
    desk.run("2026-03-05 00:01")
    said = {"desk": {Tier.SPONSOR: 0}}
    policy_propose(said=said, by=desk.house.actor("pmo"))
    policy_publish(number=1, seen_version=1, by=desk.house.actor("administrator"))
    desk.owe("new")
    desk.run("2026-03-05 00:02")
    assert told_at() == [(1, "Sponsor")]
    desk.run("2026-03-06 00:01")
    assert sorted(told_at()) == [(1, "Owner"), (1, "Sponsor")]


def test_each_step_stands_in_the_audit_trail(desk: Desk) -> None:
    before = AuditEvent.objects.count()
    desk.owe()
    desk.run("2026-03-05 00:01")
    desk.run("2026-03-06 00:01")
    desk.settle("one")
    desk.run("2026-03-06 09:00")
    rows = AuditEvent.objects.order_by("id")[before:]
    assert [row.action for row in rows] == [
        "escalation.opened",
        "escalation.climbed",
        "escalation.ended",
    ]
