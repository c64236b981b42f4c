"""Amounts as people write them, in any notation that has one reading; pure."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exchange.files.faults import shown
from exchange.files.shapes import Cell
from exchange.files.verdicts import Fault, Notation
from governance.ui.amounts import LARGEST

LENGTH_AT_MOST, DECIMALS_AT_MOST = 80, 30
CURRENCIES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW "
    "MAD MXN MYR NOK NZD PEN PHP PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR"
)
_CURRENCY = rf"(?:US\$|CA\$|A\$|[€£$¥₹₺₽₩₪]|Fr\.|(?:{CURRENCIES.replace(' ', '|')}))"
# Minus signs, dashes that stand for them, blanks that do not break, apostrophes that group.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f\u2007", " "),
        "\u2019": "'",
    }
)
_DRESSED = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[+-])? ?(?P<front>{_CURRENCY})? ?(?P<inner>[+-])? ?"
    rf"(?P<body>[0-9.,][0-9., ']*?) ?(?P<trail>-)? ?(?P<back>{_CURRENCY})? ?(?P<close>\))?"
)
_PLAIN = re.compile(r"[0-9]+")
_SPACED = re.compile(r"([0-9]{1,3}(?:([ '])[0-9]{3})(?:\2[0-9]{3})*)(?:([.,])([0-9]+))?")
_BOTH = re.compile(r"([0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)((?!\2)[.,])([0-9]+)")
_GROUPED = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})+")
_ONE_SIGN = re.compile(r"([0-9]*)([.,])([0-9]+)")
GROUP = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A number's digits with a point, and what its spelling says about the decimal sign."""

    digits: str
    sign: str = ""  # the decimal sign this spelling proves
    is_open: bool = False  # one sign before three digits: decimals, or thousands


def amount_in(cell: Cell, notation: Notation) -> Decimal | Fault:
    """The exact amount in a cell, or why there is none."""
    if not isinstance(cell, str):
        return _typed(cell)
    text = unquoted(cell).strip()
    if "%" in text or "‰" in text:
        return Fault("percent", {"text": shown(text)})
    dressed = _undressed(text)
    reading = _reading(dressed[1]) if dressed else None
    if dressed is None or reading is None:
        return Fault("not_a_number", {"text": shown(text)})
    digits = _decided(reading, notation, text)
    return digits if isinstance(digits, Fault) else _kept(Decimal(dressed[0] + digits), text)


def _typed(cell: Decimal | date | bool | None) -> Decimal | Fault:  # noqa: FBT001  # a cell
    if cell is None:
        return Fault("missing", {})
    if isinstance(cell, Decimal):
        return _kept(cell, str(cell))
    return Fault("not_a_number", {"text": shown(str(cell))})


def currency_in(cell: Cell) -> str:
    """The currency sign or code written beside an amount, if any."""
    match = _matched(cell.strip()) if isinstance(cell, str) else None
    return (match["front"] or match["back"] or "") if match else ""


def reading_of(text: str) -> Reading | None:
    """How an amount is spelled, if a text is one."""
    dressed = _undressed(unquoted(text).strip())
    return _reading(dressed[1]) if dressed else None


def unquoted(text: str) -> str:
    """Takes back the apostrophe that keeps spreadsheet programs from computing a text."""
    return text[1:] if text[:1] == "'" and text[1:2] in {*"=+-@\t\r"} else text


def _matched(text: str) -> re.Match[str] | None:
    if len(text) > LENGTH_AT_MOST:
        return None
    return _DRESSED.fullmatch(text.translate(_ALIKE))


def _undressed(text: str) -> tuple[str, str] | None:
    """Sign and body of an amount; None if it is none, or signed or priced twice."""
    match = _matched(text)
    if match is None:
        return None
    is_bracketed = bool(match["open"])
    signs = [sign for sign in (match["sign"], match["inner"], match["trail"]) if sign]
    currencies = [name for name in (match["front"], match["back"]) if name]
    if is_bracketed != bool(match["close"]) or len(currencies) > 1:
        return None
    if len(signs) + is_bracketed > 1:
        return None
    return ("-" if is_bracketed or signs == ["-"] else ""), match["body"]


def _reading(body: str) -> Reading | None:
    if _PLAIN.fullmatch(body):
        return Reading(body)
    if match := _SPACED.fullmatch(body):
        whole = match[1].replace(" ", "").replace("'", "")
        return Reading(f"{whole}.{match[4]}", match[3]) if match[3] else Reading(whole)
    if match := _BOTH.fullmatch(body):
        return Reading(f"{match[1].replace(match[2], '')}.{match[4]}", match[3])
    return _signed(body)


def _signed(body: str) -> Reading | None:
    """A body with signs of one kind, which group if there are several."""
    if match := _GROUPED.fullmatch(body):
        return Reading(body.replace(match[1], ""), _other(match[1]))
    match = _ONE_SIGN.fullmatch(body)
    return _one_sign(match[1], match[2], match[3]) if match else None


def _one_sign(whole: str, sign: str, rest: str) -> Reading:
    """`1.234` is open; `12.5`, `1234.567` and `0.234` are not."""
    could_group = 1 <= len(whole) <= GROUP and len(rest) == GROUP and not whole.startswith("0")
    if could_group:
        return Reading(f"{whole}{sign}{rest}", is_open=True)
    return Reading(f"{whole or '0'}.{rest}", sign)


def _other(sign: str) -> str:
    return "," if sign == "." else "."


def _decided(reading: Reading, notation: Notation, text: str) -> str | Fault:
    wanted = notation.decimal_sign
    if not reading.is_open:
        if wanted and reading.sign and wanted != reading.sign:
            return Fault("other_notation", {"text": shown(text), "sign": wanted})
        return reading.digits
    fraction = reading.digits.replace(",", ".")
    whole = fraction.replace(".", "")
    if not wanted:
        return Fault("two_readings", {"text": shown(text), "one": fraction, "other": whole})
    return fraction if wanted in reading.digits else whole


def _kept(amount: Decimal, text: str) -> Decimal | Fault:
    if not amount.is_finite():
        return Fault("not_a_number", {"text": shown(text)})
    # The size first: spelling out 1E+999999 would take a megabyte.
    if amount.adjusted() > LARGEST.adjusted() or abs(amount) >= LARGEST:
        return Fault("too_large", {"text": shown(text)})
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS_AT_MOST:
        values = {"text": shown(text), "decimals": str(DECIMALS_AT_MOST)}
        return Fault("too_many_decimals", values)
    return amount
