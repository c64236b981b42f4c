"""How the SQL of roll-ups brings months into the tenant's currency (V8).

A tenant without rates reads what it always read. With some, every row of a year is joined with its
twelve rates, and what has none stays in its own currency.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from governance.tenancy.models import Tenant
from kpis.choices import Aggregation
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis
from kpis.rates.rules import kind_for
from kpis.rates.selectors import converter

# Currency, calendar year, and whether the metric shows the stand of its last month.
RateKey = tuple[str, int, bool]
YearlyRates = Mapping[RateKey, Sequence[Decimal | None]]

FACTORS = tuple(f"f{number:02d}" for number in range(1, len(MONTH_COLUMNS) + 1))
PAIRS = tuple(zip(MONTH_COLUMNS, FACTORS, strict=True))
JOIN = (
    "LEFT JOIN (SELECT * FROM json_to_recordset(%(factors)s::json) AS r(currency text, year int, "
    f"is_last boolean, {', '.join(f'{name} numeric' for name in FACTORS)})) f "
)
# V1: where months do not add up, a series of which some month has no rate stays as it is.
RATED = " AND ".join(f"({month} IS NULL OR {factor} IS NOT NULL)" for month, factor in PAIRS)
IS_WHOLE = (
    "(is_plain OR aggregation <> 'sum' AND NOT bool_and(" + RATED + ") "
    "OVER (PARTITION BY effect, series, no)) AS is_whole"
)
# One measure's own figures convert an effect as a whole or not at all.
IS_WHOLE_EFFECT = f"(is_plain OR NOT bool_and({RATED}) OVER (PARTITION BY effect)) AS is_whole"
PART_MONTHS = ", ".join(
    f"CASE WHEN is_whole THEN {month} WHEN is_converted THEN {month} * {factor} "
    f"WHEN {factor} IS NULL THEN {month} END AS {month}"
    for month, factor in PAIRS
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Pieces of SQL, with the rates they need as one document.

    By `whole_effects` an effect of which any month has no rate stays as it is, in all its months.
    """

    home: str
    basis: RateBasis = RateBasis.PLAN
    factors: list[dict[str, object]] = field(default_factory=list)
    whole_effects: bool = False

    @property
    def params(self) -> dict[str, object]:
        document = {"factors": json.dumps(self.factors, default=str)} if self.factors else {}
        return {"currency": self.home, **document}

    def join(self, effect: str = "e", metric: str = "t") -> str:
        """The rates beside each year `y`; the arguments name what knows currency and rule."""
        if not self.factors:
            return ""
        return (
            f"{JOIN} ON f.currency = {effect}.currency AND f.year = y.year "
            f"AND f.is_last = ({metric}.aggregation = 'last') AND {metric}.is_monetary"
        )

    def factor_columns(self, effect: str, metric: str) -> str:
        """The rates as columns, and whether none is needed."""
        if not self.factors:
            return ""
        is_plain = f"(NOT {metric}.is_monetary OR {effect}.currency IN ('', %(currency)s))"
        return f", {', '.join(f'f.{name}' for name in FACTORS)}, {is_plain} AS is_plain"

    @property
    def by_currency(self) -> str:
        """By what the parts of one effect are told apart, after its id."""
        return ", currency" if self.factors else ""

    def parts(self, columns: str, rows: str) -> str:
        """The years of `rows` as they add up, by columns that a part has from its year.

        Each year stands twice: what has a rate, in the tenant's currency, and what has none, as it
        is. Both keep what the months of the whole effect say, such as where its run-rate starts.
        """
        if not self.factors:
            return f"SELECT * FROM {rows}"
        return f"""
  SELECT * FROM (
    SELECT {columns}, {PART_MONTHS},
           CASE WHEN is_converted AND NOT is_whole THEN %(currency)s ELSE currency END AS currency
    FROM (SELECT *, {IS_WHOLE_EFFECT if self.whole_effects else IS_WHOLE} FROM {rows}) r
    CROSS JOIN (VALUES (true), (false)) AS v (is_converted)
    WHERE is_converted OR NOT is_whole
  ) p WHERE num_nonnulls({", ".join(MONTH_COLUMNS)}) > 0
"""

    @property
    def is_counted(self) -> str:
        """Which effects can be in the tenant's currency at all."""
        same = "e.currency = %(currency)s"
        return f"({same} OR num_nonnulls({', '.join(FACTORS)}) > 0)" if self.factors else same

    @property
    def sums(self) -> str:
        """Twelve sums in the tenant's currency; a month without a rate is left out."""
        if not self.factors:
            return ", ".join(f"sum(y.{month})" for month in MONTH_COLUMNS)
        return ", ".join(
            f"sum(CASE WHEN e.currency = %(currency)s THEN y.{month} ELSE y.{month} * {factor} END)"
            for month, factor in PAIRS
        )

    @property
    def lacks(self) -> str:
        """Twelve times whether something stands in a month and has no rate."""
        if not self.factors:
            return ", ".join(f"bool_or(y.{month} IS NOT NULL)" for month in MONTH_COLUMNS)
        return ", ".join(
            f"bool_or(y.{month} IS NOT NULL AND {factor} IS NULL)" for month, factor in PAIRS
        )


def conversion(basis: RateBasis, tenant: Tenant) -> Conversion:
    """By the rates that are confirmed now; a query for each kind of rate."""
    rates = sorted(rates_at(basis, tenant).items())
    return Conversion(tenant.currency, basis, [document(key, FACTORS, row) for key, row in rates])


def rates_at(basis: RateBasis, tenant: Tenant, at: datetime | None = None) -> YearlyRates:
    """The rates that are confirmed now, or were at a moment; a query for each kind of rate."""
    kinds = {
        aggregation is Aggregation.LAST: kind_for(basis, aggregation)
        for aggregation in (Aggregation.SUM, Aggregation.LAST)
    }
    found = {kind: converter(kind, tenant, at) for kind in sorted(set(kinds.values()))}
    return {
        (currency, year, is_last): rates
        for is_last, kind in kinds.items()
        for (currency, year), rates in found[kind].by_calendar_year().items()
    }


def document(
    key: RateKey, names: Sequence[str], rates: Sequence[Decimal | None]
) -> dict[str, object]:
    """The rates of a calendar year as one row of the document that SQL reads."""
    currency, year, is_last = key
    whose = {"currency": currency, "year": year, "is_last": is_last}
    return whose | dict(zip(names, rates, strict=True))
