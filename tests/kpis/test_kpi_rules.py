"""Where a period stands, which days begin one, and what a figure may be."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.indicators.choices import Direction, Rhythm, Standing
from kpis.indicators.rules import begins_period, carries, figure_of, standing

DATA = Path(__file__).parents[3] / "shared" / "data" / "us-gsa-kpi"
FILE = DATA / "FY2018_APR_Complete_Data.csv"
ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)


@pytest.mark.parametrize(
    ("direction", "target", "actual", "band", "expected"),
    [
        (Direction.INCREASE, TWO, TWO, (None, None), Standing.MET),
        (Direction.INCREASE, TWO, THREE, (None, None), Standing.MET),
        (Direction.INCREASE, TWO, ONE, (None, None), Standing.MISSED),
        (Direction.INCREASE, TWO, ONE, (ONE, TWO), Standing.MISSED),
        (Direction.DECREASE, TWO, TWO, (None, None), Standing.MET),
        (Direction.DECREASE, TWO, ONE, (None, None), Standing.MET),
        (Direction.DECREASE, TWO, THREE, (None, None), Standing.MISSED),
        (Direction.DECREASE, Decimal(0), Decimal(0), (None, None), Standing.MET),
        (Direction.WITHIN_BAND, None, ONE, (ONE, TWO), Standing.WITHIN),
        (Direction.WITHIN_BAND, None, TWO, (ONE, TWO), Standing.WITHIN),
        (Direction.WITHIN_BAND, None, THREE, (ONE, TWO), Standing.OUTSIDE),
        (Direction.WITHIN_BAND, None, Decimal(0), (ONE, TWO), Standing.OUTSIDE),
        (Direction.WITHIN_BAND, None, THREE, (TWO, None), Standing.WITHIN),
        (Direction.WITHIN_BAND, None, ONE, (TWO, None), Standing.OUTSIDE),
        (Direction.WITHIN_BAND, None, THREE, (None, TWO), Standing.OUTSIDE),
        (Direction.WITHIN_BAND, None, ONE, (None, Decimal(0)), Standing.OUTSIDE),
        (Direction.WITHIN_BAND, TWO, TWO, (None, None), None),
        (Direction.WITHIN_BAND, None, None, (ONE, TWO), None),
        (Direction.INCREASE, None, ONE, (None, None), None),
        (Direction.DECREASE, ONE, None, (None, None), None),
        (Direction.UNKNOWN, ONE, ONE, (ONE, TWO), None),
    ],
)  # fmt: skip
def test_a_period_stands_by_its_direction(
    direction: Direction,
    target: Decimal | None,
    actual: Decimal | None,
    band: tuple[Decimal | None, Decimal | None],
    expected: Standing | None,
) -> None:
    assert standing(direction, target, actual, *band) is expected


@pytest.mark.parametrize(
    ("day", "rhythm", "start", "expected"),
    [
        (date(2018, 10, 1), Rhythm.YEAR, 10, True),
        (date(2018, 1, 1), Rhythm.YEAR, 10, False),
        (date(2018, 1, 1), Rhythm.YEAR, 1, True),
        (date(2018, 1, 2), Rhythm.YEAR, 1, False),
        (date(2018, 1, 1), Rhythm.QUARTER, 10, True),
        (date(2018, 7, 1), Rhythm.QUARTER, 10, True),
        (date(2018, 8, 1), Rhythm.QUARTER, 10, False),
        (date(2018, 2, 1), Rhythm.QUARTER, 2, True),
        (date(2018, 8, 1), Rhythm.MONTH, 10, True),
        (date(2018, 8, 31), Rhythm.MONTH, 10, False),
    ],
)
def test_periods_begin_with_the_fiscal_year(
    *, day: date, rhythm: Rhythm, start: int, expected: bool
) -> None:
    assert begins_period(day, rhythm, start) is expected


@pytest.mark.parametrize(
    ("value", "figure"),
    [("0.03", "0.03"), (" -0.0047 ", "-0.0047"), (0, "0"), (Decimal("1.500000"), "1.5"),
     ("9999999999999.999999", "9999999999999.999999")],
)  # fmt: skip
def test_figures_are_kept_exactly(value: object, figure: str) -> None:
    assert figure_of(value, 6) == Decimal(figure)


@pytest.mark.parametrize(
    ("value", "words"),
    [("10000000000000", "13 digits"), ("-1e13", "13 digits"), ("1e40", "15 digits"),
     ("0.0000001", "6 decimals"), ("NaN", "not a number"), ("1,5", "not a number"),
     ("", "not a number"), (True, "as text"), (0.1, "as text"), ([], "as text")],
)  # fmt: skip
def test_other_figures_say_why_they_are_refused(value: object, words: str) -> None:
    assert words in str(figure_of(value, 6))


def test_idle_zeros_are_no_decimals() -> None:
    assert [carries(Decimal(text)) for text in ("0.030000", "3.000000", "100", "-0.0047")] == [
        2,
        0,
        0,
        4,
    ]
    assert carries(None) == 0


def _rows() -> Iterator[dict[str, str]]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> Decimal | None:
    return Decimal(text.strip()) if text.strip() else None


DIRECTIONS = {
    "Increase": Direction.INCREASE,
    "Decrease": Direction.DECREASE,
    "With in Range": Direction.WITHIN_BAND,
    "": Direction.UNKNOWN,
}


@pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not here")
def test_the_real_file_meets_its_check_figures() -> None:
    pairs, found = 0, Counter[tuple[str, Standing | None]]()
    for row in _rows():
        direction = row["Desired Direction"].strip()
        target, actual = _number(row["Target"]), _number(row["Actual"])
        pairs += target is not None and actual is not None
        band = _number(row["Min Target"]), _number(row["Max Target"])
        found[direction, standing(DIRECTIONS[direction], target, actual, *band)] += 1
    assert pairs == 85
    assert sum(n for (_, stands), n in found.items() if stands is Standing.MET) == 51
    assert sum(n for (_, stands), n in found.items() if stands is Standing.MISSED) == 22
    assert {stands for (direction, stands) in found if not direction} == {None}
