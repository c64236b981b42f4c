"""How figures of the facts become a roll-up (F1-F3, V7); pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce

from initiatives.choices import Overlay, Stage
from initiatives.rules import degree_by_count, is_live
from kpis.choices import EffectClass, EffectKind, Series
from kpis.rates.rules import ROUNDING
from kpis.rules import Month, fiscal_year

ZERO = Decimal(0)
Years = dict[int, Decimal]
Months = dict[Month, Decimal]
KEPT_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class ValueLine:
    """V of all effects alike in metric, kind, class, currency, stage, its weight and overlay."""

    metric: str
    kind: EffectKind
    effect_class: EffectClass
    currency: str
    stage: Stage
    overlay: Overlay
    weight: Decimal
    value: Decimal
    absolute: Decimal


@dataclass(frozen=True, slots=True)
class MeasureCount:
    """So many measures at a stage under an overlay, whose stage model gives it this weight."""

    stage: Stage
    overlay: Overlay
    weight: Decimal
    number: int


@dataclass(slots=True)
class Amounts:
    """The amounts of F3; `validated` is None until actuals are validated."""

    identified: Decimal = ZERO
    hardened: Decimal = ZERO
    bankable: Decimal = ZERO
    parked: Decimal = ZERO
    validated: Decimal | None = None

    def add(self, line: ValueLine) -> None:
        """Count one line in; on hold is parked, cancelled counts nowhere (G10)."""
        if line.overlay is Overlay.ON_HOLD:
            self.parked += line.value
        if not is_live(line.overlay):
            return
        self.identified += line.value
        # Costs are never weighted (F3).
        self.hardened += line.value if line.kind.is_cost else line.value * line.weight
        if line.stage.doi >= Stage.DECIDED.doi:
            self.bankable += line.value


@dataclass(frozen=True, slots=True)
class MonthLine:
    """The sum of one calendar month of one metric and class in one series."""

    series: str
    metric: str
    effect_class: EffectClass
    month: Month
    amount: Decimal


@dataclass(slots=True)
class ByMonth:
    """Months by series: all classes pooled, split by class, and the headline metric's plan."""

    pooled: dict[Series, Months] = field(default_factory=dict)
    by_class: dict[Series, dict[EffectClass, Months]] = field(default_factory=dict)
    headline_plan: list[MonthLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class YearTable:
    """Amounts by row (a class, a program) and fiscal year, exact, with both totals."""

    years: tuple[int, ...]
    rows: Mapping[str, Years] = field(default_factory=dict)

    def total_of(self, row: str) -> Decimal:
        return wide_sum(self.rows[row].values())

    @property
    def totals(self) -> Years:
        return {
            year: wide_sum(r.get(year, ZERO) for r in self.rows.values()) for year in self.years
        }

    @property
    def total(self) -> Decimal:
        return wide_sum(self.total_of(row) for row in self.rows)


def wide_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Amounts added up without rounding, converted ones included."""
    return reduce(ROUNDING.add, amounts, ZERO)


def months_of(lines: Iterable[MonthLine], metric: str) -> ByMonth:
    """Lines by series and month; the plan of `metric` is kept apart as well."""
    found = ByMonth()
    for line in lines:
        series = Series(line.series)
        pooled = found.pooled.setdefault(series, {})
        pooled[line.month] = pooled.get(line.month, ZERO) + line.amount
        split = found.by_class.setdefault(series, {}).setdefault(line.effect_class, {})
        split[line.month] = split.get(line.month, ZERO) + line.amount
        if series is Series.PLAN and line.metric == metric:
            found.headline_plan.append(line)
    return found


def amount_text(amount: Decimal) -> str:
    """An exact amount for programs: at least the decimals it is kept with, no idle zeros beyond."""
    whole, _point, decimals = format(amount, "f").partition(".")
    if not decimals:
        return whole
    return f"{whole}.{decimals[:KEPT_DECIMALS]}{decimals[KEPT_DECIMALS:].rstrip('0')}"


def amounts_by_line(
    lines: Iterable[ValueLine],
) -> dict[str, dict[str, dict[str, Amounts]]]:
    """Metric → kind → class → amounts; different kinds and classes never add (V7)."""
    amounts: dict[str, dict[str, dict[str, Amounts]]] = {}
    for line in lines:
        kinds = amounts.setdefault(line.metric, {}).setdefault(line.kind.value, {})
        kinds.setdefault(line.effect_class.value, Amounts()).add(line)
    return amounts


def headline(lines: Iterable[ValueLine], metric: str) -> dict[str, Amounts]:
    """The headline metric's amounts, recurring and one-off apart, all classes."""
    result = {EffectKind.RECURRING.value: Amounts(), EffectKind.ONE_OFF.value: Amounts()}
    for line in lines:
        if line.metric == metric and line.kind.value in result:
            result[line.kind.value].add(line)
    return result


def degree_by_value(lines: Iterable[ValueLine], metric: str) -> Decimal | None:
    """F2 over live measures' headline value; None with nothing to divide by."""
    total, weighed = ZERO, ZERO
    for line in lines:
        if line.metric == metric and not line.kind.is_cost and is_live(line.overlay):
            total += line.absolute
            weighed += line.absolute * line.weight
    return weighed / total if total else None


def degree_of_counts(counts: Iterable[MeasureCount]) -> Decimal | None:
    """F1 over live measures; None with nothing to divide by."""
    return degree_by_count((c.weight, c.number) for c in counts if is_live(c.overlay))


def year_table(lines: Iterable[tuple[str, Month, Decimal]], start: int) -> YearTable:
    """Fold (row, month, amount) triples into fiscal years that begin in month `start`."""
    rows: dict[str, Years] = {}
    for row, month, amount in lines:
        years = rows.setdefault(row, {})
        year = fiscal_year(month, start)
        years[year] = ROUNDING.add(years.get(year, ZERO), amount)
    years_seen = {year for years in rows.values() for year in years}
    span = range(min(years_seen), max(years_seen) + 1) if years_seen else ()
    return YearTable(tuple(span), rows)


def fiscal_label(year: int, start: int) -> str:
    """`2026`, or `FY18` where the fiscal year is not the calendar year."""
    return str(year) if start == 1 else f"FY{year % 100:02d}"
