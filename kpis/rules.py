"""Arithmetic of months and money: fiscal years, limits; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from governance.people.choices import Permission
from governance.ui.amounts import LARGEST
from initiatives.rules import Hands
from kpis.choices import EffectClass, EffectKind

MONTHS = 12
MONTH_TEXT = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
FIRST_YEAR, LAST_YEAR = 1990, 2100
DIGITS, DECIMALS = 20, 4
MINOR_UNIT = Decimal("0.0001")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    def plus(self, months: int) -> "Month":
        position = self.year * MONTHS + self.number - 1 + months
        return Month(position // MONTHS, position % MONTHS + 1)


def month_of(text: str) -> Month | None:
    """`2026-01` as a month; None for anything else or a year out of range."""
    match = MONTH_TEXT.fullmatch(text)
    if match is None:
        return None
    month = Month(int(match.group(1)), int(match.group(2)))
    return month if FIRST_YEAR <= month.year <= LAST_YEAR else None


def fiscal_year(month: Month, start: int) -> int:
    """The fiscal year a month belongs to, named after the calendar year in which it ends."""
    return month.year + (1 if start > 1 and month.number >= start else 0)


def year_label(year: int, start: int) -> str:
    """`2026`, or `FY26` where the fiscal year is not the calendar year."""
    return str(year) if start == 1 else f"FY{year % 100:02d}"


def months_of_fiscal_year(year: int, start: int) -> list[Month]:
    """The twelve months of a fiscal year in order."""
    first = Month(year - 1 if start > 1 else year, start)
    return [first.plus(offset) for offset in range(MONTHS)]


def by_fiscal_year(amounts: Mapping[Month, Decimal], start: int) -> dict[int, Decimal]:
    """Monthly amounts summed per fiscal year, in order."""
    years: dict[int, Decimal] = {}
    for month in sorted(amounts):
        year = fiscal_year(month, start)
        years[year] = years.get(year, Decimal(0)) + amounts[month]
    return years


def fits(amount: Decimal, decimals: int) -> bool:
    """Whether a finite amount can be kept as it is: within limits, no finer than the metric."""
    return abs(amount) < LARGEST and amount == amount.quantize(Decimal(1).scaleb(-decimals))


def may_plan(hands: Hands) -> bool:
    """Whether these hands may plan the values of a measure: their own, or any."""
    owns = hands.is_owner and hands.may(Permission.VALUE_PLAN_OWN)
    return owns or hands.may(Permission.VALUE_PLAN)


def counted_class(effect_class: EffectClass) -> EffectClass:
    """Unsplit counts as avoidance."""
    return EffectClass.AVOIDANCE if effect_class is EffectClass.UNSPLIT else effect_class


def is_value(kind: EffectKind) -> bool:
    """Whether an effect is value and not cost."""
    return not kind.is_cost


def minor_units(amount: Decimal) -> int:
    """An amount in ten-thousandths, as the sortable bigint copy keeps it, clipped to its range."""
    limit = 2**63 - 1
    return max(-limit, min(limit, int((amount / MINOR_UNIT).to_integral_value())))
