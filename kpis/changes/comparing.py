"""Two views of the same months side by side: baselines, plan, forecast; pure (V3)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from kpis.choices import Aggregation, EffectKind, Series
from kpis.grid import added, total_of
from kpis.rates.rules import ROUNDING
from kpis.rules import Month, fiscal_year

Amounts = Mapping[Month, Decimal]
HUNDRED, TENTH = Decimal(100), Decimal("0.1")
ORIGINAL, CURRENT = "original", "current"
NUMBERED = re.compile(r"baseline-([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Line:
    """One effect with all that may be compared."""

    key: str
    title: str
    metric: str
    unit: str
    kind: EffectKind
    aggregation: Aggregation
    decimals: int
    is_money: bool = True
    plan: Amounts = field(default_factory=dict)
    forecast: Amounts = field(default_factory=dict)
    baselines: Mapping[int, Amounts] = field(default_factory=dict)

    def view(self, side: str) -> Amounts:
        """The months that a side names; nothing where this effect has none of it."""
        if side == Series.PLAN:
            return self.plan
        if side == Series.FORECAST:
            return self.forecast
        if side == ORIGINAL:
            return self.baselines.get(1, {})
        if side == CURRENT:
            return self.baselines[max(self.baselines)] if self.baselines else {}
        return self.baselines.get(number_in(side) or 0, {})


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure on both sides; None is not entered, which is not zero."""

    left: Decimal | None
    right: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Right less left; a month that one side does not know counts as nothing there."""
        return (self.right or Decimal(0)) - (self.left or Decimal(0))

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of the left side; None where that is nothing."""
        return ROUNDING.divide(self.difference, abs(self.left)) if self.left else None

    @property
    def percent(self) -> Decimal | None:
        """The same in per cent, to one place."""
        if self.share is None:
            return None
        return (self.share * HUNDRED).quantize(TENTH, ROUND_HALF_UP, ROUNDING)


@dataclass(frozen=True, slots=True)
class YearPair:
    """A fiscal year: its months that either side knows, and what they come to."""

    year: int
    months: Sequence[tuple[Month, Pair]]
    total: Pair


@dataclass(frozen=True, slots=True)
class Compared:
    """One effect, or all effects that may be added, on both sides."""

    line: Line
    years: Sequence[YearPair]
    total: Pair

    @property
    def months(self) -> dict[Month, Pair]:
        return {month: pair for year in self.years for month, pair in year.months}


def number_in(side: str) -> int | None:
    """The number of a side such as `baseline-2`; None for any other."""
    match = NUMBERED.fullmatch(side)
    return int(match.group(1)) if match else None


def sides_of(numbers: Iterable[int]) -> list[str]:
    """What can be chosen where these baselines stand."""
    known = sorted(numbers)
    frozen = [ORIGINAL, *(f"baseline-{number}" for number in known), CURRENT] if known else []
    return [*frozen, Series.PLAN.value, Series.FORECAST.value]


def compared(line: Line, left: str, right: str, start: int) -> Compared:
    """An effect on both sides, by fiscal years that begin in month `start`."""
    return _compared(line, line.view(left), line.view(right), start)


def totals(lines: Sequence[Line], left: str, right: str, start: int) -> list[Compared]:
    """Effects added up where they may be: of one metric, unit and kind (V7).

    Only where several are added; one alone is its own total.
    """
    groups: dict[tuple[str, str, EffectKind], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.metric, line.unit, line.kind), []).append(line)
    return [
        _compared(
            rows[0],
            added(row.view(left) for row in rows),
            added(row.view(right) for row in rows),
            start,
        )
        for rows in groups.values()
        if len(rows) > 1
    ]


def _compared(line: Line, left: Amounts, right: Amounts, start: int) -> Compared:
    by_year: dict[int, list[Month]] = {}
    for month in sorted({*left, *right}):
        by_year.setdefault(fiscal_year(month, start), []).append(month)
    years = [
        YearPair(
            year,
            [(month, Pair(left.get(month), right.get(month))) for month in months],
            _total(line, left, right, months),
        )
        for year, months in by_year.items()
    ]
    return Compared(line, years, _total(line, left, right, [*left, *right]))


def _total(line: Line, left: Amounts, right: Amounts, months: Iterable[Month]) -> Pair:
    wanted = set(months)
    found = (
        total_of({m: a for m, a in view.items() if m in wanted}, line.aggregation, line.decimals)
        for view in (left, right)
    )
    return Pair(*found)
