"""What is bankable below many places at once, as targets compare it (F3, H7)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from governance.people.rules import maximal
from governance.tenancy.models import Tenant
from governance.tree.rules import path_end
from kpis.choices import EffectClass
from kpis.figures.selectors import clock_of
from kpis.rates.rules import ROUNDING
from reporting.conversion import Conversion
from reporting.facts import fetch
from reporting.value_facts import value_params
from reporting.value_sql import DECIDED, IS_COST, effects, head

ZERO = Decimal(0)
# A measure below two of the places counts in both.
BY_PLACE = f"""
SELECT p.key, e.metric, e.kind, e.effect_class, sum(coalesce(e.value, 0))
FROM per_effect e
JOIN here h USING (measure)
JOIN json_to_recordset(%(places)s::json) AS p (key int, low text, high text)
  ON h.path >= p.low COLLATE "C" AND h.path < p.high COLLATE "C"
WHERE NOT e.{IS_COST} AND e.currency IN ('', %(currency)s) GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Bankable:
    """What is bankable of one metric and kind: all classes, and the hard part (V7)."""

    all_classes: Decimal = ZERO
    hard: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class BankableTable:
    """Bankable by place, metric and kind; nothing there is 0."""

    found: Mapping[tuple[int, str, str], Bankable] = field(default_factory=dict)

    def at(self, place: int, metric: str, kind: str) -> Bankable:
        return self.found.get((place, metric, kind), Bankable())


def bankable_of(places: Mapping[int, str], tenant: Tenant, rates: Conversion) -> BankableTable:
    """Bankable below each place, given as key to path, in the tenant's currency; one query (V8)."""
    if not places:
        return BankableTable()
    clause, params = value_params(maximal(places.values()), tenant, clock_of(tenant), rates)
    ranges = [
        {"key": key, "low": path, "high": path_end(path)} for key, path in sorted(places.items())
    ]
    counted = f"({clause}) AND m.overlay = 'active' AND m.{DECIDED}"
    statement = head(counted, rates) + effects(rates) + BY_PLACE
    rows = fetch(statement, params | {"places": json.dumps(ranges)})
    return BankableTable(added_up(rows))


def added_up(rows: list[Any]) -> dict[tuple[int, str, str], Bankable]:
    """Rows of (place, metric, kind, class, amount) with their classes pooled."""
    found: dict[tuple[int, str, str], Bankable] = {}
    for place, metric, kind, effect_class, amount in rows:
        so_far = found.get((place, metric, kind), Bankable())
        hard = amount if effect_class == EffectClass.HARD else ZERO
        found[place, metric, kind] = Bankable(
            ROUNDING.add(so_far.all_classes, amount), ROUNDING.add(so_far.hard, hard)
        )
    return found
