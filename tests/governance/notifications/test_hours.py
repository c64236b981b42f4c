"""Quiet hours, the daily mail, tries: at midnight, where clocks change, on holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from governance.calendars.rules import BusinessCalendar
from governance.notifications.choices import Delivery
from governance.notifications.rules import (
    MOST_TRIES,
    Fault,
    Hours,
    delivery_of,
    digest_day,
    is_digest_time,
    is_given_up,
    quiet_until,
    wait_until_next,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(time(22), time(6), 7)


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-06-10T19:59:59", None),
        ("2026-06-10T20:00:00", "2026-06-11T04:00:00"),
        ("2026-06-10T21:59:59", "2026-06-11T04:00:00"),
        ("2026-06-10T22:00:00", "2026-06-11T04:00:00"),
        ("2026-06-11T03:59:59", "2026-06-11T04:00:00"),
        ("2026-06-11T04:00:00", None),
        ("2026-06-11T12:00:00", None),
        # 31 December over the year's end.
        ("2026-12-31T23:30:00", "2027-01-01T05:00:00"),
        # Clocks go forward at 01:00 UTC: the night is an hour shorter.
        ("2026-03-28T21:00:00", "2026-03-29T04:00:00"),
        ("2026-03-29T00:59:59", "2026-03-29T04:00:00"),
        ("2026-03-29T04:00:00", None),
        # Clocks go back at 01:00 UTC: it is an hour longer.
        ("2026-10-24T20:00:00", "2026-10-25T05:00:00"),
        ("2026-10-25T01:30:00", "2026-10-25T05:00:00"),
        ("2026-10-25T04:59:59", "2026-10-25T05:00:00"),
        ("2026-10-25T05:00:00", None),
    ],
)
def test_quiet_hours_over_midnight(moment: str, until: str | None) -> None:
    assert quiet_until(at(moment), NIGHT, BERLIN) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        # 02:30 does not exist on 29 March: quiet until what the clock shows an hour later.
        ("2026-03-29T00:30:00", "2026-03-29T01:30:00"),
        ("2026-03-29T01:29:59", "2026-03-29T01:30:00"),
        ("2026-03-29T01:30:00", None),
        # 02:30 is there twice on 25 October: quiet until the second one.
        ("2026-10-25T00:15:00", "2026-10-25T01:30:00"),
        ("2026-10-25T00:45:00", "2026-10-25T01:30:00"),
        ("2026-10-25T01:15:00", "2026-10-25T01:30:00"),
        ("2026-10-25T01:30:00", None),
    ],
)
def test_an_end_that_is_skipped_or_comes_twice(moment: str, until: str | None) -> None:
    hours = Hours(time(23), time(2, 30), 7)
    assert quiet_until(at(moment), hours, BERLIN) == (at(until) if until else None)


def test_a_mail_that_waited_for_the_end_goes_then() -> None:
    """Whatever minute of two years it is: the end is later, and it is not quiet at the end."""
    moment, hours = at("2026-01-01T00:00:00"), Hours(time(23, 45), time(2, 30), 7)
    for _step in range(2 * 365 * 24 * 4):
        until = quiet_until(moment, hours, BERLIN)
        if until is not None:
            assert moment < until <= moment + timedelta(hours=5)
            assert quiet_until(until, hours, BERLIN) is None
        moment += timedelta(minutes=15)


def test_quiet_hours_within_a_day_and_none() -> None:
    noon = Hours(time(12), time(13), 7)
    assert quiet_until(at("2026-06-10T10:30:00"), noon, BERLIN) == at("2026-06-10T11:00:00")
    assert quiet_until(at("2026-06-10T11:00:00"), noon, BERLIN) is None
    assert quiet_until(at("2026-06-10T22:00:00"), Hours(None, None, 7), BERLIN) is None
    assert quiet_until(at("2026-06-10T22:00:00"), Hours(time(1), time(1), 7), BERLIN) is None


def test_the_daily_mail_goes_on_business_days_of_the_tenants_zone() -> None:
    calendar = BusinessCalendar(holidays=frozenset({date(2026, 5, 1)}))
    assert digest_day(at("2026-05-01T08:00:00"), calendar, BERLIN) is None
    assert digest_day(at("2026-05-02T08:00:00"), calendar, BERLIN) is None
    assert digest_day(at("2026-05-03T21:59:00"), calendar, BERLIN) is None
    assert digest_day(at("2026-05-03T22:00:00"), calendar, BERLIN) == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("moment", "is_time"),
    [
        ("2026-06-10T04:59:59", False),
        ("2026-06-10T05:00:00", True),
        ("2026-06-10T20:00:00", True),
        ("2026-03-29T05:00:00", True),
        ("2026-10-25T05:59:59", False),
        ("2026-10-25T06:00:00", True),
    ],
)
def test_the_hour_of_the_daily_mail(moment: str, *, is_time: bool) -> None:
    assert is_digest_time(at(moment), NIGHT, BERLIN) is is_time


def test_waits_grow_to_an_hour_and_last_a_weekend() -> None:
    waits = [wait_until_next(n, 0.5) for n in range(1, MOST_TRIES[Fault.AWAY])]
    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=1)
    assert waits[-1] <= timedelta(hours=1)
    assert sum(waits, timedelta()) > timedelta(days=2)
    assert wait_until_next(3, 0) < wait_until_next(3, 1)


def test_what_is_refused_is_given_up_at_once() -> None:
    assert is_given_up(Fault.REFUSED, 1)
    assert not is_given_up(Fault.AWAY, 12)
    assert is_given_up(Fault.BROKEN, 3)


def test_a_choice_that_is_offered_no_more_gives_way_to_the_default() -> None:
    offered = (Delivery.AT_ONCE, Delivery.DIGEST)
    assert delivery_of("digest", Delivery.AT_ONCE, offered) is Delivery.DIGEST
    assert delivery_of("off", Delivery.AT_ONCE, offered) is Delivery.AT_ONCE
    assert delivery_of(None, Delivery.DIGEST, offered) is Delivery.DIGEST
