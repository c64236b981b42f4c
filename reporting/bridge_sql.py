"""SQL of a bridge: months of a horizon at the rates of its first and of its last day (F8, V8)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance.tenancy.models import Tenant
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.models import MONTH_COLUMNS, Effect, Metric, ValueHistory, ValueYear
from kpis.rates.choices import RateBasis
from reporting.conversion import document, rates_at
from reporting.value_sql import DECIDED, span

START, END = "start", "end"
NAMES = {
    side: tuple(f"{side}{number:02d}" for number in range(1, len(MONTH_COLUMNS) + 1))
    for side in (START, END)
}
ALL_NAMES = (*NAMES[START], *NAMES[END])
NO_RATES = (None,) * len(MONTH_COLUMNS)
EFFECT, METRIC, YEAR, MEASURE, NODE, HISTORY = (
    model._meta.db_table for model in (Effect, Metric, ValueYear, Measure, Node, ValueHistory)
)
HORIZON = "h.month >= %(first)s AND h.month < %(last)s"
# The tenant stands on every table: the planner then sees it on both sides of each join.
WITHIN = " AND ".join(f"{alias}.tenant_id = %(tenant)s" for alias in "mnet")
LOGGED = "h.tenant_id = %(tenant)s AND h.series IN ('plan', 'forecast')"


@dataclass(frozen=True, slots=True)
class BridgeRates:
    """The rates at both ends of a bridge; amounts are pairs of expressions, one for each end.

    Without rates only the tenant's own currency and plain units count.
    """

    home: str
    rows: list[dict[str, object]] = field(default_factory=list)
    has_changed: bool = False

    @property
    def params(self) -> dict[str, object]:
        found = {"rates": json.dumps(self.rows, default=str)} if self.rows else {}
        return {"home": self.home, **found}

    @property
    def is_plain(self) -> str:
        return "(NOT c.is_monetary OR c.currency IN ('', %(home)s))"

    def join(self, year: str) -> str:
        """The rates of a calendar year beside each row of `counted` as c."""
        if not self.rows:
            return ""
        columns = ", ".join(f'"{name}" numeric' for name in ALL_NAMES)
        return (
            "LEFT JOIN (SELECT * FROM json_to_recordset(%(rates)s::json) "
            f"AS r(currency text, year int, is_last boolean, {columns})) f "
            f"ON f.currency = c.currency AND f.year = {year} AND f.is_last = c.is_last "
            "AND c.is_monetary"
        )

    def of_year(self) -> str:
        """Σ of a year's row within the horizon, at both ends."""
        return self._pair(span("%(low)s", "%(high)s"), self._year_at)

    def of_month(self, amount: str) -> str:
        """An amount of `h.month`, at both ends."""
        return self._pair(amount, lambda side: f"{amount} * {self._month_rate(side)}")

    def _pair(self, plain: str, rated: Any) -> str:
        sides = [START, END] if self.has_changed else [START]
        return ", ".join(
            f"coalesce(sum(CASE WHEN {self.is_plain} THEN {plain} "
            f"ELSE {rated(side) if self.rows else 0} END), 0)"
            for side in sides
        )

    def _year_at(self, side: str) -> str:
        return " + ".join(
            f"CASE WHEN start + {place} >= %(low)s AND start + {place} < %(high)s "
            f'THEN coalesce({column} * f."{name}", 0) ELSE 0 END'
            for place, (column, name) in enumerate(zip(MONTH_COLUMNS, NAMES[side], strict=True))
        )

    def _month_rate(self, side: str) -> str:
        names = ", ".join(f'f."{name}"' for name in NAMES[side])
        return f"coalesce((ARRAY[{names}])[extract(month FROM h.month)::int], 0)"

    @property
    def lacks(self) -> str:
        """Whether a year's row holds an amount in the horizon that has no rate at the end."""
        without = " OR ".join(
            f"(start + {place} >= %(low)s AND start + {place} < %(high)s "
            f"AND {column} IS NOT NULL{self._has_none(name)})"
            for place, (column, name) in enumerate(zip(MONTH_COLUMNS, NAMES[END], strict=True))
        )
        return f"(NOT {self.is_plain} AND ({without}))"

    def _has_none(self, name: str) -> str:
        return f' AND f."{name}" IS NULL' if self.rows else ""


def bridge_rates(basis: RateBasis, tenant: Tenant, start: datetime, end: datetime) -> BridgeRates:
    """The rates that were in force at two moments; two queries for each kind of rate.

    What had no rate at the start goes by the rate of the end: to learn a rate moves no value.
    """
    earlier, later = rates_at(basis, tenant, start), rates_at(basis, tenant, end)
    rows, has_changed = [], False
    for key, after in sorted(later.items()):
        before = [old or new for old, new in zip(earlier.get(key, NO_RATES), after, strict=True)]
        rows.append(document(key, ALL_NAMES, [*before, *after]))
        has_changed = has_changed or before != list(after)
    return BridgeRates(tenant.currency, rows, has_changed)


