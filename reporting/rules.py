"""How figures of the facts become a roll-up (F1-F3, F5-F7, V7); pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import reduce

from initiatives.choices import Overlay, Stage
from initiatives.rules import degree_by_count, is_live
from kpis.choices import EffectClass, EffectKind, Series
from kpis.figures.leakage import Leakage, leakage_total
from kpis.figures.rules import (
    VALUE_KINDS,
    Amounts,
    Net,
    Share,
    net_parts,
    nets,
    weighted,
)
from kpis.rates.rules import ROUNDING
from kpis.rules import Month, fiscal_year

ZERO = Decimal(0)
Years = dict[int, Decimal]
Months = dict[Month, Decimal]
KEPT_DECIMALS = 4
SECONDS_OF_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class ValueLine:
    """All effects alike in metric, kind, class, currency, stage, its weight and overlay.

    `leakage` by reason (F7) and `expected`, the sum of the months they are expected to bring (F5);
    None where there is nothing of it.
    """

    metric: str
    effect_class: EffectClass
    currency: str
    share: Share
    leakage: Leakage | None = None
    expected: Decimal | None = None

    @property
    def kind(self) -> EffectKind:
        return self.share.kind


@dataclass(frozen=True, slots=True)
class SizeLine:
    """Headline V of all measures alike in stage, its weight, overlay and kind.

    `size` is Σ |V| for the degree by value (F2), `at_risk` Σ value at risk (F6).
    """

    kind: EffectKind
    overlay: Overlay
    weight: Decimal
    size: Decimal
    at_risk: Decimal


@dataclass(frozen=True, slots=True)
class MeasureCount:
    """So many measures at a stage under an overlay, whose stage model gives it this weight.

    `since` is Σ of the moments at which they came to the stage, in seconds since 1970.
    """

    stage: Stage
    overlay: Overlay
    weight: Decimal
    number: int
    since: Decimal = ZERO


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
        kinds.setdefault(line.effect_class.value, Amounts()).add(line.share)
    return amounts


def headline(lines: Iterable[ValueLine], metric: str) -> dict[str, Amounts]:
    """The headline metric's amounts, recurring and one-off apart, all classes."""
    result = {EffectKind.RECURRING.value: Amounts(), EffectKind.ONE_OFF.value: Amounts()}
    for line in lines:
        if line.metric == metric and line.kind.value in result:
            result[line.kind.value].add(line.share)
    return result


def degree_by_value(sizes: Iterable[SizeLine]) -> Decimal | None:
    """F2 over live measures' headline value; None with nothing to divide by."""
    return weighted((x.size, x.size * x.weight) for x in sizes if is_live(x.overlay))


def at_risk(sizes: Iterable[SizeLine]) -> dict[str, Decimal]:
    """F6 of a place: the sum over its measures, recurring and one-off apart."""
    found = {kind.value: ZERO for kind in VALUE_KINDS}
    for line in sizes:
        found[line.kind.value] += line.at_risk
    return found


def leakage_by_line(lines: Iterable[ValueLine]) -> dict[str, dict[str, Leakage]]:
    """Metric → class → leakage by reason, every reason named (F7, V7)."""
    parts: dict[str, dict[str, list[Leakage | None]]] = {}
    for line in lines:
        if line.leakage is not None:
            classes = parts.setdefault(line.metric, {})
            classes.setdefault(line.effect_class.value, []).append(line.leakage)
    return {
        metric: {name: leakage_total(given) or {} for name, given in classes.items()}
        for metric, classes in parts.items()
    }


def net_by_line(lines: Iterable[ValueLine]) -> list[Net]:
    """F5 by metric and unit."""
    return nets(
        (line.metric, line.currency, net_parts(line.kind, line.effect_class), line.expected)
        for line in lines
        if line.expected is not None
    )


def measures_by(
    counts: Iterable[MeasureCount],
) -> tuple[dict[Stage, int], dict[Overlay, int]]:
    """Numbers of measures by stage and by overlay, every one of them named."""
    by_stage, by_overlay = dict.fromkeys(Stage, 0), dict.fromkeys(Overlay, 0)
    for count in counts:
        by_stage[count.stage] += count.number
        by_overlay[count.overlay] += count.number
    return by_stage, by_overlay


def stage_ages(counts: Iterable[MeasureCount], now: datetime) -> dict[Stage, int | None]:
    """Whole days that live measures have been at each stage, on average; None without any."""
    since, numbers = dict.fromkeys(Stage, ZERO), dict.fromkeys(Stage, 0)
    for count in counts:
        if is_live(count.overlay):
            since[count.stage] += count.since
            numbers[count.stage] += count.number
    seconds = Decimal(now.timestamp())
    return {
        stage: max(int((seconds - since[stage] / number) // SECONDS_OF_DAY), 0) if number else None
        for stage, number in numbers.items()
    }


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
