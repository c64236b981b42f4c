"""What value settings say, what is shipped, and which of it cannot be kept; pure (V2, V4, V6)."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kpis.rules import FIRST_YEAR, LAST_YEAR, Month, fits

MOST_PERCENT: Final = Decimal(1000)
MOST_DAYS: Final = 60
MOST_SUSTAIN_MONTHS: Final = 60
PERCENT_DECIMALS: Final = 2
AMOUNT_DECIMALS: Final = 4
Faults = dict[str, list[StrOrPromise]]


@dataclass(frozen=True, slots=True)
class ValueTerms:
    """What one version says; as it is made here it is what ships with the product.

    Beyond the `variance` limits a reason is owed, beyond the `change` limits a change request (V6).
    Claims lock after working day `claim_day` of the following month, validation after
    `validation_day`, from the month `closes_from` on; without it no month locks (V4). Actuals run
    on for `sustain_months` after closure, and a shortfall counts beyond `sustain_percent` (V2).
    """

    variance_percent: Decimal = Decimal(5)
    variance_amount: Decimal = Decimal(10_000)
    change_percent: Decimal = Decimal(20)
    change_amount: Decimal = Decimal(1_000_000)
    claim_day: int = 5
    validation_day: int = 10
    closes_from: Month | None = None
    sustain_months: int = 12
    sustain_percent: Decimal = Decimal(5)

    @property
    def closes_on(self) -> date | None:
        """`closes_from` as the day that a row keeps."""
        return None if self.closes_from is None else self.closes_from.first_day


SHIPPED: Final = ValueTerms()
NAMES: Final = tuple(field.name for field in fields(ValueTerms))
PERCENTS: Final = ("variance_percent", "change_percent", "sustain_percent")
AMOUNTS: Final = ("variance_amount", "change_amount")


def term_faults(terms: ValueTerms) -> Faults:
    """What cannot be kept, by field; empty where all of it can."""
    faults = _amount_faults(terms)
    for name in ("claim_day", "validation_day"):
        if not 1 <= getattr(terms, name) <= MOST_DAYS:
            faults[name] = [_("Write a working day from 1 to 60.")]
    if not 1 <= terms.sustain_months <= MOST_SUSTAIN_MONTHS:
        faults["sustain_months"] = [_("Write from 1 to 60 months.")]
    if terms.closes_from is not None and not FIRST_YEAR <= terms.closes_from.year <= LAST_YEAR:
        faults["closes_from"] = [_("Write a month like 2026-01, between 1990 and 2100.")]
    return faults or _order_faults(terms)


def _amount_faults(terms: ValueTerms) -> Faults:
    faults: Faults = {}
    for name in PERCENTS:
        if not _is_percent(getattr(terms, name)):
            faults[name] = [_("Write per cent from 0 to 1000, with two decimals at most.")]
    for name in AMOUNTS:
        amount = getattr(terms, name)
        if amount < 0 or not fits(amount, AMOUNT_DECIMALS):
            faults[name] = [_("Write an amount of 0 or more, with four decimals at most.")]
    return faults


def _order_faults(terms: ValueTerms) -> Faults:
    faults: Faults = {}
    if terms.change_percent < terms.variance_percent:
        faults["change_percent"] = [_("This is at least the per cent that demands a reason.")]
    if terms.change_amount < terms.variance_amount:
        faults["change_amount"] = [_("This is at least the amount that demands a reason.")]
    if terms.validation_day < terms.claim_day:
        faults["validation_day"] = [_("Validation locks on the day claims lock, or later.")]
    return faults


def _is_percent(value: Decimal) -> bool:
    return 0 <= value <= MOST_PERCENT and value == round(value, PERCENT_DECIMALS)
