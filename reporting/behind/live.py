"""The lines of single measures, computed by the database when somebody looks; a query for each."""

from collections.abc import Iterator
from decimal import Decimal

from kpis.choices import EffectClass
from kpis.rules import Month
from reporting.cells_sql import year_rows
from reporting.facts import EFFECTS, MONEY, OF_EFFECT, WITHIN, Weights, fetch, path_clause
from reporting.group_sql import GROUPS, SIZE_SUMS
from reporting.places import Place
from reporting.rules import MonthLine, SizeLine, ValueLine
from reporting.value_facts import (
    ALIKE,
    LINE_SUMS,
    formulas,
    headline_of,
    params_of,
    size_line,
    value_line,
)
from reporting.value_sql import recent

LINES = headline_of(f"SELECT measure, {ALIKE}, {LINE_SUMS} GROUP BY measure, {ALIKE}")
SIZES = f"""
SELECT measure, kind, stage, overlay, model, {SIZE_SUMS} GROUP BY 1, 2, 3, 4, 5
"""


def lines_of_measures(place: Place, weights: Weights) -> Iterator[tuple[int, ValueLine]]:
    """F3, F5 and F7 of the headline metric in the tenant's currency, by measure."""
    clause, params = params_of(place)
    sql = formulas(clause, place.clock, place.rates) + recent(place.rates) + LINES
    for measure, *row in fetch(sql, params):
        yield measure, value_line(row, weights)


def sizes_of_measures(place: Place, weights: Weights) -> Iterator[tuple[int, SizeLine]]:
    """|V| and value at risk of the headline metric, by measure (F2, F6)."""
    clause, params = params_of(place)
    for measure, *row in fetch(formulas(clause, place.clock, place.rates) + GROUPS + SIZES, params):
        yield measure, size_line(row, weights)


def months_of_measures(place: Place) -> Iterator[tuple[int, MonthLine]]:
    """The months of the headline metric in the tenant's currency, of live measures."""
    clause, params = path_clause(place.paths, place.ids)
    rates, metric = place.rates, place.clock.headline
    sql = (
        f"SELECT m.id, y.series, e.effect_class, y.year, {rates.sums} {EFFECTS} "
        f"JOIN {year_rows(as_published=place.clock.as_published)} {OF_EFFECT} {rates.join()} "
        f"{WITHIN} AND t.code = %(metric)s AND {MONEY} AND {rates.is_counted} AND ({clause}) "
        "GROUP BY 1, 2, 3, 4"
    )
    for measure, series, effect_class, year, *months in fetch(
        sql, params | rates.params | {"metric": metric}
    ):
        of_class = EffectClass(effect_class)
        yield from (
            (measure, MonthLine(series, metric, of_class, Month(year, number), Decimal(amount)))
            for number, amount in enumerate(months, start=1)
            if amount is not None
        )
