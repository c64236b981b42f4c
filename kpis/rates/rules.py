"""Arithmetic of exchange rates: reading them, for what months they hold, converting; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kpis.choices import Aggregation
from kpis.rates.choices import RateBasis, RateKind
from kpis.rules import Month, fiscal_year, month_of, months_of_fiscal_year, number_of

RATE_DIGITS, RATE_DECIMALS = 18, 8
LARGEST_RATE = Decimal(10) ** (RATE_DIGITS - RATE_DECIMALS)
STEP = Decimal(1).scaleb(-RATE_DECIMALS)
CURRENCY = re.compile(r"[A-Z]{3}")
GROUPED = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*([.,])[0-9]+")
PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
TWO_READINGS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
LINE = re.compile(r"\s*([^\s;]+)\s*[\s;]\s*([^\s;]+)\s*[\s;]\s*(\S.*?)\s*")
MOST_LINES = 5000
# A product of numeric(20,4) and numeric(18,8) has at most 38 digits; sums of millions fit as well.
# Anything that would still not fit is an error and never a rounded amount (V1).
EXACT = Context(prec=80, traps=[Inexact])

Key = tuple[str, Month]


def rate_of(value: object) -> Decimal | StrOrPromise:
    """A rate as text or a number, or why it is none: above 0, at most 8 decimals, 10 digits."""
    rate = number_of(value)
    if not isinstance(rate, Decimal):
        return rate
    if rate <= 0:
        return _("A rate is greater than 0.")
    if rate >= LARGEST_RATE or rate != rate.quantize(STEP, context=Context(prec=RATE_LIMIT)):
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
    grouped = GROUPED.fullmatch(text)
    if grouped and grouped.group(1) != grouped.group(2):
        return rate_of(text.replace(grouped.group(1), "").replace(",", "."))
    if not PLAIN.fullmatch(text):
        return _("This is not a rate. Write it like 1.0812.")
    return rate_of(text.replace(",", "."))
