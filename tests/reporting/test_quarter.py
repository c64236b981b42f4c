"""A quarter of a program that nobody watches: everything overdue reaches the right person, once."""

from collections import Counter
from datetime import date, timedelta

import pytest

from approvals.escalations.choices import Tier
from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.overdue import SOURCES as EXCEPTIONS
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalVote
from governance.notifications.models import Notification
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure, Milestone
from initiatives.overdue import SOURCES
from initiatives.rhythm.silence import SOURCES as SILENCE
from reporting.period_reports.overdue import SOURCES as REPORTS
from tests.houses import House
from tests.reporting.quarter import MEASURES, REQUESTS, WEEKS, Quarter

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("open_stages")]
CHAINS = {
    source.code: sorted(source.shipped.values())
    for source in (*SOURCES, *SILENCE, *EXCEPTIONS, *REPORTS)
}


def business_days(first: date, last: date) -> int:
    """Those after the first day up to the last one, counted one by one."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day.isoweekday() <= 5 for day in days)


def test_a_quarter_of_careless_owners(in_alpha: House, capsys: pytest.CaptureFixture[str]) -> None:
    quarter = Quarter(in_alpha).settle_in()
    quarter.live()
    with capsys.disabled():
        print("\n" + quarter.story())  # noqa: T201  # the story is what this test is read for
    end = quarter.start + timedelta(days=WEEKS * 7)
    everything_overdue_is_known(end)
    every_silence_was_noticed_once(quarter)
    every_exception_climbed_and_then_escalated(quarter)
    the_report_that_nobody_signed_is_one_streak(quarter)
    each_level_was_reached_in_time(quarter, end)
    the_right_people_were_told_once(quarter)
    nothing_was_approved_by_silence()
    # Somebody was careless enough for every level, and somebody careful enough for an end.
    assert set(EscalationLevel.objects.values_list("number", flat=True)) == {1, 2, 3, 4, 5}
    assert Escalation.objects.filter(end_reason="done").exists()


def everything_overdue_is_known(end: date) -> None:
    late = Milestone.objects.filter(done_at__isnull=True, plan_on__lt=end)
    keys = {f"{row.public_id}:{row.plan_on.isoformat()}" for row in late}
    known = Escalation.objects.filter(source="milestone", ended_at__isnull=True)
    assert keys == set(known.values_list("item_key", flat=True))
    silent = Escalation.objects.filter(source="decision", ended_at__isnull=True)
    assert silent.count() == REQUESTS


def every_silence_was_noticed_once(quarter: Quarter) -> None:
    """By a count of Fridays and of what owners gave: one escalation for each streak of silence."""
    rows = Escalation.objects.filter(source="status_update")
    assert Counter(rows.values_list("subject_id", flat=True)) == quarter.updates.streaks
    still = rows.filter(ended_at__isnull=True)
    assert set(still.values_list("subject_id", flat=True)) == quarter.updates.silent
    done = rows.filter(end_reason="done")
    assert done.exists()
    owners = {row.pk: row.owner_id for row in quarter.updates.measures.values()}
    assert all(row.ended_by_id == owners[row.subject_id] for row in done)


def every_exception_climbed_and_then_escalated(quarter: Quarter) -> None:
    rows = GovernanceException.objects.all()
    assert rows.count() == len(quarter.deviations.rows)
    assert {row.tier for row in rows} == {3}
    told = Counter(
        Notification.objects.filter(kind="exception.climbed").values_list(
            "recipient_id", "params__code", "params__tier"
        )
    )
    assert set(told.values()) == {1}
    assert {(code, tier) for _person, code, tier in told} == {
        (row.code, tier) for row in rows for tier in (2, 3)
    }
    escalated = Escalation.objects.filter(source="exception")
    assert Counter(escalated.values_list("item_key", flat=True)) == Counter(
        row.code for row in rows
    )
    still = escalated.filter(ended_at__isnull=True)
    assert {row.item_key for row in still} == {row.code for row in rows if not row.outcome}


def the_report_that_nobody_signed_is_one_streak(quarter: Quarter) -> None:
    row = Escalation.objects.get(source="period_report")
    assert (row.subject_code, row.ended_at) == (quarter.house.program.code, None)
    assert row.due_at.date() == quarter.updates.first_friday
    assert row.level == len(CHAINS["period_report"])


def each_level_was_reached_in_time(quarter: Quarter, end: date) -> None:
    """By a count of business days that knows nothing of calendars, for all that was never held."""
    rows = Escalation.objects.filter(source__in=CHAINS)
    rows = rows.exclude(subject_type=SUBJECT, subject_id__in=quarter.held)
    seen = {"milestone", "status_update", "exception", "period_report"}
    assert set(rows.values_list("source", flat=True)) == seen
    for row in rows:
        # The run after midnight sees the days that have ended; the one that ends it climbs nothing.
        until = end if row.ended_at is None else row.ended_at.date() - timedelta(days=1)
        passed = business_days(row.runs_from.date(), until - timedelta(days=1))
        assert row.level == sum(days <= passed for days in CHAINS[row.source]), row.item_key


def the_right_people_were_told_once(quarter: Quarter) -> None:
    levels = Counter(EscalationLevel.objects.values_list("escalation_id", "number"))
    told = Counter(EscalationReceiver.objects.values_list("escalation_id", "member_id"))
    assert set(levels.values()) == set(told.values()) == {1}
    tiers = {
        (row.escalation_id, row.number): Tier(row.tier) for row in EscalationLevel.objects.all()
    }
    for row in EscalationReceiver.objects.select_related("escalation"):
        tier = tiers[row.escalation_id, row.number]
        assert row.member_id == quarter.right_person(row.escalation, tier), (row.number, tier)
    notices = Notification.objects.filter(kind__startswith="escalation")
    assert notices.count() == sum(week.notices for week in quarter.weeks.values())
    a_day = Counter(EscalationReceiver.objects.values_list("member_id", "told_at").distinct())
    assert notices.count() == len(a_day), "more than one notice for a person and run"


def nothing_was_approved_by_silence() -> None:
    assert not ApprovalVote.objects.exists()
    assert not ApprovalDecision.objects.exists()
    assert ApprovalRequest.objects.filter(state="open").count() == REQUESTS
    assert Measure.objects.filter(stage="identified").count() >= REQUESTS
    assert Measure.objects.filter(stage="decided").count() == MEASURES - REQUESTS
