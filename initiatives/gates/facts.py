"""What gates make of a measure's money: the amount of a route, and what closing rests on."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from governance.audit.rules import plain
from initiatives.closure_facts import amounts, closure_facts
from initiatives.models import Measure


def route_amount(measure: Measure) -> Decimal | None:
    """G6: what thresholds are compared with; None where there is no money or not all of it counts.

    Without an amount a route goes the long way.
    """
    found = amounts(measure)
    return found.largest if found.is_complete else None


def fits_light_track(measure: Measure) -> bool:
    """Whether value and one-time cost are each under the model's limit (section 3)."""
    found, limit = amounts(measure), measure.stage_model.read.limits.light_limit
    given = (found.run_rate, found.one_off, found.one_time_cost)
    return found.is_complete and all(abs(amount) < limit for amount in given if amount is not None)


def closure_months(measure: Measure) -> int:
    """T5: how many latest closed months finance must have accepted before a measure closes (N)."""
    return int(measure.stage_model.read.limits.closure_months)


@dataclass(frozen=True, slots=True)
class ClosureTotals:
    """Of the headline metric in the tenant's currency: a year of what recurs, and what came once.

    None where no effect of that metric stands; then there is no money to compare with.
    """

    supported: Decimal | None
    baseline: Decimal | None
    claimed: Decimal | None


def closure_totals(measure: Measure) -> ClosureTotals:
    """What the validated months support beside what was promised (T5)."""
    facts = closure_facts(measure)
    return ClosureTotals(
        _both(facts.supported_recurring, facts.supported_one_off),
        _both(facts.baseline_recurring, facts.baseline_one_off),
        facts.claimed,
    )


def _both(recurring: Decimal | None, one_off: Decimal | None) -> Decimal | None:
    if recurring is None and one_off is None:
        return None
    return (recurring or Decimal(0)) + (one_off or Decimal(0))


def closing_facts(measure: Measure) -> dict[str, Any]:
    """What the closing request carries (T5): totals, and claimed and supported by effect."""
    facts, totals = closure_facts(measure), closure_totals(measure)
    effects = [
        {
            "id": effect.key,
            "name": effect.name,
            "metric": effect.metric,
            "unit": effect.unit,
            "claimed": plain(effect.claimed) if effect.claimed is not None else None,
            "supported": plain(effect.supported) if effect.supported is not None else None,
            "baseline": plain(effect.baseline) if effect.baseline is not None else None,
            "months": effect.months,
            "needed": effect.needed,
        }
        for effect in facts.effects
    ]
    said = {"supported": totals.supported, "baseline": totals.baseline, "claimed": totals.claimed}
    money = {name: None if value is None else plain(value) for name, value in said.items()}
    return {**money, "currency": facts.currency, "effects": effects}
