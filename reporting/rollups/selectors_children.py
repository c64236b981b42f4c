"""Stored roll-ups of the nodes below a place: what their table shows of each."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum

from kpis.choices import EffectClass
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis
from kpis.rules import Month
from reporting.facts import OF_CHILDREN, ChildMonth, Weights
from reporting.rollups.models import RollUpLine, RollUpSize, RollUpYear
from reporting.rollups.parts import LINES, SIZES
from reporting.rules import MonthLine, SizeLine, ValueLine
from reporting.value_facts import size_line, value_line


def kept_sizes_of_children(
    node_ids: Sequence[int], basis: RateBasis
) -> dict[int, tuple[Decimal, Decimal]]:
    """Σ |V| and Σ value at risk of each of some nodes (F2, F6); one query."""
    rows = RollUpSize.objects.filter(node_id__in=node_ids, basis=basis).order_by()
    sums = rows.values_list("node_id").annotate(all_of=Sum("size"), risk=Sum("at_risk"))
    return {node_id: (size or Decimal(0), risk or Decimal(0)) for node_id, size, risk in sums}


def kept_lines_of_children(
    node_ids: Sequence[int], metric: str, currency: str, weights: Weights, basis: RateBasis
) -> list[tuple[int, ValueLine]]:
    """The lines of a metric of each of some nodes, in the tenant's currency; one query."""
    names = ["node_id", *LINES.keys[1:], *(name for name, _rule in LINES.figures)]
    rows = RollUpLine.objects.filter(
        node_id__in=node_ids, basis=basis, metric=metric, currency__in=["", currency]
    )
    return [
        (node_id, value_line(row, weights)) for node_id, *row in rows.order_by().values_list(*names)
    ]


def kept_months_of_children(
    node_ids: Sequence[int], metric: str, currency: str, basis: RateBasis
) -> list[ChildMonth]:
    """The months of a metric of each of some nodes, all classes; one query."""
    rows = RollUpYear.objects.filter(
        node_id__in=node_ids, basis=basis, series__in=OF_CHILDREN, metric=metric, currency=currency
    )
    sums = {f"of_{month}": Sum(month) for month in MONTH_COLUMNS}
    found = rows.order_by().values_list("node_id", "series", "year").annotate(**sums)
    return [
        ChildMonth(node_id, series, Month(year, number), amount)
        for node_id, series, year, *months in found
        for number, amount in enumerate(months, start=1)
        if amount is not None
    ]


def kept_size_lines_of_children(
    node_ids: Sequence[int], weights: Weights, basis: RateBasis
) -> list[tuple[int, SizeLine]]:
    """F2 and F6 of each of some nodes; one query."""
    names = ["node_id", *SIZES.keys[1:], *(name for name, _rule in SIZES.figures)]
    rows = RollUpSize.objects.filter(node_id__in=node_ids, basis=basis).order_by()
    return [(node_id, size_line(row, weights)) for node_id, *row in rows.values_list(*names)]


def kept_month_lines_of_children(
    node_ids: Sequence[int], metric: str, currency: str, basis: RateBasis
) -> list[tuple[int, MonthLine]]:
    """The months of a metric of each of some nodes, by series and class; one query."""
    names = ("node_id", "series", "effect_class", "year", *MONTH_COLUMNS)
    rows = RollUpYear.objects.filter(
        node_id__in=node_ids, basis=basis, metric=metric, currency=currency
    )
    return [
        (node_id, MonthLine(series, metric, EffectClass(of_class), Month(year, number), amount))
        for node_id, series, of_class, year, *months in rows.order_by().values_list(*names)
        for number, amount in enumerate(months, start=1)
        if amount is not None
    ]
