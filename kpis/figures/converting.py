"""Effects in the tenant's currency at plan rate, where every month of them has one; pure (V8)."""

from dataclasses import replace

from kpis.figures.facts import EffectFacts, Months
from kpis.rates.rules import Converter

SERIES = ("plan", "forecast", "claimed", "validated")


def at_plan_rate(effect: EffectFacts, rates: Converter) -> EffectFacts:
    """The effect in the tenant's currency, `converted_from` its own, or unchanged.

    Without months or where one has no rate it stays as it is.

    An effect is converted as a whole or not at all: one in two currencies has no run-rate, light or
    leakage of its own.
    """
    if effect.currency in {"", rates.home} or not effect.has_months:
        return effect
    found: dict[str, Months] = {}
    for name in SERIES:
        found[name], left = rates.split(getattr(effect, name), effect.currency)
        if left:
            return effect
    baselines: dict[int, Months] = {}
    for number, cells in effect.baselines.items():
        baselines[number], left = rates.split(cells, effect.currency)
        if left:
            return effect
    return replace(
        effect,
        currency=rates.home,
        unit=rates.home,
        converted_from=effect.currency,
        baselines=baselines,
        plan=found["plan"],
        forecast=found["forecast"],
        claimed=found["claimed"],
        validated=found["validated"],
    )
