"""How much a change of the plan moves, and whether it raises an amount; pure (T15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from kpis.choices import Aggregation, EffectKind
from kpis.grid import total_of
from kpis.rates.rules import EXACT
from kpis.rules import MONTHS, Month

ZERO = Decimal(0)
Amounts = Mapping[Month, Decimal]
Pair = tuple[Decimal | None, Decimal | None]
Cells = Mapping[Month, Pair]
YEARLY = frozenset({EffectKind.RECURRING, EffectKind.RUNNING_COST})
# The names under which requests keep what they move.
NAMES = {
    EffectKind.RECURRING: "run_rate",
    EffectKind.ONE_OFF: "one_off",
    EffectKind.ONE_TIME_COST: "one_time_cost",
    EffectKind.RUNNING_COST: "running_cost",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one effect: its months, and the start rule."""

    months: Amounts = field(default_factory=dict)
    start: Month | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """One effect before and after, and the cells that differ."""

    kind: EffectKind
    aggregation: Aggregation
    decimals: int
    before: Plan
    after: Plan
    cells: Cells

    @property
    def difference(self) -> Decimal:
        """What the changed cells add up to; a month that is not entered counts as nothing."""
        with localcontext(EXACT):
            return sum((_rise(pair) for pair in self.cells.values()), ZERO)

    @property
    def is_raised(self) -> bool:
        return self.difference > 0

    @property
    def has_new_start(self) -> bool:
        return self.before.start != self.after.start

    @property
    def is_changed(self) -> bool:
        return bool(self.cells) or self.has_new_start

    @property
    def lowered(self) -> list[Month]:
        """Months that fall, or that are emptied."""
        return [
            m for m, (before, after) in self.cells.items() if (after or ZERO) < (before or ZERO)
        ]


def _rise(pair: Pair) -> Decimal:
    before, after = pair
    return (after or ZERO) - (before or ZERO)


def with_cells(months: Amounts, cells: Cells) -> dict[Month, Decimal]:
    """Months once some cells are changed; an emptied one is gone."""
    after = {month: amount for month, amount in months.items() if month not in cells}
    after |= {month: amount for month, (_b, amount) in cells.items() if amount is not None}
    return dict(sorted(after.items()))


def moved(shift: Shift) -> Decimal:
    """By how much an effect moves, up or down.

    What recurs is compared year by year from its run-rate start, and the year that moves most
    counts: so V itself counts, and a plan is not emptied behind its first year unseen. A mere
    delay moves nothing. What comes once is compared as a whole.
    """
    if shift.kind not in YEARLY:
        return abs(_total(shift.after.months, shift) - _total(shift.before.months, shift))
    before, after = (_years(plan, shift) for plan in (shift.before, shift.after))
    return max(
        (abs(after.get(year, ZERO) - before.get(year, ZERO)) for year in before | after),
        default=ZERO,
    )


def _years(plan: Plan, shift: Shift) -> dict[int, Decimal]:
    """What a plan comes to in each twelve months from its start; those before it count below 0."""
    if not plan.months:
        return {}
    first = plan.start or min(plan.months)
    years: dict[int, dict[Month, Decimal]] = {}
    for month, amount in plan.months.items():
        distance = (month.year - first.year) * MONTHS + month.number - first.number
        years.setdefault(distance // MONTHS, {})[month] = amount
    return {year: _total(months, shift) for year, months in years.items()}


def _total(months: Amounts, shift: Shift) -> Decimal:
    return total_of(months, shift.aggregation, shift.decimals) or ZERO


def others(shifts: Sequence[Shift]) -> list[tuple[int, list[Month]]]:
    """What must not come with an increase: per place of a shift, the months that fall.

    Empty unless some amount rises. A shift without such months stands in it for its new start.
    """
    if not any(shift.is_raised for shift in shifts):
        return []
    return [
        (place, shift.lowered)
        for place, shift in enumerate(shifts)
        if shift.lowered or shift.has_new_start
    ]
