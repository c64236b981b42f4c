"""What the snapshots of gates hold of effects, reference, plan and actuals (G3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from initiatives.models import Measure
from initiatives.snapshots import Facts, Part
from kpis.actuals.facts import Holding, closure_facts, holdings_of
from kpis.actuals.selectors import start_of
from kpis.rules import Month


def _cells(months: Mapping[Month, Decimal], holding: Holding) -> dict[str, str]:
    places = holding.effect.metric.decimals
    return {str(month): f"{amount:.{places}f}" for month, amount in sorted(months.items())}


def _name(holding: Holding) -> dict[str, Any]:
    """Which effect is meant, for people and for programs."""
    effect = holding.effect
    return {"effect": str(effect.public_id), "metric": effect.metric.code, "name": effect.name}


def effects(measure: Measure) -> Facts:
    """What the effects are, and who answers for them."""
    return [
        _name(holding)
        | {
            "kind": str(holding.effect.kind),
            "class": str(holding.effect.effect_class),
            "currency": holding.effect.currency,
            "owner": holding.effect.owner.email if holding.effect.owner else None,
            "run_rate_start": _month(start_of(holding.effect)),
        }
        for holding in holdings_of(measure)
    ]


def _month(month: Month | None) -> str | None:
    return None if month is None else str(month)


def reference(measure: Measure) -> Facts:
    """How it was before."""
    holdings = holdings_of(measure)
    return [_name(h) | {"cells": _cells(h.reference, h)} for h in holdings]


def plan(measure: Measure) -> Facts:
    """The plan by month."""
    return [_name(h) | {"cells": _cells(h.plan, h)} for h in holdings_of(measure)]


def actuals(measure: Measure) -> Facts:
    """What was claimed and what finance accepted, by effect and month, beside the baseline."""
    totals = {facts.key: facts for facts in closure_facts(measure).effects}
    return [
        _name(holding)
        | {
            "claimed": _cells(
                {m: f.claimed for m, f in holding.actuals.items() if f.claimed is not None}, holding
            ),
            "validated": _cells(holding.accepted, holding),
            "baseline": _text(totals.get(str(holding.effect.public_id)), holding),
        }
        for holding in holdings_of(measure)
    ]


def _text(facts: Any, holding: Holding) -> str | None:
    if facts is None or facts.baseline is None:
        return None
    return f"{facts.baseline:.{holding.effect.metric.decimals}f}"


PARTS = (
    Part("effects", frozenset({"T2", "T3", "T4", "T5"}), effects),
    Part("reference", frozenset({"T2"}), reference),
    Part("plan", frozenset({"T2", "T3", "T15"}), plan),
    Part("actuals", frozenset({"T5"}), actuals),
)
