"""Reading metrics, effects and their months."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from governance.errors import NotVisible
from governance.people.actor import Actor
from initiatives.models import Measure
from initiatives.selectors import visible_measures
from kpis.choices import Series
from kpis.models import Effect, Metric, ValueHistory, ValueYear
from kpis.rules import Month

Cells = dict[Series, dict[Month, Decimal]]


@dataclass(frozen=True, slots=True)
class EffectValues:
    """One effect with its months by series; empty months are absent."""

    effect: Effect
    cells: Cells

    def series(self, series: Series) -> dict[Month, Decimal]:
        return self.cells.get(series, {})

    def total(self, series: Series) -> Decimal:
        return sum(self.series(series).values(), Decimal(0))


def metrics(*, only_active: bool = False) -> QuerySet[Metric]:
    """Metrics of the tenant by name."""
    rows: QuerySet[Metric] = Metric.objects.order_by("sort_key", "id")
    return rows.filter(is_active=True) if only_active else rows


def metric_by_code(code: str) -> Metric | None:
    return metrics().filter(code=code).first()


def effects_of(measure: Measure) -> QuerySet[Effect]:
    """Effects of one measure with their metric, in the order they were added."""
    rows: QuerySet[Effect] = Effect.objects.filter(measure=measure).select_related("metric")
    return rows.order_by("id")


def effect_by_id(public_id: str, *, by: Actor) -> Effect:
    """One effect of a visible measure; raises `NotVisible`."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError as error:
        raise NotVisible from error
    effect: Effect | None = (
        Effect.objects.select_related("metric", "measure__package", "measure__owner")
        .filter(public_id=wanted, measure__in=visible_measures(by))
        .first()
    )
    if effect is None:
        raise NotVisible
    return effect


def values_of(effects: Iterable[Effect]) -> list[EffectValues]:
    """Effects with their months of the unnumbered series, with one query."""
    rows = list(effects)
    cells: dict[int, Cells] = {effect.pk: {} for effect in rows}
    years = ValueYear.objects.filter(effect_id__in=list(cells), baseline_no=0)
    for year in years.order_by("year"):
        series = cells[year.effect_id].setdefault(Series(year.series), {})
        for number, amount in year.months().items():
            if amount is not None:
                series[Month(year.year, number)] = amount
    return [EffectValues(effect, cells[effect.pk]) for effect in rows]


def cell_history(effect: Effect, series: Series, month: Month) -> QuerySet[ValueHistory]:
    """Every value one cell ever had, newest first (V10)."""
    rows: QuerySet[ValueHistory] = ValueHistory.objects.filter(
        effect_public_id=effect.public_id, series=series, month=month.first_day
    )
    return rows.order_by("-id")
