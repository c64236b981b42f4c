"""Where a period stands, which days begin one, and what a figure may be; pure."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.ui.amounts import number_of
from kpis.indicators.choices import Direction, Rhythm, Standing

MOST_DECIMALS = 6
# numeric(20,6) holds 14 digits before the point; one order is kept free for sums.
LARGEST = Decimal(10) ** 13


def standing(
    direction: Direction,
    target: Decimal | None,
    actual: Decimal | None,
    low: Decimal | None,
    high: Decimal | None,
) -> Standing | None:
    """How an actual stands to its target or band; None where one of them or the direction lacks.

    A band may be open on one side.
    """
    if actual is None or direction is Direction.UNKNOWN:
        return None
    if direction is Direction.WITHIN_BAND:
        if low is None and high is None:
            return None
        is_inside = (low is None or actual >= low) and (high is None or actual <= high)
        return Standing.WITHIN if is_inside else Standing.OUTSIDE
    if target is None:
        return None
    is_met = actual >= target if direction is Direction.INCREASE else actual <= target
    return Standing.MET if is_met else Standing.MISSED


def begins_period(day: date, rhythm: Rhythm, year_start: int) -> bool:
    """Whether a day is the first of a period; quarters and years follow the fiscal year."""
    return day.day == 1 and (day.month - year_start) % rhythm.months == 0


def figure_of(value: object, decimals: int) -> Decimal | StrOrPromise:
    """A target, an actual or a limit as a number, or why it cannot be kept."""
    figure = number_of(value)
    if not isinstance(figure, Decimal):
        return figure
    if abs(figure) >= LARGEST:
        return _("This number is too large; at most 13 digits before the point.")
    if figure != figure.quantize(Decimal(1).scaleb(-decimals)):
        return _("This KPI keeps %(decimals)s decimals.") % {"decimals": decimals}
    return figure


def carries(figure: Decimal | None) -> int:
    """How many decimals a figure really has, idle zeros left out."""
    if figure is None:
        return 0
    exponent = figure.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
