"""Levels fall due at the end of business days as people live them, in every zone and season."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from approvals.escalations.choices import Tier
from approvals.escalations.rules import due_levels, levels_of, policy_faults
from governance.calendars.rules import (
    MONDAY_TO_FRIDAY,
    STANDARD,
    BusinessCalendar,
    business_days_before,
    end_of_day,
)
from tests.approvals.escalations.desk import Desk, desk_of, in_zone, only, staff
from tests.houses import House

pytestmark = pytest.mark.django_db

# Zone, the day that is due, and the end of the next business day there, in UTC.
NIGHTS = [
    # Spring forward on Sunday 29 March 2026, over the weekend and on the day after.
    ("Europe/Berlin", "2026-03-27", "2026-03-30T22:00:00"),
    ("Europe/Berlin", "2026-03-26", "2026-03-27T23:00:00"),
    # Back on Sunday 25 October 2026.
    ("Europe/Berlin", "2026-10-23", "2026-10-26T23:00:00"),
    ("Europe/Berlin", "2026-10-22", "2026-10-23T22:00:00"),
    # Year end: 1 January is a business day of the standard calendar.
    ("Europe/Berlin", "2026-12-31", "2027-01-01T23:00:00"),
    ("Europe/Berlin", "2027-12-31", "2028-01-03T23:00:00"),
    # 29 February 2028 is a Tuesday.
    ("Europe/Berlin", "2028-02-28", "2028-02-29T23:00:00"),
    ("Europe/Berlin", "2028-02-29", "2028-03-01T23:00:00"),
    ("Europe/Berlin", "2027-02-26", "2027-03-01T23:00:00"),
    # Elsewhere: New York changes on 8 March and 1 November 2026, Kolkata never.
    ("America/New_York", "2026-03-06", "2026-03-10T04:00:00"),
    ("America/New_York", "2026-10-30", "2026-11-03T05:00:00"),
    ("Asia/Kolkata", "2026-03-04", "2026-03-05T18:30:00"),
    ("Pacific/Kiritimati", "2026-12-31", "2027-01-01T10:00:00"),
]


@pytest.fixture
def desk(in_alpha: House) -> Iterator[Desk]:
    staff(in_alpha)
    with desk_of(in_alpha) as desk:
        yield desk


@pytest.mark.parametrize(("zone", "due_on", "ends"), NIGHTS)
def test_the_first_level_falls_due_when_the_next_business_day_has_ended(
    desk: Desk, zone: str, due_on: str, ends: str
) -> None:
    in_zone(desk.house, zone)
    due = end_of_day(date.fromisoformat(due_on), ZoneInfo(zone))
    desk.owe(due_at=due)
    midnight = datetime.fromisoformat(ends).replace(tzinfo=UTC)
    desk.run((due + timedelta(minutes=1)).isoformat())
    assert only().next_at == midnight - timedelta(microseconds=1)
    assert desk.run((midnight - timedelta(seconds=1)).isoformat()).told == 0
    assert desk.run(midnight.isoformat()).told == 1
    assert desk.run((midnight + timedelta(seconds=1)).isoformat()).told == 0


def test_an_hour_that_comes_twice_tells_nobody_twice(desk: Desk) -> None:
    """Every quarter of an hour through both nights of Berlin."""
    in_zone(desk.house, "Europe/Berlin")
    for day in ("2026-03-26", "2026-10-22"):
        desk.owe(day, due_at=end_of_day(date.fromisoformat(day), ZoneInfo("Europe/Berlin")))
    told = 0
    for start in ("2026-03-27T22:00", "2026-10-23T20:00"):
        moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
        for quarter in range(12 * 4):
            told += desk.run((moment + timedelta(minutes=15 * quarter)).isoformat()).told
    assert told == 3  # the owner of each, and the package lead of the one from spring


def test_days_before_go_back_over_weekends_and_give_up_after_a_year() -> None:
    assert business_days_before(date(2026, 3, 9), 3, STANDARD) == date(2026, 3, 4)
    assert business_days_before(date(2026, 3, 8), 1, STANDARD) == date(2026, 3, 5)
    assert business_days_before(date(2026, 3, 9), 0, STANDARD) == date(2026, 3, 9)
    closed = frozenset(date(2025, 1, 1) + timedelta(days=n) for n in range(500))
    calendar = BusinessCalendar(MONDAY_TO_FRIDAY, closed, 1)
    assert business_days_before(date(2026, 3, 9), 3, calendar) == date(2025, 3, 9)


def test_policies_say_what_cannot_be_kept() -> None:
    sources = {"line": False, "money": True}
    assert policy_faults({"line": {Tier.OWES: 0, Tier.SPONSOR: 250}}, sources) == {}
    said = {
        "line": {Tier.OWES: 2, Tier.SPONSOR: 2, Tier.HEAD_OF_CONTROLLING: 3},
        "money": {Tier.OWES: -1, Tier.SPONSOR: 4},
        "other": {Tier.OWES: 1},
    }
    assert list(policy_faults(said, sources)) == [
        "line.sponsor",
        "line.head_of_controlling",
        "money.owes",
        "money.sponsor",
        "other",
    ]
    assert list(policy_faults({"line": {}}, sources)) == ["line"]


def test_levels_stand_in_the_order_of_their_days() -> None:
    levels = levels_of({Tier.SPONSOR: 4, Tier.OWES: 1})
    assert [(one.number, one.tier, one.after_days) for one in levels] == [
        (1, Tier.OWES, 1),
        (2, Tier.SPONSOR, 4),
    ]
    now = datetime(2026, 3, 4, tzinfo=UTC)
    assert due_levels(0, [now, now + timedelta(1), None], now) == [1]
    assert due_levels(1, [now, now], now) == [2]
