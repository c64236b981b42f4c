"""What the scheduled worker does: climbing, lapsed clocks, causes gone; once each."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from approvals.exceptions.choices import ExceptionSource, ExceptionState, Tier
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.rules import rank_of
from approvals.exceptions.services.opening import exception_subject
from approvals.exceptions.services.watching import (
    causes_ease,
    exceptions_climb,
    lapsed_clocks_open,
)
from approvals.models import ApprovalStep
from approvals.services.escalating import step_escalate
from approvals.services.requests import request_withdraw
from approvals.tasks import watch_exceptions
from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.services import record
from governance.calendars.rules import Holiday, NoBusinessDay
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from tests.approvals.climbing import asked as gate_asked
from tests.approvals.climbing import climber, publish_short_model
from tests.approvals.exceptions.opening import decided, fresh, opened
from tests.houses import House, World
from tests.racing import errors_in, race

SECOND = timedelta(seconds=1)


@pytest.fixture
def by(in_alpha: House) -> Actor:
    return in_alpha.system()


def due(row: GovernanceException) -> datetime:
    return GovernanceException.objects.get(pk=row.pk).due_at


def test_what_nobody_answers_climbs_when_its_clock_ends_and_is_due_anew(
    in_alpha: House, by: Actor
) -> None:
    row = opened(in_alpha, amount="10")
    end = due(row)
    assert exceptions_climb(by=by, now=end - SECOND) == 0
    assert exceptions_climb(by=by, now=end + SECOND) == 1
    assert exceptions_climb(by=by, now=end + SECOND) == 0
    kept = fresh(in_alpha, row)
    assert (kept.first_tier, kept.tier, kept.climbs) == (1, Tier.CROSS_FUNCTIONAL, 1)
    assert kept.due_at > end
    assert kept.rank == rank_of(kept.amount, kept.due_at)
    assert exceptions_climb(by=by, now=kept.due_at + SECOND) == 1
    top = fresh(in_alpha, row)
    assert (top.tier, top.climbs) == (Tier.COMMITTEE, 2)
    assert exceptions_climb(by=by, now=top.due_at + timedelta(days=400)) == 0
    told = AuditEvent.objects.filter(body__contains="exception.climbed").count()
    assert told == 2


def test_a_worker_that_was_away_for_months_moves_each_up_once(in_alpha: House, by: Actor) -> None:
    row = opened(in_alpha)
    assert exceptions_climb(by=by, now=due(row) + timedelta(days=200)) == 1
    assert exceptions_climb(by=by, now=due(row) - SECOND) == 0
    assert fresh(in_alpha, row).tier == Tier.CROSS_FUNCTIONAL


def test_what_is_answered_climbs_no_more(in_alpha: House, by: Actor) -> None:
    row = decided(in_alpha)
    assert exceptions_climb(by=by, now=due(row) + timedelta(days=30)) == 0
    assert fresh(in_alpha, row).state == ExceptionState.DECIDED


def use(house: House, zone: str, *holidays: date) -> None:
    """Put the tenant into a zone and a calendar with these holidays into force."""
    Tenant.objects.filter(pk=house.tenant.pk).update(time_zone=zone)
    if holidays:
        days = tuple(Holiday(day, "Closed") for day in holidays)
        row = calendar_propose(draft=CalendarDraft(holidays=days), by=house.actor("pmo"))
        calendar_publish(
            number=row.number, seen_version=row.version, by=house.actor("administrator")
        )


@pytest.mark.parametrize(
    ("now", "local", "tier_two"),
    [
        # Over the year's end: Monday to Friday, no holidays.
        ("2026-12-28T10:00Z", date(2027, 1, 4), date(2027, 1, 19)),
        # Over 29 February.
        ("2028-02-23T10:00Z", date(2028, 3, 1), date(2028, 3, 16)),
        # The nights on which clocks go forward and back in Berlin.
        ("2026-03-27T23:30Z", date(2026, 4, 3), date(2026, 4, 17)),
        ("2026-10-23T22:30Z", date(2026, 10, 30), date(2026, 11, 13)),
    ],
)
def test_clocks_count_local_business_days(
    in_alpha: House,
    by: Actor,
    monkeypatch: pytest.MonkeyPatch,
    now: str,
    local: date,
    tier_two: date,
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    use(in_alpha, "Europe/Berlin")
    moment = datetime.fromisoformat(now)
    with monkeypatch.context() as patched:
        patched.setattr("approvals.exceptions.services.opening.timezone.now", lambda: moment)
        row = opened(in_alpha)
    end = due(row).astimezone(zone)
    assert end.date() == local
    assert (end + timedelta(microseconds=1)).astimezone(zone).hour in {0, 1}
    assert exceptions_climb(by=by, now=due(row) + SECOND) == 1
    # Its clock starts in the first second of the next day.
    assert due(row).astimezone(zone).date() == tier_two


def every_day(count: int) -> list[date]:
    start = timezone.localdate()
    return [start + timedelta(days=day) for day in range(count)]


def test_a_table_of_holidays_that_closes_every_day_neither_loops_nor_storms(
    in_alpha: House, by: Actor
) -> None:
    use(in_alpha, "UTC", *every_day(500))
    row = opened(in_alpha)
    # The calendar reaches no further than 500 holidays: the clock ends after them.
    assert due(row) > timezone.now() + timedelta(days=499)
    for _run in range(5):
        assert exceptions_climb(by=by) == 0


def test_a_calendar_without_any_business_day_is_counted_monday_to_friday(
    in_alpha: House, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_args: object) -> datetime:
        raise NoBusinessDay

    monkeypatch.setattr("approvals.clock.due_at", never)
    row = opened(in_alpha)
    assert timezone.now() + timedelta(days=4) < due(row) < timezone.now() + timedelta(days=9)
    assert exceptions_climb(by=by, now=due(row) + SECOND) == 1
    assert exceptions_climb(by=by, now=due(row) - SECOND) == 0


# --- lapsed clocks ------------------------------------------------------------------------------


def silent(house: House, by: Actor) -> tuple[ApprovalStep, datetime]:
    """A request nobody answers, escalated once; and when its clock has run a second time."""
    publish_short_model(house)
    request = gate_asked(house, climber(house))
    step = ApprovalStep.objects.get(request=request, state="open")
    assert step.due_at is not None
    step_escalate(step=step, told=[], decider=None, by=by)
    step.refresh_from_db()
    return step, step.due_at + timedelta(days=2 * step.clock_days + 6)


def test_a_step_silent_for_its_clock_again_opens_one_exception(in_alpha: House, by: Actor) -> None:
    step, late = silent(in_alpha, by)
    assert step.escalated_at is not None
    assert lapsed_clocks_open(by=by, now=step.escalated_at + timedelta(days=1)) == 0
    assert lapsed_clocks_open(by=by, now=late) == 1
    assert lapsed_clocks_open(by=by, now=late) == 0
    row = GovernanceException.objects.get()
    assert (row.source, row.source_key) == (ExceptionSource.LAPSED_CLOCK, str(step.public_id))
    assert (row.subject_code, row.opened_by_id) == (step.request.subject_code, None)
    assert row.is_finance is (step.part == "controller")
    step.request.refresh_from_db()
    assert step.request.state == "open"


def test_an_answer_is_noted_and_closes_nothing(in_alpha: House, by: Actor) -> None:
    step, late = silent(in_alpha, by)
    lapsed_clocks_open(by=by, now=late)
    assert causes_ease(by=by) == 0
    request_withdraw(request=step.request, comment="", by=in_alpha.actor("owner"))
    assert causes_ease(by=by) == 1
    assert causes_ease(by=by) == 0
    row = GovernanceException.objects.get()
    assert row.cause_gone_at is not None
    assert row.state == ExceptionState.OPEN
    assert lapsed_clocks_open(by=by, now=late) == 0


def test_what_was_opened_by_hand_has_no_cause_to_lose(in_alpha: House, by: Actor) -> None:
    opened(in_alpha)
    assert causes_ease(by=by) == 0


def overdue(house: House, row: GovernanceException) -> None:
    """Let the clock of an exception have ended, as if days had passed."""
    with house.active():
        record(AuditAction.EXCEPTION_EASED, subject=exception_subject(row), by=house.system())
        rows = GovernanceException.objects.filter(pk=row.pk)
        rows.update(due_at=timezone.now() - timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_move_each_up_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    rows = [opened(house, title=f"Late {number}") for number in range(3)]
    for row in rows:
        overdue(house, row)
    results = race(*[watch_exceptions] * 3)
    assert not errors_in(results)
    watch_exceptions()
    for row in rows:
        kept = fresh(house, row)
        assert (kept.tier, kept.climbs) == (Tier.CROSS_FUNCTIONAL, 1)
