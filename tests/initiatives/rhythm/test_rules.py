"""Reporting periods from terms: weeks, months, holidays, leap days, clocks that change (R1, L4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendars.rules import BusinessCalendar, is_business_day
from initiatives.choices import Overlay, Stage
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import (
    OWING_STAGES,
    RhythmTerms,
    due_days,
    is_stale,
    moment_of,
    owes_updates,
    periods,
    standing,
    term_faults,
)

BERLIN, NEW_YORK, LORD_HOWE = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
)
PLAIN = BusinessCalendar()
FRIDAYS = RhythmTerms(starts_on=date(2026, 1, 1))


def closed(*days: date) -> BusinessCalendar:
    return BusinessCalendar(holidays=frozenset(days))


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_weeks_end_on_their_weekday_and_follow_each_other_over_the_year_end() -> None:
    days = due_days(FRIDAYS, date(2026, 12, 18), date(2027, 1, 8), PLAIN)
    assert days == [date(2026, 12, 18), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 8)]


def test_every_two_weeks_are_counted_from_the_first_day() -> None:
    terms = replace(FRIDAYS, rhythm=ReportRhythm.FORTNIGHTLY, starts_on=date(2026, 1, 3))
    days = due_days(terms, date(2026, 1, 1), date(2026, 2, 10), PLAIN)
    assert days == [date(2026, 1, 9), date(2026, 1, 23), date(2026, 2, 6)]


def test_a_month_is_due_on_its_business_day_also_in_a_leap_year() -> None:
    terms = RhythmTerms(ReportRhythm.MONTHLY, business_day=3, starts_on=date(2024, 1, 1))
    days = due_days(terms, date(2024, 1, 1), date(2024, 4, 30), PLAIN)
    assert days == [date(2024, 1, 3), date(2024, 2, 5), date(2024, 3, 5), date(2024, 4, 3)]
    weekly = replace(terms, rhythm=ReportRhythm.WEEKLY, weekday=4)
    assert date(2024, 2, 29) in due_days(weekly, date(2024, 2, 26), date(2024, 3, 3), PLAIN)


def test_a_month_whose_due_day_lies_before_the_start_begins_with_the_next() -> None:
    terms = RhythmTerms(ReportRhythm.MONTHLY, business_day=2, starts_on=date(2026, 1, 15))
    [first, *_rest] = periods(terms, date(2026, 1, 1), date(2026, 3, 31), PLAIN, BERLIN)
    assert (first.first_on, first.due_on) == (date(2026, 1, 15), date(2026, 2, 3))


def test_a_holiday_moves_a_due_day_and_two_that_meet_are_one() -> None:
    calendar = closed(*span(date(2026, 12, 24), date(2027, 1, 3)))
    [moved, after] = periods(FRIDAYS, date(2026, 12, 19), date(2027, 1, 8), calendar, BERLIN)
    assert (moved.first_on, moved.due_on) == (date(2026, 12, 19), date(2027, 1, 4))
    assert (after.first_on, after.due_on) == (date(2027, 1, 5), date(2027, 1, 8))


def test_where_every_day_is_a_holiday_nothing_is_ever_due() -> None:
    calendar = closed(*span(date(2024, 1, 1), date(2029, 12, 31)))
    for rhythm in ReportRhythm:
        terms = replace(FRIDAYS, rhythm=rhythm, starts_on=date(2025, 1, 1))
        assert due_days(terms, date(2025, 1, 1), date(2028, 12, 31), calendar) == []
        now = datetime(2027, 1, 1, tzinfo=UTC)
        assert standing(terms, now, calendar, BERLIN).stale_before is None


def test_grace_ends_where_nobody_works_any_more() -> None:
    calendar = closed(*span(date(2026, 3, 7), date(2027, 12, 31)))
    terms = replace(FRIDAYS, grace_days=2)
    [*_before, last] = periods(terms, date(2026, 1, 1), date(2026, 6, 30), calendar, BERLIN)
    assert last.due_on == date(2026, 3, 6)
    assert last.overdue_at == moment_of(date(2026, 3, 8), time(17), BERLIN)


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 3, 28), time(17), BERLIN, datetime(2026, 3, 28, 16, tzinfo=UTC)),
        (date(2026, 3, 30), time(17), BERLIN, datetime(2026, 3, 30, 15, tzinfo=UTC)),
        # Clocks skip 02:30: two and a half hours after midnight.
        (date(2026, 3, 29), time(2, 30), BERLIN, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # 02:30 comes twice: the later one.
        (date(2026, 10, 25), time(2, 30), BERLIN, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), NEW_YORK, datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        # Half an hour alone.
        (date(2026, 4, 5), time(1, 45), LORD_HOWE, datetime(2026, 4, 4, 15, 15, tzinfo=UTC)),
    ],
)
def test_due_times_are_lived_in_the_zone(
    day: date, at: time, zone: ZoneInfo, expected: datetime
) -> None:
    assert moment_of(day, at, zone) == expected


def test_where_a_rhythm_stands_moment_by_moment() -> None:
    """Due on Friday 9 January 2026 at 17:00, missed on Monday at 17:00."""
    due, missed = (datetime(2026, 1, day, 16, tzinfo=UTC) for day in (9, 12))
    first, second = (date(2026, 1, day) for day in (2, 9))
    instant = timedelta(microseconds=1)

    def at(moment: datetime) -> tuple[date | None, date | None, date | None]:
        found = standing(FRIDAYS, moment, PLAIN, BERLIN)
        rows = (found.running, found.due, found.lapsed)
        running, was, lapsed = (row.due_on if row else None for row in rows)
        return running, was, lapsed

    assert at(due) == (second, first, first)
    assert at(due + instant) == (date(2026, 1, 16), second, first)
    assert at(missed) == (date(2026, 1, 16), second, first)
    assert at(missed + instant) == (date(2026, 1, 16), second, second)
    assert at(datetime(2025, 12, 1, tzinfo=UTC)) == (None, None, None)
    assert standing(FRIDAYS, missed + instant, PLAIN, BERLIN).stale_before == date(2026, 1, 3)


def test_an_update_answers_what_runs_or_within_grace_what_was_due() -> None:
    def answers(moment: datetime, last: date | None) -> date | None:
        found = standing(FRIDAYS, moment, PLAIN, BERLIN).answered(moment, last)
        return found.due_on if found else None

    wednesday = datetime(2026, 1, 7, 9, tzinfo=UTC)
    assert answers(wednesday, None) == date(2026, 1, 9)
    assert answers(wednesday, date(2026, 1, 9)) == date(2026, 1, 9)  # a second one of its period
    saturday = datetime(2026, 1, 10, 9, tzinfo=UTC)
    assert answers(saturday, date(2026, 1, 2)) == date(2026, 1, 9)  # late, within its grace
    assert answers(saturday, date(2026, 1, 9)) == date(2026, 1, 16)  # it is answered already
    assert answers(saturday, date(2026, 1, 5)) == date(2026, 1, 16)  # by its day alone
    tuesday = datetime(2026, 1, 13, 9, tzinfo=UTC)
    assert answers(tuesday, date(2026, 1, 2)) == date(2026, 1, 16)  # missed for good
    assert answers(datetime(2025, 12, 1, tzinfo=UTC), None) is None


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("overlay", Overlay)
@pytest.mark.parametrize("has_owner", [True, False])
def test_who_owes_updates(stage: Stage, overlay: Overlay, *, has_owner: bool) -> None:
    """G10: not on hold; not closed or cancelled, not a bare idea, not without an owner."""
    wanted = overlay is Overlay.ACTIVE and stage in OWING_STAGES and has_owner
    assert owes_updates(stage, overlay, has_owner=has_owner) is wanted
    assert {stage.value for stage in OWING_STAGES} == {"detailed", "decided", "implemented"}


@pytest.mark.parametrize(
    ("created", "last", "expected"),
    [
        (1, None, True),
        (4, None, True),
        (5, None, False),
        (6, None, False),
        (1, 4, True),
        (1, 5, False),
        (1, 9, False),
    ],
)
def test_what_is_stale(created: int, last: int | None, *, expected: bool) -> None:
    day = last and date(2026, 1, last)
    assert is_stale(date(2026, 1, created), day, date(2026, 1, 5)) is expected
    assert not is_stale(date(2026, 1, created), day, None)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"rhythm": "daily"}, ["rhythm"]),
        ({"weekday": 0}, ["weekday"]),
        ({"weekday": 8, "business_day": 16}, ["weekday", "business_day"]),
        ({"grace_days": 11}, ["grace_days"]),
        ({"grace_days": -1}, ["grace_days"]),
        ({"starts_on": date(1989, 12, 31)}, ["starts_on"]),
    ],
)
def test_what_cannot_be_kept(changed: dict[str, Any], fields: list[str]) -> None:
    assert list(term_faults(replace(FRIDAYS, **changed))) == fields


DAYS = st.dates(date(2023, 6, 1), date(2028, 6, 1))
TERMS = st.builds(
    RhythmTerms,
    rhythm=st.sampled_from(ReportRhythm),
    weekday=st.integers(1, 7),
    business_day=st.integers(1, 15),
    due_time=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    grace_days=st.integers(0, 10),
    starts_on=DAYS,
)
CALENDARS = st.builds(
    BusinessCalendar,
    working_days=st.sets(st.integers(1, 7), min_size=1).map(frozenset),
    holidays=st.tuples(DAYS, st.integers(0, 60), st.sets(DAYS, max_size=40)).map(
        lambda p: frozenset(p[2] | set(span(p[0], p[0] + timedelta(days=p[1]))))
    ),
)
ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia")])


@settings(deadline=None, max_examples=150)
@given(terms=TERMS, calendar=CALENDARS, zone=ZONES, first=DAYS, length=st.integers(0, 400))
def test_periods_follow_each_other_without_gap_and_whatever_is_asked(
    terms: RhythmTerms, calendar: BusinessCalendar, zone: ZoneInfo, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    found = periods(terms, first, last, calendar, zone)
    for before, after in pairwise(found):
        assert after.first_on == before.due_on + timedelta(days=1)
        assert before.due_at < after.due_at
        assert before.overdue_at <= after.overdue_at
    for one in found:
        assert terms.starts_on <= one.first_on <= one.due_on
        assert first <= one.due_on <= last
        assert is_business_day(one.due_on, calendar)
        assert one.due_at <= one.overdue_at
    middle = first + timedelta(days=length // 2)
    assert [p for p in found if p.due_on >= middle] == periods(terms, middle, last, calendar, zone)


def test_grace_that_meets_weeks_without_work_never_ends_before_that_of_an_earlier_period() -> None:
    closed = frozenset(
        span(date(2024, 4, 2), date(2024, 4, 28)) + span(date(2024, 4, 30), date(2024, 7, 1))
    )
    calendar = BusinessCalendar(frozenset(range(1, 8)), closed)
    terms = replace(FRIDAYS, weekday=1, grace_days=8, starts_on=date(2024, 3, 1))
    found = periods(terms, date(2024, 3, 1), date(2024, 4, 2), calendar, BERLIN)
    ends = [one.overdue_at for one in found]
    assert ends == sorted(ends)


@settings(deadline=None, max_examples=150)
@given(
    terms=TERMS,
    calendar=CALENDARS,
    zone=ZONES,
    now=st.datetimes(datetime(2023, 6, 1), datetime(2028, 6, 1)),
)
def test_what_stands_at_a_moment_is_what_the_list_of_all_periods_says(
    terms: RhythmTerms, calendar: BusinessCalendar, zone: ZoneInfo, now: datetime
) -> None:
    moment = now.replace(tzinfo=UTC)
    every = periods(terms, date(2023, 1, 1), date(2029, 1, 1), calendar, zone)
    found = standing(terms, moment, calendar, zone)
    due = [p for p in every if p.due_at < moment]
    assert found.due == (due[-1] if due else None)
    lapsed = [p for p in every if p.overdue_at < moment]
    assert found.lapsed == (lapsed[-1] if lapsed else None)
    nexts = [p for p in every if p.due_at >= moment]
    today = moment.astimezone(zone).date()
    begun = nexts and (bool(due) or nexts[0].first_on <= today)
    assert found.running == (nexts[0] if begun else None)
    if found.lapsed and found.due:
        assert found.lapsed.due_on <= found.due.due_on
