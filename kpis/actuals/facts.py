"""What gates and closure ask of effects: money facts of a measure, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from governance.calendars.rules import local_day
from governance.calendars.selectors import zone_of
from governance.tenancy.models import Tenant
from initiatives.closure_facts import Amounts, ClosureFacts, EffectFacts
from initiatives.gates.facts import closure_months, undone_at
from initiatives.models import Measure
from initiatives.reading import once
from kpis.actuals.rules import (
    ZERO,
    added,
    first_year,
    month_at,
    proved_from,
    supporting,
    yearly,
)
from kpis.actuals.selectors import Actuals, actuals_of, current_baselines, start_of
from kpis.choices import Aggregation, EffectKind, Series
from kpis.grid import total_of
from kpis.models import Effect
from kpis.periods.selectors import last_closed_of
from kpis.restatements.rules import with_restated
from kpis.restatements.selectors import restated_of
from kpis.rules import Month
from kpis.selectors import effects_of, values_of

Months = Mapping[Month, Decimal]


@dataclass(frozen=True, slots=True)
class Holding:
    """One effect with all that gates ask of it."""

    effect: Effect
    reference: Months
    plan: Months
    baseline: Months
    actuals: Actuals
    restated: Months = field(default_factory=dict)

    @property
    def kind(self) -> EffectKind:
        return EffectKind(self.effect.kind)

    @property
    def aggregation(self) -> Aggregation:
        return Aggregation(self.effect.metric.aggregation)

    @property
    def is_recurring(self) -> bool:
        return self.kind is EffectKind.RECURRING

    @property
    def promised(self) -> Months:
        """The current baseline if there is one, else the plan estimate."""
        return self.baseline or self.plan

    @property
    def accepted(self) -> dict[Month, Decimal]:
        """Months that finance has validated, adjusted or restated, with what counts now."""
        months = {m: f.validated for m, f in self.actuals.items() if f.validated is not None}
        return with_restated(months, self.restated)

    def promised_total(self) -> Decimal | None:
        """V of this effect: recurring its first year, else all of it."""
        if self.is_recurring:
            return first_year(self.promised, start_of(self.effect), self.aggregation)
        return total_of(self.promised, self.aggregation, self.effect.metric.decimals)


def holdings_of(measure: Measure) -> list[Holding]:
    """The effects of a measure with reference, plan, current baseline and actuals; six queries.

    A gate that asks several times within one block of `reading` reads them once.
    """
    return once(("holdings", measure.pk), lambda: _holdings_of(measure))


def _holdings_of(measure: Measure) -> list[Holding]:
    found = values_of(effects_of(measure))
    effects = [row.effect for row in found]
    baselines = current_baselines(effects)
    actuals, restated = actuals_of(effects), restated_of(effects)
    return [
        Holding(
            effect=row.effect,
            reference=row.series(Series.REFERENCE),
            plan=row.series(Series.PLAN),
            baseline=baselines.get(row.effect.pk, {}),
            actuals=actuals[row.effect.pk],
            restated=restated[row.effect.pk],
        )
        for row in found
    ]


def values_in(holdings: Sequence[Holding]) -> list[Holding]:
    """The value effects among them: costs left out."""
    return [holding for holding in holdings if not holding.kind.is_cost]


def closure_facts(measure: Measure) -> ClosureFacts:
    """What T5 rests on: per value effect what finance supports, beside the current baseline."""
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    latest, needed = last_closed_of(tenant), closure_months(measure)
    values = values_in(holdings_of(measure))
    undone = undone_month(measure, tenant)
    facts = [_effect_facts(holding, latest, needed, undone, tenant) for holding in values]
    headline = [(h, f) for h, f in zip(values, facts, strict=True) if _is_of(h, tenant)]
    counted = [(h, f) for h, f in headline if h.effect.currency in {"", tenant.currency}]
    recurring = [f for h, f in counted if h.is_recurring]
    one_off = [f for h, f in counted if not h.is_recurring]
    return ClosureFacts(
        currency=tenant.currency,
        effects=facts,
        supported_recurring=added(f.supported for f in recurring),
        supported_one_off=added(f.supported for f in one_off),
        baseline_recurring=added(f.baseline for f in recurring),
        baseline_one_off=added(f.baseline for f in one_off),
        claimed=added(f.claimed for _h, f in counted),
        is_complete=len(counted) == len(headline),
    )


def undone_month(measure: Measure, tenant: Tenant) -> Month | None:
    """The month of the latest step down or reopening (F9), in the tenant's time zone."""
    at = once(("undone", measure.pk), lambda: undone_at(measure))
    return None if at is None else month_at(local_day(at, zone_of(tenant)))


def _is_of(holding: Holding, tenant: Tenant) -> bool:
    return bool(holding.effect.metric.code == tenant.headline_metric)


def _effect_facts(
    holding: Holding, latest: Month, needed: int, undone: Month | None, tenant: Tenant
) -> EffectFacts:
    effect, accepted = holding.effect, holding.accepted
    if holding.is_recurring:
        months = supporting(accepted, proved_from(start_of(effect), undone), latest, needed)
        supported = yearly(months, holding.aggregation)
    else:
        months = {m: a for m, a in accepted.items() if m <= latest}
        supported = total_of(months, holding.aggregation, effect.metric.decimals)
        needed = len(holding.promised)
    claims = {m: f.claimed for m, f in holding.actuals.items() if f.claimed is not None}
    return EffectFacts(
        key=str(effect.public_id),
        name=effect.name or effect.metric.name,
        metric=effect.metric.code,
        unit=effect.currency or effect.metric.unit,
        is_recurring=holding.is_recurring,
        is_headline=_is_of(holding, tenant),
        supported=supported,
        baseline=holding.promised_total() if holding.baseline else None,
        claimed=added(claims.values()),
        months=len(months),
        needed=needed,
    )


def amounts(measure: Measure) -> Amounts:
    """G6, from the current baseline, else the plan, in the tenant's currency.

    V counts the headline metric; where a measure has money and none of it in that metric, the
    largest of its metrics stands in, so that no amount slips under a threshold. One-off value and
    one-time cost count in every metric of money. Other currencies wait for a rate (V8).
    """
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    money = [h for h in holdings_of(measure) if h.effect.metric.is_monetary]
    if not money:
        return Amounts()
    counted = [h for h in money if h.effect.currency == tenant.currency]
    rows = [(h.kind, h.effect.metric.code, h.promised_total() or ZERO) for h in counted]
    return weighed(rows, tenant.headline_metric, is_complete=len(counted) == len(money))


Weight = tuple[EffectKind, str, Decimal]


def weighed(rows: Sequence[Weight], headline: str, *, is_complete: bool) -> Amounts:
    """G6 out of what effects come to, each with its kind and the code of its metric."""
    costs = (abs(total) for kind, _metric, total in rows if kind is EffectKind.ONE_TIME_COST)
    return Amounts(
        run_rate=_weightiest(rows, EffectKind.RECURRING, headline),
        one_time_cost=sum(costs, ZERO),
        one_off=_weightiest(rows, EffectKind.ONE_OFF, headline),
        is_complete=is_complete,
    )


def _weightiest(rows: Sequence[Weight], wanted: EffectKind, headline: str) -> Decimal:
    """|Σ| of a kind in the headline metric; without any of it, of the metric with the most."""
    sums: dict[str, Decimal] = {}
    for kind, metric, total in rows:
        if kind is wanted:
            sums[metric] = sums.get(metric, ZERO) + total
    if headline in sums:
        return abs(sums[headline])
    return max((abs(total) for total in sums.values()), default=ZERO)
