"""Why a cell cannot be understood, and how a column writes its numbers and days; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

FAULT_TEXTS: dict[str, StrOrPromise] = {
    "missing": _("There is no value."),
    "not_a_number": _("«%(text)s» is not a number."),
    "percent": _("«%(text)s» is a percentage. Write the amount, or the share such as 0.05."),
    "two_readings": _(
        "«%(text)s» can be read as %(one)s or as %(other)s. "
        "Say for the whole file which decimal sign it uses."
    ),
    "other_notation": _(
        "«%(text)s» contradicts the column, whose decimal sign is «%(sign)s». Write it alike."
    ),
    "too_large": _("«%(text)s» is too large; at most 15 digits stand before the decimal sign."),
    "too_many_decimals": _("«%(text)s» has more decimals than the %(decimals)s that are kept."),
    "not_a_date": _("«%(text)s» is not a date. Write it like 2026-01-31."),
    "impossible_date": _("«%(text)s» is a day that no calendar has."),
    "date_two_readings": _(
        "«%(text)s» can be read as %(one)s or as %(other)s. Choose whether days come first."
    ),
    "date_other_order": _(
        "«%(text)s» contradicts the column, which puts day and month the other way round."
    ),
    "two_digit_year": _("«%(text)s» leaves the century open. Write the year with four digits."),
    "year_out_of_range": _("«%(text)s» lies outside the years 1900 to 2200."),
    "time_of_day": _("«%(text)s» holds a time of day. Write the date alone."),
    "no_computed_value": _(
        "The formula has no computed value. Open the file in your spreadsheet program and save it."
    ),
    "error_value": _("The cell shows the error «%(text)s». Correct its formula."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell is not what it should be: a stable code and what its sentence mentions."""

    code: str
    params: dict[str, str]


def fault_text(code: str, params: Mapping[str, str]) -> str:
    """The sentence of a fault in the language of whoever reads it."""
    return str(FAULT_TEXTS[code]) % params


@dataclass(frozen=True, slots=True)
class Notation:
    """How a column writes numbers and days; nothing where that is undecided."""

    decimal_sign: str = ""
    day_first: bool | None = None

    def to_data(self) -> dict[str, Any]:
        return {"decimal_sign": self.decimal_sign, "day_first": self.day_first}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Notation":
        """What `to_data` wrote; anything else counts as undecided."""
        sign, order = data.get("decimal_sign"), data.get("day_first")
        return cls(
            decimal_sign=sign if isinstance(sign, str) and sign in {".", ","} else "",
            day_first=order if isinstance(order, bool) else None,
        )
