"""The months of a measure's effects as rows of a fiscal year, with their totals; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.rates.choices import RateBasis, RateKind
from kpis.rates.rules import EXACT, ROUNDING, Converter, exact_sum, kind_for
from kpis.rules import Month, fiscal_year

Amounts = Mapping[Month, Decimal]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One effect as far as sums go; `unit` is its currency, or the unit of its metric."""

    key: int
    metric: str
    unit: str
    kind: EffectKind
    effect_class: EffectClass
    aggregation: Aggregation
    decimals: int
    months: Amounts
    is_money: bool = True


@dataclass(frozen=True, slots=True)
class Sum:
    """Months added up over several effects, and what they come to."""

    months: Amounts
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Group:
    """All effects of one metric and unit: only these may be added (V7)."""

    metric: str
    unit: str
    lines: Sequence[Line]
    value: Sum
    cost: Sum
    net: Sum

    @property
    def has_sums(self) -> bool:
        return len(self.lines) > 1

    @property
    def has_costs(self) -> bool:
        return any(line.kind.is_cost for line in self.lines)

    @property
    def has_value(self) -> bool:
        return any(not line.kind.is_cost for line in self.lines)


def total_of(months: Amounts, aggregation: Aggregation, decimals: int) -> Decimal | None:
    """What months come to by the metric's rule (V1); None where nothing was entered."""
    if not months:
        return None
    if aggregation is Aggregation.LAST:
        return months[max(months)]
    total = exact_sum(months)
    if aggregation is Aggregation.AVERAGE:
        mean = ROUNDING.divide(total, Decimal(len(months)))
        return mean.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, ROUNDING)
    return total


def within(months: Amounts, wanted: Iterable[Month]) -> dict[Month, Decimal]:
    """The entered ones of these months."""
    return {month: months[month] for month in wanted if month in months}


def added(rows: Iterable[Amounts]) -> dict[Month, Decimal]:
    """Months added over rows; a month that no row holds stays out: not entered is not zero."""
    sums: dict[Month, Decimal] = {}
    with localcontext(EXACT):
        for months in rows:
            for month, amount in months.items():
                sums[month] = sums.get(month, ZERO) + amount
    return sums


def is_foreign(line: Line, home: str) -> bool:
    """Whether an effect is planned in another currency than the tenant's."""
    return line.is_money and line.unit != home


def in_home(
    lines: Iterable[Line], basis: RateBasis, converters: Mapping[RateKind, Converter]
) -> list[Line]:
    """Lines in the tenant's currency as far as there are rates, the rest beside them (V8).

    Where months do not add up, a line of which some month has no rate stays as it is as a whole.
    """
    return [part for line in lines for part in _parts(line, basis, converters)]


def _parts(
    line: Line, basis: RateBasis, converters: Mapping[RateKind, Converter]
) -> Iterator[Line]:
    converter = converters.get(kind_for(basis, line.aggregation))
    if converter is None or not is_foreign(line, converter.home):
        yield line
        return
    converted, left = converter.split(line.months, line.unit)
    if left and line.aggregation is not Aggregation.SUM:
        yield line
        return
    if converted or not left:
        yield replace(line, unit=converter.home, months=converted)
    if left:
        yield replace(line, months=left)


def groups(lines: Iterable[Line]) -> list[Group]:
    """Effects by metric and unit, in the order they were added, each group with its sums (F5)."""
    by_unit: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        by_unit.setdefault((line.metric, line.unit), []).append(line)
    return [_group(metric, unit, rows) for (metric, unit), rows in by_unit.items()]


def _group(metric: str, unit: str, rows: list[Line]) -> Group:
    value = added(row.months for row in rows if not row.kind.is_cost)
    cost = added(row.months for row in rows if row.kind.is_cost)
    net = added([value, {month: amount.copy_negate() for month, amount in cost.items()}])
    sums = [Sum(m, total_of(m, rows[0].aggregation, rows[0].decimals)) for m in (value, cost, net)]
    return Group(metric, unit, rows, *sums)


def by_class(rows: Iterable[Line]) -> dict[EffectClass, dict[Month, Decimal]]:
    """Months of the value effects by class, in the order of the vocabulary."""
    values = [row for row in rows if not row.kind.is_cost]
    return {
        effect_class: added(row.months for row in values if row.effect_class is effect_class)
        for effect_class in EffectClass
        if any(row.effect_class is effect_class for row in values)
    }


def years_of(months: Iterable[Month], start: int, *, today: Month) -> list[int]:
    """Fiscal years to choose from: from the first to the last with values, this one, the next."""
    current = fiscal_year(today, start)
    held = {fiscal_year(month, start) for month in months}
    span = set(range(min(held), max(held) + 1)) if held else set()
    return sorted(span | {current, current + 1})
