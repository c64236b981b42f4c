"""Figures as text: scaled and exact money, percentages, grouped numbers, in English and German.

Everything here is pure: a Decimal and a language go in, text comes out. Rounding is half-even
throughout, so that a column of rounded figures carries no upward drift; the exact figure always
stands beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import reduce
from typing import Final

NOTHING: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
SPACE: Final = "\N{NO-BREAK SPACE}"
SCALES: Final[dict[str, Decimal]] = {
    "": Decimal(1),
    "k": Decimal(1_000),
    "m": Decimal(1_000_000),
    "bn": Decimal(1_000_000_000),
}
# Wide enough for sums of millions of numeric(20,4) cells: no step may round on its own.
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_MONEY_PLACES: Final = 2
_SCALED_PLACES: Final = 1


@dataclass(frozen=True, slots=True)
class Style:
    """How one language writes numbers."""

    point: str
    group: str
    names: dict[str, str]


ENGLISH: Final = Style(".", ",", {"": "", "k": "k", "m": "m", "bn": "bn"})
GERMAN: Final = Style(",", ".", {"": "", "k": "Tsd.", "m": "Mio.", "bn": "Mrd."})


def style_for(language: str | None) -> Style:
    """Return the style of a language code such as `de` or `de-at`; English where it is unknown."""
    return GERMAN if (language or "").lower().startswith("de") else ENGLISH


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half-even to a number of decimals."""
    return value.quantize(Decimal(1).scaleb(-places), context=_EXACT)


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Sum figures without rounding, leaving out what has none; None where nothing is left."""
    found = [value for value in values if value is not None]
    return reduce(_EXACT.add, found) if found else None


def number(value: Decimal | int | None, language: str, *, places: int | None = None) -> str:
    """Group a number; `places` None keeps every decimal it carries and drops idle zeros."""
    if value is None:
        return NOTHING
    amount = Decimal(value)
    if not amount.is_finite():
        return NOTHING
    amount = _trimmed(amount) if places is None else rounded(amount, places)
    style = style_for(language)
    text = f"{amount.copy_abs():,f}".translate(str.maketrans(",.", style.group + style.point))
    return f"{MINUS}{text}" if amount < 0 else text


def exact(value: Decimal | int | None, language: str, *, unit: str = "") -> str:
    """Write every digit of an amount, at least two decimals: `1,234,567.89 EUR`."""
    if value is None:
        return NOTHING
    carried = -_exponent(_trimmed(Decimal(value)))
    text = number(value, language, places=max(carried, _MONEY_PLACES))
    return f"{text}{SPACE}{unit}" if unit and text != NOTHING else text


def scaled(value: Decimal | int | None, language: str) -> str:
    """Shorten an amount to one decimal and its unit: `1.2 m`; below a thousand it stays whole."""
    if value is None:
        return NOTHING
    scale = scale_of(Decimal(value))
    name = scale_name(scale, language)
    text = in_scale(value, language, scale)
    return f"{text}{SPACE}{name}" if name and text != NOTHING else text


def in_scale(
    value: Decimal | int | None, language: str, scale: str, *, places: int | None = None
) -> str:
    """Write an amount in a given unit without naming it: for columns whose heading names it."""
    if value is None:
        return NOTHING
    amount = Decimal(value)
    if not amount.is_finite():
        return NOTHING
    decimals = _places_for(scale) if places is None else places
    return number(_EXACT.divide(amount, SCALES[scale]), language, places=decimals)


def scale_name(scale: str, language: str) -> str:
    """Name a unit in a language: `m` is `m` in English and `Mio.` in German."""
    return style_for(language).names[scale]


def scale_of(value: Decimal) -> str:
    """Choose the unit in which one amount reads best, after rounding: 999,960 is 1.0 m."""
    if not value.is_finite():
        return ""
    chosen = ""
    for scale, size in SCALES.items():
        places = _places_for(chosen)
        shown = rounded(_EXACT.divide(value.copy_abs(), SCALES[chosen]), places)
        if _EXACT.multiply(shown, SCALES[chosen]) >= size:
            chosen = scale
    return chosen


def common_scale(values: Iterable[Decimal | int | None]) -> str:
    """Choose one unit for a whole column: that of its largest amount."""
    sizes = (Decimal(value).copy_abs() for value in values if value is not None)
    return scale_of(max(sizes, default=Decimal(0)))


def percent(ratio: Decimal | None, language: str, *, places: int = 0) -> str:
    """Write a ratio as a percentage: 0.123 is `12 %`."""
    if ratio is None:
        return NOTHING
    text = number(_EXACT.multiply(Decimal(ratio), Decimal(100)), language, places=places)
    return f"{text}{SPACE}%" if text != NOTHING else text


def _places_for(scale: str) -> int:
    return _SCALED_PLACES if scale else 0


def _trimmed(amount: Decimal) -> Decimal:
    """Drop idle zeros behind the point, without turning 100 into 1E+2."""
    plain = amount.normalize(_EXACT)
    return plain.quantize(Decimal(1), context=_EXACT) if _exponent(plain) > 0 else plain


def _exponent(amount: Decimal) -> int:
    """Return the exponent of a number; 0 for what has none (NaN, infinity)."""
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def plain_number(value: Decimal | int) -> str:
    """A number as programs read it: all its decimals behind a point, no groups, no idle zeros."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text
