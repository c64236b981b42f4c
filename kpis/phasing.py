"""Spreading an amount over months, and shifting what stands in them; pure (V1, V9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid
from kpis.choices import Aggregation, PhasingHelper
from kpis.rules import FIRST_YEAR, LAST_YEAR, MONTHS, Month

MOST_SHIFTED = 120
FIRST, LAST = Month(FIRST_YEAR, 1), Month(LAST_YEAR, 12)
Weights = Sequence[Decimal | int]


@dataclass(frozen=True, slots=True)
class Phasing:
    """What is asked: a helper, and of the rest what that helper takes."""

    helper: PhasingHelper
    amount: Decimal | None = None
    first: Month | None = None
    last: Month | None = None
    # Months to shift by; negative is earlier.
    shift: int | None = None
    # One weight for each calendar month, January first.
    weights: Weights | None = None


def spread(total: Decimal, months: Iterable[Month], decimals: int) -> dict[Month, Decimal]:
    """Spread an amount evenly, cut to `decimals`; the remainder goes to the last month (V1, V9)."""
    places = list(months)
    step = Decimal(1).scaleb(-decimals)
    share = (total / len(places)).quantize(step, rounding=ROUND_DOWN)
    cells = dict.fromkeys(places, share)
    cells[places[-1]] = total - share * (len(places) - 1)
    return cells


def ramp(total: Decimal, months: Iterable[Month], decimals: int) -> dict[Month, Decimal]:
    """Each month one step more than the one before, from one step on."""
    places = list(months)
    return weighted(total, places, range(1, len(places) + 1), decimals)


def s_curve(total: Decimal, months: Iterable[Month], decimals: int) -> dict[Month, Decimal]:
    """Slow, fast, slow: the sum so far follows 3t² - 2t³, symmetrical about the middle."""
    places = list(months)
    count = len(places)
    so_far = [3 * step**2 * count - 2 * step**3 for step in range(count + 1)]
    steps = [after - before for before, after in pairwise(so_far)]
    return weighted(total, places, steps, decimals)


def season(
    total: Decimal, months: Iterable[Month], profile: Weights, decimals: int
) -> dict[Month, Decimal]:
    """By a weight for each calendar month; `profile` has twelve, January first."""
    places = list(months)
    return weighted(total, places, [profile[month.number - 1] for month in places], decimals)


def weighted(
    total: Decimal, months: Sequence[Month], weights: Weights, decimals: int
) -> dict[Month, Decimal]:
    """Shares by weight, cut to `decimals`; the last month that has a weight takes the remainder.

    The sum is exact and no share has another sign than the total (V1). Weights are not negative,
    and at least one is more than zero.
    """
    parts = [Fraction(weight) for weight in weights]
    whole, step = sum(parts), Decimal(1).scaleb(-decimals)
    size = Fraction(abs(total)) / Fraction(step)
    sign = -1 if total < 0 else 1
    cells = {
        month: sign * int(size * part / whole) * step
        for month, part in zip(months, parts, strict=True)
    }
    last = max(month for month, part in zip(months, parts, strict=True) if part > 0)
    cells[last] = total - sum((a for m, a in cells.items() if m != last), Decimal(0))
    return cells


def shifted(
    cells: Mapping[Month, Decimal], months: int, first: Month
) -> dict[Month, Decimal | None]:
    """What stands from `first` on, so many months later or earlier; left months are emptied.

    Raises `Invalid` where it would leave the calendar or come to lie upon an earlier month's value.
    """
    moving = {month: amount for month, amount in cells.items() if month >= first}
    landing = {month.plus(months): amount for month, amount in moving.items()}
    if any(not FIRST <= month <= LAST for month in landing):
        raise Invalid({"shift": [_("This would leave the years from 1990 to 2100.")]})
    if any(month in cells and month < first for month in landing):
        raise Invalid({"shift": [_("Earlier months hold values there; start with those.")]})
    return {**dict.fromkeys(moving), **landing}


def phased(
    ask: Phasing, cells: Mapping[Month, Decimal], aggregation: Aggregation, decimals: int
) -> dict[Month, Decimal | None]:
    """The months that a helper fills (None empties one), given what stands in the row.

    Only sums can be spread; of other metrics each month gets the same figure. Raises `Invalid` by
    field: `amount`, `first`, `last`, `shift`, `weights`, `helper`.
    """
    if ask.helper is PhasingHelper.SHIFT:
        return _shift(ask, cells)
    amount, months = _span(ask)
    if aggregation is not Aggregation.SUM:
        if ask.helper is not PhasingHelper.LINEAR:
            text = _("Months of this metric do not add up; it can be filled evenly or shifted.")
            raise Invalid({"helper": [text]})
        return dict.fromkeys(months, amount)
    if ask.helper is PhasingHelper.SEASON:
        return {**season(amount, months, _profile(ask, months), decimals)}
    plain = {
        PhasingHelper.LINEAR: spread,
        PhasingHelper.RAMP: ramp,
        PhasingHelper.S_CURVE: s_curve,
    }
    return {**plain[ask.helper](amount, months, decimals)}


def _shift(ask: Phasing, cells: Mapping[Month, Decimal]) -> dict[Month, Decimal | None]:
    if ask.shift is None or not 0 < abs(ask.shift) <= MOST_SHIFTED:
        text = _("By how many months, from 1 to %(most)s? Earlier is negative.")
        raise Invalid({"shift": [text % {"most": MOST_SHIFTED}]})
    return shifted(cells, ask.shift, ask.first or FIRST)


def _span(ask: Phasing) -> tuple[Decimal, list[Month]]:
    errors = {}
    if ask.amount is None:
        errors["amount"] = [_("Write the amount to be spread.")]
    if ask.first is None:
        errors["first"] = [_("Name the first month.")]
    if ask.last is None:
        errors["last"] = [_("Name the last month.")]
    elif ask.first is not None and ask.last < ask.first:
        errors["last"] = [_("This month lies before the first one.")]
    if ask.amount is None or ask.first is None or ask.last is None or errors:
        raise Invalid(errors)
    length = (ask.last.year - ask.first.year) * MONTHS + ask.last.number - ask.first.number + 1
    return ask.amount, [ask.first.plus(index) for index in range(length)]


def _profile(ask: Phasing, months: Sequence[Month]) -> Weights:
    profile = ask.weights or ()
    if len(profile) != MONTHS or any(weight < 0 for weight in profile):
        text = _("A season has twelve weights, January first, none of them negative.")
        raise Invalid({"weights": [text]})
    if not any(profile[month.number - 1] for month in months):
        raise Invalid({"weights": [_("None of the months between has a weight.")]})
    return profile
