"""The S-curve as arithmetic: what is added up, from when, until when."""

from decimal import Decimal

import pytest

from kpis.choices import EffectClass, Series
from kpis.rules import Month
from reporting.curve import Curve, curve
from reporting.rules import MonthLine

NOW = Month(2026, 3)


def line(series: Series, month: str, amount: str, metric: str = "EBITDA") -> MonthLine:
    year, number = map(int, month.split("-"))
    return MonthLine(series, metric, EffectClass.HARD, Month(year, number), Decimal(amount))


def drawn(*lines: MonthLine, year: int | None = None, start: int = 1) -> Curve:
    return curve(lines, "EBITDA", start=start, this_month=NOW, year=year)


def test_months_add_up_from_the_first_entry_and_plans_go_on() -> None:
    found = drawn(
        line(Series.PLAN, "2026-01", "10"),
        line(Series.PLAN, "2026-03", "5"),
        line(Series.FORECAST, "2026-02", "4"),
        line(Series.FORECAST, "2026-05", "-1"),
    )
    assert list(map(str, found.months)) == [f"2026-0{n}" for n in range(1, 6)]
    assert found.added[Series.PLAN] == [10, 10, 15, 15, 15]
    assert found.added[Series.FORECAST] == [None, 4, 4, 4, 3]
    assert found.monthly[Series.PLAN] == [10, None, 5, None, None]
    assert (found.today, found.years) == (2, [2026])


def test_what_was_shown_ends_today_or_with_its_last_entry() -> None:
    plan = [line(Series.PLAN, f"2026-0{n}", "1") for n in range(1, 7)]
    early = drawn(*plan, line(Series.ACTUAL_VALIDATED, "2026-01", "2"))
    assert early.added[Series.ACTUAL_VALIDATED] == [2, 2, 2, None, None, None]
    late = drawn(*plan, line(Series.ACTUAL_CLAIMED, "2026-04", "2"))
    assert late.added[Series.ACTUAL_CLAIMED] == [None, None, None, 2, None, None]


def test_classes_are_pooled_and_other_metrics_are_left_out() -> None:
    soft = MonthLine(Series.PLAN, "EBITDA", EffectClass.AVOIDANCE, Month(2026, 1), Decimal(3))
    hard, cash = line(Series.PLAN, "2026-01", "10"), line(Series.PLAN, "2026-01", "9", "CASH")
    assert drawn(hard, soft, cash).added == {Series.PLAN: [13]}
    assert drawn(cash).months == []
    assert drawn(line(Series.REFERENCE, "2026-01", "9")).added == {}


@pytest.mark.parametrize(
    ("start", "first", "last"), [(1, "2026-01", "2026-12"), (10, "2025-10", "2026-09")]
)
def test_a_chosen_year_is_shown_whole_and_adds_up_from_its_start(
    start: int, first: str, last: str
) -> None:
    before, inside = line(Series.PLAN, "2025-01", "7"), line(Series.PLAN, "2026-02", "1")
    found = drawn(before, inside, year=2026, start=start)
    assert (str(found.months[0]), str(found.months[-1])) == (first, last)
    assert found.added[Series.PLAN][-1] == 1
    assert drawn(inside, year=2031).added[Series.PLAN] == [None] * 12
    assert drawn(inside, year=2031).today is None


def test_of_many_years_the_ten_around_today_are_shown() -> None:
    lines = [line(Series.PLAN, f"{year}-06", "1") for year in (1995, 2026, 2060)]
    found = drawn(*lines)
    assert (found.months[0].year, found.months[-1].year) == (2026, 2026)
    assert found.years == [1995, 2026, 2060]
    wide = drawn(*(line(Series.PLAN, f"{year}-01", "1") for year in range(2000, 2030)))
    assert (wide.months[0].year, wide.months[-1].year) == (2020, 2029)
