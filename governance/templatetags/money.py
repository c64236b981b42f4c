"""Template filters and the tag that print figures; the writing itself is `governance.ui.format`."""

from decimal import Decimal, InvalidOperation

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from governance.ui import format as figures

register = template.Library()

Figure = Decimal | int | str | None


@register.filter(name="money")
def money_filter(value: Figure, currency: str = "") -> SafeString:
    """Print a scaled amount with the exact figure on hover."""
    return _data(_decimal(value), currency)


@register.simple_tag
def money(
    value: Figure,
    currency: str = "",
    *,
    scale: str | None = None,
    show_currency: bool = False,
    signed: bool = False,
) -> SafeString:
    """Print an amount, on request in a fixed unit, with its currency, or with a plus sign."""
    amount = _decimal(value)
    language = _language()
    if scale is None:
        text = figures.scaled(amount, language)
    else:
        text = figures.in_scale(amount, language, scale)
    if signed and amount is not None and amount > 0:
        text = f"+{text}"
    if show_currency and currency and amount is not None:
        text = f"{text}{figures.SPACE}{currency}"
    return _data(amount, currency, text)


@register.filter
def money_exact(value: Figure, currency: str = "") -> str:
    """Write every digit of an amount."""
    return figures.exact(_decimal(value), _language(), unit=currency)


@register.filter
def money_scaled(value: Figure) -> str:
    """Write an amount with one decimal in its own unit."""
    return figures.scaled(_decimal(value), _language())


@register.filter
def scale_name(scale: str) -> str:
    """Name a unit such as `m` for a column heading."""
    return figures.scale_name(scale, _language())


@register.filter
def percent(ratio: Figure, places: int = 0) -> str:
    """Write a ratio as a percentage."""
    return figures.percent(_decimal(ratio), _language(), places=places)


@register.filter
def number(value: Figure) -> str:
    """Group a number, keeping its decimals."""
    return figures.number(_decimal(value), _language())


def _data(amount: Decimal | None, currency: str, text: str = "") -> SafeString:
    if amount is None or not amount.is_finite():
        return format_html('<span class="money money-none">{}</span>', figures.NOTHING)
    language = _language()
    return format_html(
        '<data class="money{}" value="{}" title="{}">{}</data>',
        " money-negative" if amount < 0 else "",
        f"{amount:f}",
        figures.exact(amount, language, unit=currency),
        text or figures.scaled(amount, language),
    )


def _decimal(value: Figure) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _language() -> str:
    return get_language() or "en"
