"""Days and months as people write them, in English and German; pure."""

import re
from datetime import date
from decimal import Decimal

from exchange.files.faults import shown
from exchange.files.shapes import Cell
from exchange.files.verdicts import Fault, Notation
from governance.text import sort_key
from kpis.rules import FIRST_YEAR, LAST_YEAR, MONTHS, Month

FIRST_DAY_YEAR, LAST_DAY_YEAR = 1900, 2200
LENGTH_AT_MOST = 40
FULL_YEAR = 4
CENTURY = 2000
# January to December; folded, so that März is marz, and written out maerz.
_NAMES = (
    "jan january januar janner jaenner",
    "feb february februar",
    "mar march marz maerz mrz maer",
    "apr april",
    "may mai",
    "jun june juni",
    "jul july juli",
    "aug august",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december dez dezember",
)
MONTH_NAMES = {name: n for n, names in enumerate(_NAMES, start=1) for name in names.split()}
_MIDNIGHT = re.compile(r"(.+?)[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)(Z|\+00:00)?")
_ZEROS = re.compile(r"[0:.]+")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{2}|[0-9]{4})")
_SLASHED = re.compile(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")
_DAY_NAME = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[. -]+([a-z]+)[. ,-]+([0-9]{2}|[0-9]{4})")
_NAME_DAY = re.compile(r"([a-z]+)[. ]+([0-9]{1,2})(?:st|nd|rd|th)?,? +([0-9]{2}|[0-9]{4})")
_MONTH_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})|([0-9]{4})[-/.]([0-9])")
_MONTH_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.] ?([0-9]{4})")
_MONTH_NAME = re.compile(r"([a-z]+)[. '\u2019/-]*([0-9]{4}|[0-9]{2})|([0-9]{4})[ -]+([a-z]+)\.?")


def day_in(cell: Cell, notation: Notation) -> date | Fault:
    """The day in a cell, or why there is none."""
    if not isinstance(cell, str):
        return _typed(cell)
    text = cell.strip()
    if len(text) > LENGTH_AT_MOST:
        return Fault("not_a_date", {"text": shown(text)})
    if match := _MIDNIGHT.fullmatch(text):
        if not _ZEROS.fullmatch(match[2]):
            return Fault("time_of_day", {"text": shown(text)})
        return _written(match[1].strip(), notation, text)
    return _written(text, notation, text)


def _typed(cell: Decimal | date | bool | None) -> date | Fault:  # noqa: FBT001  # a cell
    if cell is None:
        return Fault("missing", {})
    if isinstance(cell, date):
        return _in_range(cell, str(cell))
    return Fault("not_a_date", {"text": shown(str(cell))})


def _written(day: str, notation: Notation, text: str) -> date | Fault:
    if match := _YEAR_FIRST.fullmatch(day):
        return _made(match[1], int(match[3]), int(match[4]), text)
    if match := _DOTTED.fullmatch(day):
        return _made(match[3], int(match[2]), int(match[1]), text)
    if match := _SLASHED.fullmatch(day):
        return _slashed(match, notation, text)
    return _named(sort_key(day) if day.isprintable() else "", text)


def _named(day: str, text: str) -> date | Fault:
    if match := _DAY_NAME.fullmatch(day):
        number, name, year = match[1], match[2], match[3]
    elif match := _NAME_DAY.fullmatch(day):
        name, number, year = match[1], match[2], match[3]
    else:
        return Fault("not_a_date", {"text": shown(text)})
    if name not in MONTH_NAMES:
        return Fault("not_a_date", {"text": shown(text)})
    return _made(year, MONTH_NAMES[name], int(number), text)


def _slashed(match: re.Match[str], notation: Notation, text: str) -> date | Fault:
    first, second, year = int(match[1]), int(match[3]), match[4]
    proven = _order(first, second)
    if proven is not None and notation.day_first not in {None, proven}:
        return Fault("date_other_order", {"text": shown(text)})
    day_first = notation.day_first if proven is None else proven
    if day_first is None and first != second:
        if len(year) < FULL_YEAR:
            return Fault("two_digit_year", {"text": shown(text)})
        one, other = _made(year, second, first, text), _made(year, first, second, text)
        if isinstance(one, date) and isinstance(other, date):
            values = {"text": shown(text), "one": str(one), "other": str(other)}
            return Fault("date_two_readings", values)
        return one
    day, month = (first, second) if day_first else (second, first)
    return _made(year, month, day, text)


def _order(first: int, second: int) -> bool | None:
    """Whether the day comes first, where only one of the numbers can be a month."""
    if first > MONTHS >= second >= 1:
        return True
    if second > MONTHS >= first >= 1:
        return False
    return None


def order_evidence(text: str) -> bool | None:
    """Whether a day's spelling proves that days come first, or months; None if neither."""
    match = _SLASHED.fullmatch(text.strip().split("T")[0].split(" ")[0])
    return _order(int(match[1]), int(match[3])) if match else None


def _made(year: str, month: int, day: int, text: str) -> date | Fault:
    if len(year) < FULL_YEAR:
        return Fault("two_digit_year", {"text": shown(text)})
    try:
        made = date(int(year), month, day)
    except ValueError:
        return Fault("impossible_date", {"text": shown(text)})
    return _in_range(made, text)


def _in_range(day: date, text: str) -> date | Fault:
    if not FIRST_DAY_YEAR <= day.year <= LAST_DAY_YEAR:
        return Fault("year_out_of_range", {"text": shown(text)})
    return day


def month_in(text: Cell) -> Month | None:
    """The month that a heading or a cell names, if it names one."""
    if isinstance(text, date):
        return _month(text.year, text.month) if text.day == 1 else None
    if text is None or isinstance(text, bool):
        return None
    return _spelled(str(text)[: LENGTH_AT_MOST + 1])


def _spelled(text: str) -> Month | None:
    spelled = sort_key(text)
    if match := _MONTH_YEAR_FIRST.fullmatch(spelled):
        return _month(int(match[1] or match[3]), int(match[2] or match[4]))
    if match := _MONTH_YEAR_LAST.fullmatch(spelled):
        return _month(int(match[2]), int(match[1]))
    if match := _MONTH_NAME.fullmatch(spelled):
        return _named_month(match[1] or match[4], match[2] or match[3])
    day = day_in(text, Notation())
    return month_in(day) if isinstance(day, date) else None


def _named_month(name: str, year: str) -> Month | None:
    if name not in MONTH_NAMES:
        return None
    return _month(int(year) + (0 if len(year) == FULL_YEAR else CENTURY), MONTH_NAMES[name])


def _month(year: int, number: int) -> Month | None:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= MONTHS):
        return None
    return Month(year, number)
