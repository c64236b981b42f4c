"""The figures and lights of a node as a report freezes them, from stored roll-ups (F1 to F6, L5).

What changes by the mere hour, such as days in a stage, is left out: a draft that says the same is
the same.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from kpis.choices import Series
from kpis.figures.choices import LightName
from kpis.figures.rules import Amounts
from kpis.rates.rules import ROUNDING
from kpis.rules import year_label
from reporting.rollups.models import RollUpLight
from reporting.rules import MonthLine, year_table
from reporting.selectors import RollUp, roll_up_by_code
from reporting.watermelons import watermelons

AMOUNTS = ("identified", "hardened", "bankable", "validated", "parked", "validated_to_date")
SERIES = (Series.PLAN, Series.FORECAST, Series.ACTUAL_VALIDATED)
# Of the measures that look well and are not, the largest are named.
MOST_WATERMELONS = 10


def figures_of(node: Node, tenant: Tenant, by: Actor) -> RollUp:
    """The roll-up of a node at plan rate."""
    return roll_up_by_code(node.code, tenant=tenant, by=by)


def figures_body(figures: RollUp, tenant: Tenant) -> dict[str, Any]:
    """Four amounts, degrees, counts, years and value at risk; no query."""
    return {
        "metric": tenant.headline_metric,
        "currency": tenant.currency,
        "measures": figures.measures,
        "by_stage": {stage.value: number for stage, number in figures.by_stage.items()},
        "by_overlay": {overlay.value: number for overlay, number in figures.by_overlay.items()},
        "doi": {
            "by_count": _share(figures.degree_by_count),
            "by_value": _share(figures.degree_by_value),
        },
        "amounts": {kind: _amounts(amounts) for kind, amounts in figures.headline.items()},
        "years": _years(figures.facts.months, tenant),
        "at_risk": {kind: amount_of(amount) for kind, amount in figures.at_risk.items()},
    }


def lights_body(node: Node, figures: RollUp, tenant: Tenant, by: Actor) -> dict[str, Any]:
    """The lights of the node, how many measures have which, and watermelons; six queries."""
    found = watermelons(tenant=tenant, by=by, node=node, limit=MOST_WATERMELONS)
    return {
        "node": {name.value: lamp.value for name, lamp in figures.lights.items()},
        "measures": _numbers(node, figures),
        "watermelons": {
            "count": found.total or 0,
            "items": [
                {
                    "measure": one.measure.code,
                    "name": one.measure.name,
                    "size": amount_of(one.lit.size),
                }
                for one in found.rows
            ],
        },
    }


def amount_of(amount: Decimal | None) -> str | None:
    """An exact amount without idle zeros: stored and live figures say the same alike."""
    if amount is None:
        return None
    return format(amount.normalize(ROUNDING), "f") if amount else "0"


def _share(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _amounts(amounts: Amounts) -> dict[str, str | None]:
    return {name: amount_of(getattr(amounts, name)) for name in AMOUNTS}


def _years(lines: Iterable[MonthLine], tenant: Tenant) -> dict[str, dict[str, str]]:
    """Plan, forecast and validated months of the headline metric by fiscal year, all classes."""
    table = year_table(
        (
            (one.series, one.month, one.amount)
            for one in lines
            if one.metric == tenant.headline_metric
        ),
        tenant.fiscal_year_start,
    )
    return {
        year_label(year, tenant.fiscal_year_start): {
            series.value: amount_of(table.rows.get(series.value, {}).get(year, Decimal(0))) or "0"
            for series in SERIES
        }
        for year in table.years
    }


def _numbers(node: Node, figures: RollUp) -> dict[str, dict[str, int]]:
    """How many live measures have which light, but for grey ones; one query of stored rows."""
    found: dict[str, dict[str, int]] = {name.value: {} for name in LightName}
    if figures.facts.tree is not None:
        for name in LightName:
            holding = figures.facts.tree.holdings.get((node.path, name))
            if holding is not None:
                found[name.value] = {lamp.value: n for lamp, n in holding.numbers.items()}
        return found
    rows = RollUpLight.objects.filter(node_id=node.pk)
    for light, lamp, number in rows.values_list("light", "lamp", "number"):
        found[light][lamp] = number
    return found
