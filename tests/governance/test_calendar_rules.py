"""Business days against a slow count, day by day; ends of days in every zone; holidays by line."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendars.choices import Weekday
from governance.calendars.rules import (
    MONDAY_TO_FRIDAY,
    MOST_HOLIDAYS,
    ONE_DAY,
    STANDARD,
    BusinessCalendar,
    Holiday,
    NoBusinessDay,
    add_business_days,
    business_days_between,
    due_at,
    holiday_faults,
    holidays_text,
    is_business_day,
    local_day,
    read_holidays,
    weekday_fault,
)

DAYS = st.dates(date(2019, 12, 1), date(2029, 1, 31))
CALENDARS = st.builds(
    BusinessCalendar,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.frozensets(st.dates(date(2019, 12, 1), date(2029, 3, 1)), max_size=60),
)
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/Sao_Paulo",
            "America/Havana",
            "Asia/Kolkata",
            "Asia/Beirut",
            "Australia/Lord_Howe",
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
        )
    ]
)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
BERLIN = ZoneInfo("Europe/Berlin")


def slowly_counted(a: date, b: date, calendar: BusinessCalendar) -> int:
    """Every day after `a` up to `b`, one by one."""
    if b < a:
        return -slowly_counted(b, a, calendar)
    days = (a + timedelta(days=step) for step in range(1, (b - a).days + 1))
    return sum(
        day.isoweekday() in calendar.working_days and day not in calendar.holidays for day in days
    )


@given(DAYS, DAYS, CALENDARS)
def test_days_between_are_those_counted_one_by_one(
    a: date, b: date, calendar: BusinessCalendar
) -> None:
    assert business_days_between(a, b, calendar) == slowly_counted(a, b, calendar)


@given(DAYS, st.integers(1, 40), CALENDARS)
def test_the_nth_business_day_is_the_first_day_with_n_of_them_behind_it(
    start: date, n: int, calendar: BusinessCalendar
) -> None:
    day = add_business_days(start, n, calendar)
    assert is_business_day(day, calendar)
    assert slowly_counted(start, day, calendar) == n
    assert slowly_counted(start, day - ONE_DAY, calendar) == n - 1


@given(DAYS, CALENDARS)
def test_no_business_day_on_is_today_or_the_next_one(
    start: date, calendar: BusinessCalendar
) -> None:
    day = add_business_days(start, 0, calendar)
    assert day >= start
    assert is_business_day(day, calendar)
    assert slowly_counted(start - ONE_DAY, day, calendar) == 1


@given(DAYS, st.integers(0, 15), st.integers(1, 15), CALENDARS)
def test_days_add_up(start: date, n: int, m: int, calendar: BusinessCalendar) -> None:
    there = add_business_days(start, n, calendar) if n else start
    assert add_business_days(there, m, calendar) == add_business_days(start, n + m, calendar)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2026-11-25", 1, "2026-11-26"),
        ("2026-11-27", 1, "2026-11-30"),  # over a weekend
        ("2026-11-28", 1, "2026-11-30"),  # asked on a Saturday
        ("2026-12-24", 5, "2027-01-04"),  # over Christmas and New Year
        ("2024-02-28", 1, "2024-02-29"),  # a leap day
        ("2023-02-28", 1, "2023-03-01"),
        ("2026-12-25", 0, "2026-12-28"),
    ],
)
def test_known_days(start: str, n: int, expected: str) -> None:
    holidays = frozenset(map(date.fromisoformat, ("2026-12-25", "2027-01-01")))
    calendar = BusinessCalendar(MONDAY_TO_FRIDAY, holidays)
    found = add_business_days(date.fromisoformat(start), n, calendar)
    assert found == date.fromisoformat(expected)


def test_a_calendar_without_any_business_day_ends_with_an_error_and_not_with_a_loop() -> None:
    start = date(2026, 1, 1)
    every_day = frozenset(start + timedelta(days=step) for step in range(4000))
    for calendar in (
        BusinessCalendar(frozenset()),
        BusinessCalendar(MONDAY_TO_FRIDAY, every_day),
    ):
        for n in (0, 1, 3):
            with pytest.raises(NoBusinessDay) as caught:
                add_business_days(start, n, calendar)
            assert caught.value.code == "no_business_day"


def test_dates_end_with_an_error_of_ours() -> None:
    with pytest.raises(NoBusinessDay):
        add_business_days(date.max - ONE_DAY, 3, STANDARD)
    with pytest.raises(NoBusinessDay):
        add_business_days(date.max, 0, BusinessCalendar(frozenset({date.max.isoweekday() % 7 + 1})))
    moment = datetime(9999, 12, 31, 12, tzinfo=UTC)
    with pytest.raises(NoBusinessDay):
        due_at(moment, 0, STANDARD, ZoneInfo("America/New_York"))


def test_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add_business_days(date(2026, 1, 1), -1, STANDARD)


@pytest.mark.parametrize("weekday", range(1, 8))
def test_as_many_holidays_as_may_be_kept_never_close_ten_years(weekday: int) -> None:
    """Whatever is published, a deadline comes: the worst case is one weekday, all of them taken."""
    for first in (date(1990, 1, 1), date(1999, 6, 3), date(2096, 2, 28)):
        taken: set[date] = set()
        day = first
        while len(taken) < MOST_HOLIDAYS:
            if day.isoweekday() == weekday:
                taken.add(day)
            day += ONE_DAY
        calendar = BusinessCalendar(frozenset({weekday}), frozenset(taken))
        assert add_business_days(first, 0, calendar) > max(taken)


# --- ends of days -------------------------------------------------------------------------------


@settings(max_examples=300)
@given(MOMENTS, st.integers(0, 8), CALENDARS, ZONES)
def test_the_due_instant_is_the_last_one_of_its_day(
    moment: datetime, days: int, calendar: BusinessCalendar, zone: ZoneInfo
) -> None:
    due = due_at(moment, days, calendar, zone)
    day = add_business_days(local_day(moment, zone), days, calendar)
    assert due.tzinfo is UTC
    assert local_day(due, zone) == day
    assert local_day(due + timedelta(microseconds=1), zone) == day + ONE_DAY
    assert due >= moment


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        # Friday before and after the clocks go forward (29 March 2026) and back (25 October 2026).
        ("2026-03-27T12:00", 1, "2026-03-30T21:59:59.999999"),
        ("2026-03-26T12:00", 1, "2026-03-27T22:59:59.999999"),
        ("2026-10-23T12:00", 0, "2026-10-23T21:59:59.999999"),
        ("2026-10-23T12:00", 1, "2026-10-26T22:59:59.999999"),
        # 23:30 UTC is tomorrow in Berlin already.
        ("2026-11-25T23:30", 1, "2026-11-27T22:59:59.999999"),
        # The year ends in Berlin an hour before it ends in UTC.
        ("2026-12-30T12:00", 1, "2026-12-31T22:59:59.999999"),
        ("2026-12-31T23:30", 0, "2027-01-01T22:59:59.999999"),
        ("2024-02-28T12:00", 1, "2024-02-29T22:59:59.999999"),
    ],
)
def test_known_deadlines_in_berlin(moment: str, days: int, expected: str) -> None:
    asked = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert due_at(asked, days, STANDARD, BERLIN) == wanted


def test_where_clocks_go_back_over_midnight_the_day_ends_with_its_second_end() -> None:
    """São Paulo, 17 February 2018: 23:00 to 24:00 came twice."""
    every_day = BusinessCalendar(frozenset(range(1, 8)))
    asked = datetime(2018, 2, 17, 12, tzinfo=UTC)
    due = due_at(asked, 0, every_day, ZoneInfo("America/Sao_Paulo"))
    assert due == datetime(2018, 2, 18, 2, 59, 59, 999999, tzinfo=UTC)


# --- what people write --------------------------------------------------------------------------


HOLIDAYS = st.lists(
    st.builds(Holiday, st.dates(date(1990, 1, 1), date(2199, 12, 31)), st.just("A Day")),
    unique_by=lambda holiday: holiday.day,
    max_size=20,
)


@given(HOLIDAYS)
def test_what_is_written_is_read_back(holidays: list[Holiday]) -> None:
    read = read_holidays(holidays_text(holidays))
    assert (list(read.holidays), read.said) == (holidays, [])


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_faulted_by_line(text: str) -> None:
    read = read_holidays(text)
    assert len(read.holidays) == len(read.lines)
    assert all(1 <= line <= len(text.splitlines()) for line in read.lines)


def test_faults_name_their_lines() -> None:
    typed = "\n".join(
        (
            "2026-12-25   Christmas  Day ",
            "",
            "25.12.2026 Christmas",
            "2026-02-30 No such day",
            "2026-12-25 Again",
            "2026-01-01",
            "1800-01-01 Long ago",
            "2026-05-01 " + "x" * 101,
            "2026-06-01 a\x07",
        )
    )
    read = read_holidays(typed)
    assert read.holidays[0] == Holiday(date(2026, 12, 25), "Christmas Day")
    assert [str(fault) for fault in read.said] == [
        "Line 3: Begin with a day, such as 2026-12-25.",
        "Line 4: Begin with a day, such as 2026-12-25.",
        "Line 5: This day stands here twice.",
        "Line 6: Name the holiday after its day.",
        "Line 7: A day from 1990 to 2199.",
        "Line 8: At most 100 characters; this has 101.",
        "Line 9: This contains control characters; remove them and try again.",
    ]


def test_too_many_holidays_are_refused_once() -> None:
    first = date(2026, 1, 1)
    many = [Holiday(first + timedelta(days=step), "x") for step in range(MOST_HOLIDAYS + 1)]
    assert holiday_faults(many[:-1]) == []
    assert [place for place, _text in holiday_faults(many)] == [MOST_HOLIDAYS]


def test_weekdays_are_at_least_one_of_seven() -> None:
    assert weekday_fault([]) is not None
    assert weekday_fault([0]) is not None
    assert weekday_fault([1, 8]) is not None
    assert weekday_fault([7]) is None
    assert [Weekday.numbered(day.number) for day in Weekday] == list(Weekday)
