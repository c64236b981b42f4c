"""How figures of the facts become a roll-up (F1-F3, F5-F7, V7); pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from initiatives.choices import Overlay, Stage
from initiatives.rules import degree_by_count, is_live
from kpis.choices import EffectClass, EffectKind
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
from kpis.rules import Month, fiscal_year

ZERO = Decimal(0)
Years = dict[int, Decimal]


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
    """So many measures at a stage under an overlay, whose stage model gives it this weight."""

    stage: Stage
    overlay: Overlay
    weight: Decimal
    number: int


@dataclass(frozen=True, slots=True)
class MonthLine:
    """The sum of one calendar month of one metric and class in one series."""

    series: str
    metric: str
    effect_class: EffectClass
    month: Month
    amount: Decimal


@dataclass(frozen=True, slots=True)
class YearTable:
    """Amounts by row (a class, a program) and fiscal year, exact, with both totals."""

    years: tuple[int, ...]
    rows: Mapping[str, Years] = field(default_factory=dict)

    def total_of(self, row: str) -> Decimal:
        return sum(self.rows[row].values(), ZERO)

    @property
    def totals(self) -> Years:
        return {
            year: sum((r.get(year, ZERO) for r in self.rows.values()), ZERO) for year in self.years
        }

    @property
    def total(self) -> Decimal:
        return sum((self.total_of(row) for row in self.rows), ZERO)


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


def degree_of_counts(counts: Iterable[MeasureCount]) -> Decimal | None:
    """F1 over live measures; None with nothing to divide by."""
    return degree_by_count((c.weight, c.number) for c in counts if is_live(c.overlay))


def year_table(lines: Iterable[tuple[str, Month, Decimal]], start: int) -> YearTable:
    """Fold (row, month, amount) triples into fiscal years that begin in month `start`."""
    rows: dict[str, Years] = {}
    for row, month, amount in lines:
        years = rows.setdefault(row, {})
        year = fiscal_year(month, start)
        years[year] = years.get(year, ZERO) + amount
    years_seen = {year for years in rows.values() for year in years}
    span = range(min(years_seen), max(years_seen) + 1) if years_seen else ()
    return YearTable(tuple(span), rows)


def fiscal_label(year: int, start: int) -> str:
    """`2026`, or `FY18` where the fiscal year is not the calendar year."""
    return str(year) if start == 1 else f"FY{year % 100:02d}"