def counted(paths: str) -> str:
    """CTE of the effects that a bridge counts; deleted ones come from the log.

    Those of the headline metric, no costs, of measures below the paths or ever moved (`%(moved)s`).
    """
    return f"""
WITH counted AS (
  SELECT e.id, e.public_id, m.code, m.stage, m.overlay, e.currency, t.is_monetary,
         t.aggregation = 'last' AS is_last, ({paths}) AS is_below
  FROM {MEASURE} m
  JOIN {NODE} n ON n.id = m.package_id
  JOIN {EFFECT} e ON e.measure_id = m.id
  JOIN {METRIC} t ON t.id = e.metric_id
  WHERE {WITHIN} AND t.code = %(metric)s AND e.kind IN ('recurring', 'one_off')
    AND (({paths}) OR m.code = ANY(%(moved)s))
  UNION ALL
  SELECT NULL, g.public_id, g.code, '', '', g.currency, t.is_monetary, t.aggregation = 'last', false
  FROM json_to_recordset(%(gone)s::json) AS g(public_id uuid, code text, currency text)
  JOIN {METRIC} t ON t.tenant_id = %(tenant)s AND t.code = %(metric)s
)"""


def changes_sql(paths: str, rates: BridgeRates) -> str:
    """What each save changed in the horizon: one row for each measure, series and cause.

    Of measures that nothing else happened to (`%(named)s` holds the others) all saves up to the end
    are one row and all later ones another, unless each is asked for: their order changes no sum.
    """
    delta = "(coalesce(h.after, 0) - coalesce(h.before, 0))"
    return f"""{counted(paths)}
SELECT min(h.id), CASE WHEN %(each)s OR c.code = ANY(%(named)s) THEN h.changed_at
         WHEN h.changed_at <= %(end)s THEN %(end)s ELSE %(end)s + interval '1 second' END,
       c.code, h.series, h.cause, {rates.of_month(delta)}
FROM {HISTORY} h JOIN counted c ON c.public_id = h.effect_public_id
{rates.join("extract(year FROM h.month)")}
WHERE {LOGGED} AND {HORIZON} AND h.changed_at > %(start)s
GROUP BY 2, c.code, h.series, h.cause ORDER BY 2, 1 LIMIT %(most)s
"""


def known_sql(paths: str, rates: BridgeRates) -> str:
    """Plan and forecast of the touched measures at the start, by the latest word on each month."""
    return f"""{counted(paths)}
SELECT c.code, h.series, {rates.of_month("h.after")}
FROM (
  SELECT DISTINCT ON (effect_public_id, series, month) effect_public_id, series, month, after
  FROM {HISTORY} h
  WHERE {LOGGED} AND {HORIZON} AND h.changed_at <= %(start)s AND effect_public_id = ANY(
    ARRAY(SELECT public_id FROM counted WHERE code = ANY(%(codes)s)))
  ORDER BY effect_public_id, series, month, id DESC
) h JOIN counted c ON c.public_id = h.effect_public_id
{rates.join("extract(year FROM h.month)")} GROUP BY 1, 2
"""


def kept_sql(paths: str, rates: BridgeRates) -> str:
    """Plan and forecast of the touched measures as the cells have them now."""
    return f"""{counted(paths)}
SELECT c.code, y.series, {rates.of_year()}
FROM counted c JOIN (SELECT *, year * 12 AS start FROM {YEAR} WHERE tenant_id = %(tenant)s) y
  ON y.effect_id = c.id
{rates.join("y.year")}
WHERE y.series IN ('plan', 'forecast') AND c.code = ANY(%(codes)s) GROUP BY 1, 2
"""


def untouched_sql(paths: str, rates: BridgeRates, what: str) -> str:
    """What nothing happened to and counts at both ends; `what` is read of it."""
    return f"""{counted(paths)}
SELECT {what}
FROM counted c JOIN (SELECT *, year * 12 AS start FROM {YEAR} WHERE tenant_id = %(tenant)s) y
  ON y.effect_id = c.id
{rates.join("y.year")}
WHERE c.is_below AND c.overlay = 'active' AND NOT c.code = ANY(%(codes)s)
  AND y.series = CASE WHEN c.{DECIDED} THEN 'forecast' ELSE 'plan' END
"""


def without_rate_sql(paths: str, rates: BridgeRates) -> str:
    """Currencies below the paths of which some month of the horizon has no rate at the end."""
    return f"""{counted(paths)}
SELECT DISTINCT c.currency
FROM counted c JOIN (SELECT *, year * 12 AS start FROM {YEAR} WHERE tenant_id = %(tenant)s) y
  ON y.effect_id = c.id
{rates.join("y.year")}
WHERE c.is_below AND y.series IN ('plan', 'forecast') AND {rates.lacks}
"""
