"""Reading metrics, effects and their months."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from initiatives.figures import Money, PlanTotals
from initiatives.models import Measure
from initiatives.selectors import visible_measures
from kpis.choices import EffectKind, Series
from kpis.models import MONTH_COLUMNS, Effect, Metric, ValueHistory, ValueYear
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
    rows: QuerySet[Effect] = Effect.objects.filter(measure=measure)
    return rows.select_related("metric", "measure__package", "owner__user").order_by("id")


def effect_owner_ids(measure_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Memberships that own effects of measures, by measure; one query."""
    rows = Effect.objects.filter(measure_id__in=list(measure_ids), owner__isnull=False)
    found: dict[int, frozenset[int]] = {}
    for measure_id, owner_id in rows.values_list("measure_id", "owner_id"):
        found[measure_id] = found.get(measure_id, frozenset()) | {owner_id}
    return found


def effect_by_id(public_id: str, *, by: Actor) -> Effect:
    """One effect of a visible measure; raises `NotVisible`."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError as error:
        raise NotVisible from error
    effect: Effect | None = (
        Effect.objects.select_related("metric", "measure__package", "measure__owner", "owner__user")
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


def plan_totals_of(measures: Sequence[Measure], tenant: Tenant) -> PlanTotals:
    """The headline metric's plan of each measure by currency, costs left out; two queries."""
    metric = metric_by_code(tenant.headline_metric)
    if metric is None or not measures:
        return PlanTotals(metric.name if metric else tenant.headline_metric)
    sums = [f"sum_{column}" for column in MONTH_COLUMNS]
    rows = (
        ValueYear.objects.filter(
            effect__measure__in=[measure.pk for measure in measures],
            effect__metric=metric,
            effect__kind__in=[kind for kind in EffectKind if not kind.is_cost],
            series=Series.PLAN,
        )
        .order_by()
        .values_list("effect__measure_id", "effect__currency")
        .annotate(**{f"sum_{column}": Sum(column) for column in MONTH_COLUMNS})
        .values_list("effect__measure_id", "effect__currency", *sums)
    )
    totals: dict[int, list[Money]] = {}
    for measure_id, currency, *months in rows:
        entered = [amount for amount in months if amount is not None]
        if entered:
            money = Money(sum(entered, Decimal(0)), currency)
            totals.setdefault(measure_id, []).append(money)
    return PlanTotals(metric.name, totals)


def last_changes(effect: Effect, series: Series, months: Iterable[Month]) -> list[ValueHistory]:
    """The last change of each of these cells, in the order of the months; one query."""
    rows = ValueHistory.objects.filter(
        effect_public_id=effect.public_id,
        series=series,
        month__in=[month.first_day for month in months],
    )
    latest = {row.month: row for row in rows.order_by("id")}
    return [latest[month] for month in sorted(latest)]


def cell_history(effect: Effect, series: Series, month: Month) -> QuerySet[ValueHistory]:
    """Every value one cell ever had, newest first (V10)."""
    rows: QuerySet[ValueHistory] = ValueHistory.objects.filter(
        effect_public_id=effect.public_id, series=series, month=month.first_day
    )
    return rows.order_by("-id")
