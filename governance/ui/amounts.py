"""Amounts as programs write them and as people type and read them in their language; pure."""

import re
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from governance.ui.format import Style, number, style_for

LONGEST, GROUP = 60, 3
AMOUNT_TEXT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
AMOUNT_LENGTH = 400
# numeric(20,4) holds 16 digits before the point; one order is kept free for sums of a program.
LARGEST = Decimal(10) ** 15
Reader = Callable[[object, int], Decimal | StrOrPromise]
BLANKS = re.compile(r"[\s\u00a0\u2009\u202f'\u2019]")
SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})


class NoAmount(ValueError):
    """What was typed is no amount; says why in the reader's words."""


def number_of(value: object) -> Decimal | StrOrPromise:
    """A finite number below the largest, from text or a number; or why it is none."""
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return gettext_lazy('Write the amount as text, such as "1000.00".')
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    # Decimal() alone would take underscores and the digits of any script.
    if len(text) > AMOUNT_LENGTH or not AMOUNT_TEXT.fullmatch(text):
        return gettext_lazy("This is not a number. Write it like 1000.00.")
    amount = Decimal(text)
    if abs(amount) >= LARGEST:
        return gettext_lazy("This number is too large; at most 15 digits before the point.")
    return amount


def amount_of(value: object, decimals: int) -> Decimal | StrOrPromise:
    """A cell's amount, or why it is none: finite, within limits, within the metric's decimals."""
    amount = number_of(value)
    if isinstance(amount, Decimal) and amount != amount.quantize(Decimal(1).scaleb(-decimals)):
        return gettext_lazy("This metric keeps %(decimals)s decimals.") % {"decimals": decimals}
    return amount


def typed_amount(
    text: str, *, language: str, decimals: int, read: Reader = amount_of
) -> Decimal | None:
    """`1.234,56` in German, `1,234.56` in English; None for nothing typed.

    Raises `NoAmount` for anything else: the other language's spelling, what could be read in two
    ways, and what the metric cannot keep.
    """
    typed = text.strip()
    if not typed:
        return None
    plain = _plain(typed, style_for(language))
    amount = read(plain, decimals)
    if not isinstance(amount, Decimal):
        raise NoAmount(str(amount))
    return amount


def shown_amount(amount: Decimal | None, language: str, decimals: int) -> str:
    """An amount as its input shows it: grouped, at least two decimals, so that it reads one way."""
    if amount is None:
        return ""
    kept = -int(amount.normalize().as_tuple().exponent)
    kept = kept if kept != GROUP else GROUP + 1  # 1.234 reads two ways, 1.2340 does not
    text = number(amount, language, places=max(min(2, decimals), kept))
    return text.replace("\u2212", "-")


def _plain(typed: str, style: Style) -> str:
    """Digits with a point for decimals; raises `NoAmount`."""
    text = BLANKS.sub("", typed.translate(SIGNS))
    point, group = re.escape(style.point), re.escape(style.group)
    sign, whole, decimals = r"[+-]?", r"[0-9]+", rf"(?:{point}[0-9]+)?"
    if len(text) > LONGEST:
        raise NoAmount(_("This is too long for an amount."))
    if re.fullmatch(rf"{sign}[1-9][0-9]{{0,2}}{point}[0-9]{{3}}", text):
        raise NoAmount(_two_readings(text, style))
    is_grouped = re.fullmatch(rf"{sign}[0-9]{{1,3}}(?:{group}[0-9]{{3}})+{decimals}", text)
    if is_grouped or re.fullmatch(rf"{sign}{whole}{decimals}", text):
        return text.replace(style.group, "").replace(style.point, ".")
    if re.fullmatch(rf"{sign}[0-9]+(?:[.,][0-9]+)*", text):
        example = f"1{style.group}234{style.point}56"
        raise NoAmount(_("Write it like %(example)s.") % {"example": example})
    raise NoAmount(_("This is not a number."))


def _two_readings(text: str, style: Style) -> str:
    """`1.234` in English may be meant as a thousand or as a fraction."""
    as_thousands = text.replace(style.point, "")
    as_fraction = f"{text}0"
    return _("This can be read in two ways. Write %(whole)s or %(fraction)s.") % {
        "whole": as_thousands,
        "fraction": as_fraction,
    }
