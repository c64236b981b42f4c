"""Reading the facts of measures for the formulas, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from governance.calendars.rules import local_day
from governance.calendars.selectors import zone_of
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.rhythm.rules import moment_of
from kpis.actuals.choices import MonthState
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import Actuals, actuals_of, start_of
from kpis.choices import Aggregation, EffectClass, EffectKind, Series
from kpis.figures.converting import at_plan_rate
from kpis.figures.facts import Clock, EffectFacts, MeasureFacts, Months
from kpis.figures.lights import potential
from kpis.figures.sheet import Sheet, sheet_of
from kpis.models import Effect, ValueYear
from kpis.periods.selectors import closing_of
from kpis.rates.choices import RateKind
from kpis.rates.selectors import converter
from kpis.restatements.rules import with_restated
from kpis.restatements.selectors import restated_of
from kpis.rules import Month, fiscal_year

# (series, number of the baseline) to months.
Cells = dict[tuple[str, int], dict[Month, Decimal]]


def clock_of(tenant: Tenant, today: date | None = None, *, as_published: bool = False) -> Clock:
    """The tenant's day, settings and closed months; queries as `closing_of`.

    Another day than today is looked at as it ends.
    """
    zone, now = zone_of(tenant), timezone.now()
    day = today or local_day(now, zone)
    return Clock(
        now=now if today is None else moment_of(day, time.max, zone),
        today=day,
        fiscal_start=tenant.fiscal_year_start,
        headline=tenant.headline_metric,
        currency=tenant.currency,
        closed_to=closing_of().last_closed(day),
        as_published=as_published,
    )


def facts_of_measures(
    measures: Sequence[Measure],
    tenant: Tenant,
    *,
    converts: bool = True,
    as_published: bool = False,
) -> list[MeasureFacts]:
    """The facts of measures with their `stage_model`, in the same order; five queries.

    As they were published they leave restatements out (V4), with one query less. What is in another
    currency `converts` at plan rate where it has one (V8); one more query reads the rates if there
    is any.
    """
    effects = list(
        Effect.objects.filter(measure__in=[measure.pk for measure in measures])
        .select_related("metric")
        .order_by("id")
    )
    cells, actuals = cells_of(effects), actuals_of(effects)
    restated = {} if as_published else restated_of(effects)
    found: dict[int, list[EffectFacts]] = {}
    for effect in effects:
        deltas = restated.get(effect.pk, {})
        facts = effect_facts(effect, cells[effect.pk], actuals[effect.pk], deltas)
        found.setdefault(effect.measure_id, []).append(facts)
    if converts and any(effect.currency not in {"", tenant.currency} for effect in effects):
        rates = converter(RateKind.PLAN, tenant)
        found = {pk: [at_plan_rate(one, rates) for one in rows] for pk, rows in found.items()}
    zone = zone_of(tenant)
    return [_measure_facts(measure, found.get(measure.pk, []), zone) for measure in measures]


def measure_facts(measure: Measure, tenant: Tenant, *, as_published: bool = False) -> MeasureFacts:
    """The facts of one measure."""
    return facts_of_measures([measure], tenant, as_published=as_published)[0]


def measure_sheet(
    measure: Measure, tenant: Tenant, year: int | None = None, *, as_published: bool = False
) -> Sheet:
    """The figures of a measure in a fiscal year, the present one by default."""
    facts = measure_facts(measure, tenant, as_published=as_published)
    return sheet_for(facts, tenant, year, as_published=as_published)


def sheet_for(
    facts: MeasureFacts, tenant: Tenant, year: int | None = None, *, as_published: bool = False
) -> Sheet:
    """The same from facts that were read already, in the same way."""
    clock = clock_of(tenant, as_published=as_published)
    shown = year or fiscal_year(month_at(clock.today), clock.fiscal_start)
    return sheet_of(facts, shown, potential(facts, clock), clock)


def cells_of(effects: Iterable[Effect]) -> dict[int, Cells]:
    """The entered months of effects in every series and baseline; one query."""
    found: dict[int, Cells] = {effect.pk: {} for effect in effects}
    for row in ValueYear.objects.filter(effect_id__in=list(found)).order_by("id"):
        months = {
            Month(row.year, number): amount
            for number, amount in row.months().items()
            if amount is not None
        }
        if months:
            found[row.effect_id].setdefault((row.series, row.baseline_no), {}).update(months)
    return found


def effect_facts(
    effect: Effect, cells: Cells, actuals: Actuals, restated: Months | None = None
) -> EffectFacts:
    """One effect with its `metric`, its months, what became of its claims, and its restatements."""
    metric = effect.metric
    return EffectFacts(
        key=effect.pk,
        metric=metric.code,
        unit=effect.currency or metric.unit,
        kind=EffectKind(effect.kind),
        currency=effect.currency,
        effect_class=EffectClass(effect.effect_class),
        aggregation=Aggregation(metric.aggregation),
        decimals=metric.decimals,
        start=start_of(effect),
        plan=cells.get((Series.PLAN, 0), {}),
        forecast=cells.get((Series.FORECAST, 0), {}),
        baselines={no: cells[name, no] for name, no in cells if name == Series.BASELINE},
        claimed=cells.get((Series.ACTUAL_CLAIMED, 0), {}),
        validated=with_restated(cells.get((Series.ACTUAL_VALIDATED, 0), {}), restated or {}),
        rejected=frozenset(m for m, f in actuals.items() if f.state is MonthState.REJECTED),
    )


def _measure_facts(
    measure: Measure, effects: Sequence[EffectFacts], zone: ZoneInfo
) -> MeasureFacts:
    stage = Stage(measure.stage)
    since = month_at(measure.stage_since.astimezone(zone).date())
    return MeasureFacts(
        code=measure.code,
        stage=stage,
        overlay=Overlay(measure.overlay),
        weight=measure.stage_model.read.weight(stage),
        effects=tuple(effects),
        closed_in=since if stage is Stage.CLOSED else None,
    )
