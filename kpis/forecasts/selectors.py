"""Reading the grid of a measure, its variances, and which of them nobody has explained."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, When

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.selectors import visible_measures
from kpis.actuals.rules import ACCEPTED
from kpis.actuals.selectors import Actuals, Months, actuals_of, numbered_baselines
from kpis.choices import Aggregation, Series
from kpis.forecasts.models import VarianceReason
from kpis.forecasts.rules import (
    Explained,
    Tolerance,
    Variance,
    Views,
    is_reason_owed,
    variances,
)
from kpis.models import MONTH_COLUMNS, Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.selectors import EffectValues, effects_of, values_of
from kpis.settings.selectors import value_settings

# Where a forecast is open, and with it a reason owed (V2, G10).
OPEN_STAGES = (Stage.DECIDED, Stage.IMPLEMENTED)
Reasons = dict[int, VarianceReason]


@dataclass(frozen=True, slots=True)
class GridRow:
    """One effect with everything the grid shows of it."""

    values: EffectValues
    baselines: dict[int, Months] = field(default_factory=dict)
    actuals: Actuals = field(default_factory=dict)
    reasons: Reasons = field(default_factory=dict)

    @property
    def effect(self) -> Effect:
        return self.values.effect

    @property
    def original(self) -> Months:
        """Baseline 1 (V3); empty without."""
        return self.baselines.get(1, {})

    @property
    def current(self) -> Months:
        """The highest baseline (V3); empty without."""
        return self.baselines[max(self.baselines)] if self.baselines else {}

    @property
    def number(self) -> int:
        """The number of the current baseline; 0 without."""
        return max(self.baselines, default=0)

    def accepted(self) -> frozenset[Month]:
        """Months that finance has validated or adjusted."""
        return frozenset(m for m, facts in self.actuals.items() if facts.state in ACCEPTED)

    def views(self, forecast: Months | None = None) -> Views:
        """What the variance compares; with another forecast than the one that stands."""
        metric = self.effect.metric
        return Views(
            forecast=self.values.series(Series.FORECAST) if forecast is None else forecast,
            current=self.current,
            original=self.original,
            aggregation=Aggregation(metric.aggregation),
            decimals=metric.decimals,
            is_money=metric.is_monetary,
        )

    def explained(self) -> dict[int, Explained]:
        """What each fiscal year came to at its last reason."""
        return {y: Explained(row.forecast, row.baseline) for y, row in self.reasons.items()}

    def variances(
        self, start: int, forecast: Months | None = None, years: Iterable[int] | None = None
    ) -> dict[int, Variance]:
        """By fiscal year, as the forecast stands or as it would."""
        return variances(self.views(forecast), self.explained(), start, years)


def tolerance() -> Tolerance:
    """The tenant's tolerance (V6), the shipped one where nothing is published; one query."""
    terms = value_settings()
    return Tolerance(
        terms.variance_percent, terms.variance_amount, terms.change_percent, terms.change_amount
    )


def last_reasons(effects: Iterable[Effect]) -> dict[int, Reasons]:
    """The last reason of each effect's fiscal years, with who gave it; one query."""
    found: dict[int, Reasons] = {effect.pk: {} for effect in effects}
    rows = VarianceReason.objects.filter(effect_id__in=list(found))
    rows = rows.order_by("effect_id", "fiscal_year", "-id").distinct("effect_id", "fiscal_year")
    for row in rows.select_related("given_by__user"):
        found[row.effect_id][row.fiscal_year] = row
    return found


def grid_of(measure: Measure) -> list[GridRow]:
    """The effects of a measure with all their series, actuals and reasons; at most six queries."""
    return grid_rows(list(effects_of(measure)))


def grid_rows(effects: Sequence[Effect]) -> list[GridRow]:
    """The same for effects that are at hand."""
    baselines, actuals = numbered_baselines(effects), actuals_of(effects)
    reasons = last_reasons(effects)
    return [
        GridRow(row, baselines.get(row.effect.pk, {}), actuals[row.effect.pk],
                reasons[row.effect.pk])
        for row in values_of(effects)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A variance beyond tolerance whose reason is owed (V6)."""

    effect: Effect
    variance: Variance


def unexplained(
    tenant: Tenant, *, by: Actor, among: QuerySet[Measure] | None = None
) -> list[Unexplained]:
    """Variances without a reason, by measure and year; five queries for all.

    In all visible measures, or among some of them. Only effects whose forecast is not the baseline
    are read and judged.
    """
    rows = visible_measures(by) if among is None else among
    measures = rows.filter(stage__in=OPEN_STAGES, overlay=Overlay.ACTIVE)
    found = differing(Effect.objects.filter(measure__in=measures))
    found = found.select_related("metric", "measure__package")
    effects = list(found.order_by("measure__code", "id"))
    baselines, reasons, limits = numbered_baselines(effects), last_reasons(effects), tolerance()
    owing = []
    for values in values_of(effects):
        key = values.effect.pk
        row = GridRow(values, baselines.get(key, {}), reasons=reasons[key])
        owing += [
            Unexplained(values.effect, variance)
            for variance in row.variances(tenant.fiscal_year_start).values()
            if is_reason_owed(variance, limits)
        ]
    return owing


def differing(effects: QuerySet[Effect]) -> QuerySet[Effect]:
    """Effects some month of whose forecast is not that of the current baseline, set-based.

    Where months do not add up an empty one counts otherwise than a zero: those are all kept.
    """
    later = ValueYear.objects.filter(
        effect=OuterRef("effect"), series=Series.BASELINE, baseline_no__gt=OuterRef("baseline_no")
    )
    compared = Q(series=Series.FORECAST) | Q(Q(series=Series.BASELINE), ~Exists(later))
    is_forecast = Case(When(series=Series.FORECAST, then=1), default=-1)
    left = {f"left_{month}": Sum(is_forecast * F(month)) for month in MONTH_COLUMNS}
    is_left = reduce(or_, (Q(**{f"{name}__gt": 0}) | Q(**{f"{name}__lt": 0}) for name in left))
    years = ValueYear.objects.filter(compared, effect__in=effects.values("pk")).order_by()
    changed = years.values("effect", "year").annotate(**left).filter(is_left).values("effect")
    return effects.filter(~Q(metric__aggregation=Aggregation.SUM) | Q(pk__in=changed))


def changes_since(versions: Mapping[uuid.UUID, int]) -> list[ValueHistory]:
    """What was written into effects (by public id) after the version that was seen; one query."""
    asked = Q()
    for public_id, version in versions.items():
        asked |= Q(effect_public_id=public_id, effect_version__gt=version)
    rows: QuerySet[ValueHistory] = ValueHistory.objects.filter(asked).filter(baseline_no=0)
    return list(rows.order_by("id")) if versions else []
