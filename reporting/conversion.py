"""How the SQL of roll-ups brings months into the tenant's currency (V8).

A tenant without rates reads what it always read. With some, every row of a year is joined with its
twelve rates, and what has none stays in its own currency.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.tenancy.models import Tenant
from kpis.choices import Aggregation
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis, RateKind
from kpis.rates.rules import Converter, kind_for
from kpis.rates.selectors import converter

FACTORS = tuple(f"f{number:02d}" for number in range(1, len(MONTH_COLUMNS) + 1))
PAIRS = tuple(zip(MONTH_COLUMNS, FACTORS, strict=True))
JOIN = (
    "LEFT JOIN (SELECT * FROM json_to_recordset(%(factors)s::json) AS r(currency text, year int, "
    f"is_last boolean, {', '.join(f'{name} numeric' for name in FACTORS)})) f "
    "ON f.currency = e.currency AND f.year = y.year AND f.is_last = (t.aggregation = 'last') "
    "AND t.is_monetary"
)
FACTOR_COLUMNS = (
    f", {', '.join(f'f.{name}' for name in FACTORS)}, "
    "(NOT t.is_monetary OR e.currency IN ('', %(currency)s)) AS is_plain"
)
PART_MONTHS = ", ".join(
    f"CASE WHEN is_plain THEN {month} WHEN is_converted THEN {month} * {factor} "
    f"WHEN {factor} IS NULL THEN {month} END AS {month}"
    for month, factor in PAIRS
)
# Each year twice: what has a rate, in the tenant's currency, and what has none, as it is.
PARTS = f""", parts AS (
  SELECT * FROM (
    SELECT metric, kind, effect_class,
           CASE WHEN is_converted AND NOT is_plain THEN %(currency)s ELSE currency END AS currency,
           stage, overlay, model, measure, start, first, {PART_MONTHS}
    FROM years CROSS JOIN (VALUES (true), (false)) AS v (is_converted)
    WHERE is_converted OR NOT is_plain
  ) p WHERE num_nonnulls({", ".join(MONTH_COLUMNS)}) > 0
)"""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Pieces of SQL, with the rates they need as one document."""

    home: str
    basis: RateBasis = RateBasis.PLAN
    factors: list[dict[str, object]] = field(default_factory=list)

    @property
    def params(self) -> dict[str, object]:
        document = {"factors": json.dumps(self.factors, default=str)} if self.factors else {}
        return {"currency": self.home, **document}

    @property
    def join(self) -> str:
        return JOIN if self.factors else ""

    @property
    def factor_columns(self) -> str:
        return FACTOR_COLUMNS if self.factors else ""

    @property
    def parts(self) -> str:
        return PARTS if self.factors else ""

    @property
    def rows(self) -> str:
        """Where value is read from: years as they are, or their parts."""
        return "parts" if self.factors else "years"

    @property
    def is_counted(self) -> str:
        """Which effects can be in the tenant's currency at all."""
        same = "e.currency = %(currency)s"
        return f"({same} OR f.currency IS NOT NULL)" if self.factors else same

    @property
    def sums(self) -> str:
        """Twelve sums in the tenant's currency; a month without a rate is left out."""
        if not self.factors:
            return ", ".join(f"sum(y.{month})" for month in MONTH_COLUMNS)
        return ", ".join(
            f"sum(CASE WHEN e.currency = %(currency)s THEN y.{month} "
            f"ELSE y.{month} * f.{factor} END)"
            for month, factor in PAIRS
        )

    @property
    def lacks(self) -> str:
        """Twelve times whether something stands in a month and has no rate."""
        if not self.factors:
            return ", ".join(f"bool_or(y.{month} IS NOT NULL)" for month in MONTH_COLUMNS)
        return ", ".join(
            f"bool_or(y.{month} IS NOT NULL AND f.{factor} IS NULL)" for month, factor in PAIRS
        )


def conversion(basis: RateBasis, tenant: Tenant) -> Conversion:
    """By the rates that are confirmed now; a query for each kind of rate."""
    kinds = {
        aggregation is Aggregation.LAST: kind_for(basis, aggregation)
        for aggregation in (Aggregation.SUM, Aggregation.LAST)
    }
    found = {kind: converter(kind, tenant) for kind in sorted(set(kinds.values()))}
    return Conversion(tenant.currency, basis, _factors(kinds, found))


def _factors(
    kinds: Mapping[bool, RateKind], found: Mapping[RateKind, Converter]
) -> list[dict[str, object]]:
    return [
        {
            "currency": currency,
            "year": year,
            "is_last": is_last,
            **dict(zip(FACTORS, rates, strict=True)),
        }
        for is_last, kind in kinds.items()
        for (currency, year), rates in sorted(found[kind].by_calendar_year().items())
    ]
