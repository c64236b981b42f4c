"""Effects in the tenant's currency at plan rate, where every month of them has one; pure (V8)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kpis.figures.facts import EffectFacts, Months
from kpis.rates.rules import Converter
from kpis.rules import Month


def at_plan_rate(effect: EffectFacts, rates: Converter) -> EffectFacts:
    """The effect in the tenant's currency, `converted_from` its own; unchanged without a rate or months.

    An effect is converted as a whole or not at all: one in two currencies has no run-rate, light or
    leakage of its own.
    """
    if effect.currency in {"", rates.home} or not effect.has_months:
        return effect
    months = {
        "plan": effect.plan,
        "forecast": effect.forecast,
        "claimed": effect.claimed,
        "validated": effect.validated,
    }
    found = {name: _converted(cells, effect.currency, rates) for name, cells in months.items()}
    baselines = {
        number: _converted(cells, effect.currency, rates)
        for number, cells in effect.baselines.items()
    }
    if None in found.values() or None in baselines.values():
        return effect
    return replace(
        effect,
        currency=rates.home,
        unit=rates.home,
        converted_from=effect.currency,
        baselines=baselines,
        **found,
    )


def _converted(cells: Months, currency: str, rates: Converter) -> Mapping[Month, Decimal] | None:
    converted, left = rates.split(cells, currency)
    return None if left else converted
