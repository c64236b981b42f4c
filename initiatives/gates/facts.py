"""What gates make of a measure's money: the amount of a route, and what closing rests on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from approvals.selectors import last_go
from governance.audit.rules import plain
from initiatives.closure_facts import Amounts, amounts, closure_facts
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.stage_models.choices import Track

TOGETHER = timedelta(days=90)
# Step down and reopening: what proved a closure is to be proved anew (F9).
UNDOING = ("T8", "T13")


def route_amount(measure: Measure) -> Decimal | None:
    """G6: what thresholds are compared with; None where there is no money or not all of it counts.

    Without an amount a route goes the long way.
    """
    found = amounts(measure)
    return found.largest if found.is_complete else None


def fits_light_track(measure: Measure, own: Amounts | None = None) -> bool:
    """Whether value and one-time cost are under the model's limit (section 3).

    `own` are the amounts the measure would have; without them those it has.

    The owner's other light measures of the same package made within ninety days count together:
    a large measure is not cut into small ones. An amount without a rate fits no limit.
    """
    value, cost = Decimal(0), Decimal(0)
    for one in (measure, *_light_beside(measure)):
        found = own if own is not None and one is measure else amounts(one)
        if not found.is_complete:
            return False
        value += abs(found.run_rate or Decimal(0)) + abs(found.one_off or Decimal(0))
        cost += found.one_time_cost or Decimal(0)
    limit = measure.stage_model.read.limits.light_limit
    return bool(value < limit and cost < limit)


def _light_beside(measure: Measure) -> list[Measure]:
    if measure.owner_id is None:
        return []
    rows = Measure.objects.filter(
        track=Track.LIGHT,
        package=measure.package_id,
        owner=measure.owner_id,
        created_at__gte=timezone.now() - TOGETHER,
    )
    return list(rows.exclude(pk=measure.pk))


def closure_months(measure: Measure) -> int:
    """T5: how many latest closed months finance must have accepted before a measure closes (N)."""
    return int(measure.stage_model.read.limits.closure_months)


def undone_at(measure: Measure) -> datetime | None:
    """When a measure last stepped down or was reopened (F9); one query."""
    decision = last_go(SUBJECT, measure.pk, UNDOING)
    return None if decision is None else decision.decided_at


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
