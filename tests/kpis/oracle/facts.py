"""Raw measures as the product's facts."""

from decimal import Decimal

from initiatives.choices import Overlay, Stage
from kpis.choices import Aggregation, EffectClass, EffectKind
from kpis.figures.facts import EffectFacts, MeasureFacts
from kpis.rules import Month
from tests.kpis.oracle.portfolios import Cells, RawEffect, RawMeasure


def month_at(position: int) -> Month:
    return Month(position // 12, position % 12 + 1)


def _months(cells: Cells) -> dict[Month, Decimal]:
    return {month_at(position): amount for position, amount in cells.items()}


def facts_of(measure: RawMeasure, code: str = "M-1") -> MeasureFacts:
    return MeasureFacts(
        code=code,
        stage=Stage(measure.stage),
        overlay=Overlay(measure.overlay),
        weight=measure.weight,
        effects=tuple(effect_facts(e, key) for key, e in enumerate(measure.effects)),
        closed_in=None if measure.closed_in is None else month_at(measure.closed_in),
    )


def effect_facts(effect: RawEffect, key: int = 0) -> EffectFacts:
    return EffectFacts(
        key=key,
        metric=effect.metric,
        unit=effect.currency or effect.metric,
        kind=EffectKind(effect.kind),
        currency=effect.currency,
        effect_class=EffectClass(effect.effect_class),
        aggregation=Aggregation(effect.rule),
        decimals=effect.decimals,
        start=None if effect.start is None else month_at(effect.start),
        plan=_months(effect.plan),
        forecast=_months(effect.forecast),
        baselines={no: _months(one) for no, one in enumerate(effect.baselines, start=1)},
        claimed=_months(effect.claimed),
        validated=_months(effect.accepted),
        rejected=frozenset(month_at(position) for position in effect.rejected),
    )
