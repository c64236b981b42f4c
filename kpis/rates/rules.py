"""Arithmetic of exchange rates: reading them, for what months they hold, converting; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.ui.amounts import number_of
from kpis.choices import Aggregation
from kpis.rates.choices import RateBasis, RateKind
from kpis.rules import MONTHS, Month, fiscal_year, month_of, months_of_fiscal_year

RATE_DIGITS, RATE_DECIMALS = 18, 8
LARGEST_RATE = Decimal(10) ** (RATE_DIGITS - RATE_DECIMALS)
CURRENCY = re.compile(r"[A-Z]{3}")
PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
GROUPED = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*(?!\1)[.,][0-9]+")
TWO_READINGS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
LINE = re.compile(r"([^\s;]+)(?:\s*;\s*|\s+)([^\s;]+)(?:\s*;\s*|\s+)(\S+)")
MOST_LINES = 5000
# A product of numeric(20,4) and numeric(18,8) has at most 38 digits; sums of millions fit as well.
# Anything that would still not fit is an error and never a rounded amount (V1).
EXACT = Context(prec=80, traps=[Inexact])
# For means, which are rounded once and at the end.
ROUNDING = Context(prec=80)

Key = tuple[str, Month]


def rate_of(value: object) -> Decimal | StrOrPromise:
    """A rate as text or a number, or why it is none: above 0, 10 digits before the point, 8 after.

    It is units of the tenant's currency for one unit of the other.
    """
    rate = number_of(value)
    if not isinstance(rate, Decimal):
        return rate
    if rate <= 0:
        return _("A rate is greater than 0.")
    # Not by `quantize`: a number of 400 decimals must be refused and not break it.
    decimals = -int(rate.normalize(Context(prec=1000)).as_tuple().exponent)
    if rate >= LARGEST_RATE or decimals > RATE_DECIMALS:
        return _("A rate has at most 10 digits before the point and 8 after it.")
    return rate


def typed_rate(text: str) -> Decimal | StrOrPromise:
    """A rate as people type it, or why it is none.

    The last separator is the decimal one, whatever the language: `1.0812`, `1,0812`, `1,234.5`.
    What could be meant in two ways is refused: `1,234`.
    """
    if TWO_READINGS.fullmatch(text):
        whole = text.replace(".", "").replace(",", "")
        facts = {"whole": whole, "fraction": f"{text}0"}
        return _("This can be read in two ways. Write %(whole)s or %(fraction)s.") % facts
    if grouped := GROUPED.fullmatch(text):
        text = text.replace(grouped.group(1), "")
    if not PLAIN.fullmatch(text):
        return _("This is not a rate. Write it like 1.0812.")
    return rate_of(text.replace(",", "."))


@dataclass(frozen=True, slots=True)
class Pasted:
    """Lines that were pasted: rates by currency and month, and what is wrong with which line."""

    rates: Mapping[str, Mapping[str, Decimal]]
    faults: list[StrOrPromise]


def read_lines(text: str) -> Pasted:
    """Lines such as `USD 2026-01 0.9251`, parted by blanks, tabs or semicolons."""
    rates: dict[str, dict[str, Decimal]] = {}
    faults: list[StrOrPromise] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    written = [(number, line) for number, line in lines if line]
    if len(written) > MOST_LINES:
        return Pasted({}, [_("At most %(most)s lines at a time.") % {"most": MOST_LINES}])
    for number, line in written:
        found = _line(line, rates)
        if found is not None:
            facts = {"number": number, "fault": found}
            faults.append(_("Line %(number)s: %(fault)s") % facts)
    return Pasted(rates, faults)


def _line(line: str, rates: dict[str, dict[str, Decimal]]) -> StrOrPromise | None:
    """Take one line in, or say what is wrong with it."""
    match = LINE.fullmatch(line)
    if match is None:
        return _("Write a currency, a month and a rate, such as USD 2026-01 0.9251.")
    currency, month, rate = match.group(1).upper(), match.group(2), typed_rate(match.group(3))
    if not isinstance(rate, Decimal):
        return rate
    if month in rates.get(currency, {}):
        return _("%(currency)s %(month)s stands above already.") % {
            "currency": currency,
            "month": month,
        }
    rates.setdefault(currency, {})[month] = rate
    return None


def rate_month(text: str, kind: RateKind, fiscal_start: int) -> Month | StrOrPromise:
    """The month that a rate is kept under, or why it cannot be.

    A plan rate holds for a fiscal year and is kept under its first month.
    """
    month = month_of(text)
    if month is None:
        return _("Write a month like 2026-01, between 1990 and 2100.")
    if kind is RateKind.PLAN and month.number != fiscal_start:
        first = kept_month(month, kind, fiscal_start)
        return _("A plan rate holds for a fiscal year; write its first month, %(first)s.") % {
            "first": first
        }
    return month


def kept_month(month: Month, kind: RateKind, fiscal_start: int) -> Month:
    """The month under which the rate that holds in `month` is kept."""
    if kind is not RateKind.PLAN:
        return month
    return months_of_fiscal_year(fiscal_year(month, fiscal_start), fiscal_start)[0]


def currency_fault(currency: str, home: str) -> StrOrPromise | None:
    """Why a currency takes no rate; None if it does."""
    if not CURRENCY.fullmatch(currency):
        return _("A currency has three letters, such as EUR.")
    return _("This is the tenant's own currency; it takes no rate.") if currency == home else None


def kind_for(basis: RateBasis, aggregation: Aggregation) -> RateKind:
    """Which rates convert amounts of a metric.

    At period rate what is a stand of its month, as working capital is, goes by the closing rate.
    """
    if basis is RateBasis.PLAN:
        return RateKind.PLAN
    return RateKind.CLOSING if aggregation is Aggregation.LAST else RateKind.AVERAGE


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts amounts into the tenant's currency by rates of one kind, exactly (V8).

    `missing` collects currency and month of whatever found no rate.
    """

    kind: RateKind
    home: str
    fiscal_start: int
    rates: Mapping[Key, Decimal]
    missing: set[Key] = field(default_factory=set)

    def rate(self, currency: str, month: Month) -> Decimal | None:
        """Units of the tenant's currency for one of `currency` in a month; None without a rate."""
        if currency == self.home:
            return Decimal(1)
        rate = self.rates.get((currency, kept_month(month, self.kind, self.fiscal_start)))
        if rate is None:
            self.missing.add((currency, month))
        return rate

    def convert(self, amount: Decimal, currency: str, month: Month) -> Decimal | None:
        """The amount in the tenant's currency, unrounded; None without a rate."""
        rate = self.rate(currency, month)
        return None if rate is None else EXACT.multiply(amount, rate)

    def split(
        self, months: Mapping[Month, Decimal], currency: str
    ) -> tuple[dict[Month, Decimal], dict[Month, Decimal]]:
        """Months in the tenant's currency, and those without a rate as they are."""
        converted: dict[Month, Decimal] = {}
        left: dict[Month, Decimal] = {}
        for month, amount in months.items():
            found = self.convert(amount, currency, month)
            if found is None:
                left[month] = amount
            else:
                converted[month] = found
        return converted, left

    def by_calendar_year(self) -> dict[tuple[str, int], list[Decimal | None]]:
        """The rates that hold in each calendar year: (currency, year) to twelve months."""
        years: dict[tuple[str, int], list[Decimal | None]] = {}
        for (currency, kept), rate in self.rates.items():
            if kept_month(kept, self.kind, self.fiscal_start) != kept:
                continue  # of a fiscal year that began in another month then
            span = MONTHS if self.kind is RateKind.PLAN else 1
            for month in (kept.plus(offset) for offset in range(span)):
                row = years.setdefault((currency, month.year), [None] * MONTHS)
                row[month.number - 1] = rate
        return years


def exact_sum(amounts: Mapping[Month, Decimal]) -> Decimal:
    """Amounts added up without rounding."""
    with localcontext(EXACT):
        return sum(amounts.values(), Decimal(0))
