"""SQL of roll-ups: the rows of packages from their measures, of other nodes from their children.

The same SELECT fills a table and is compared with it (`verifying`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kpis.figures.choices import Lamp
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis
from reporting.conversion import PAIRS, Conversion
from reporting.group_sql import GROUPS, SIZE_SUMS
from reporting.light_sql import IS_LIT, IS_WATERMELON, LIT, NAMES, SHOWN
from reporting.node_lights import AMBER_SHARE, RED_CHILD_SHARE, RED_SHARE
from reporting.rhythm_sql import BY_OWNER, LACKS_OF_PACKAGES, OWNERS_OF_PACKAGES
from reporting.rollups.parts import (
    ADDED,
    COUNTS,
    LACKS,
    LAMPS,
    LIGHTS,
    LINES,
    OWNERS,
    PARTS,
    SIZES,
    WATERMELONS,
    YEARS,
    Part,
)
from reporting.value_facts import ALIKE, LINE_SUMS
from reporting.value_sql import EFFECT, IS_COST, MEASURE, NODE, each, effects, head, recent


def of_each(ids: str) -> str:
    """Each of some ids once, as `node`: what belongs to it is then found by its key.

    Several keys at once look dear beside all rows of a tenant that is taken to have few.
    """
    return f"(SELECT DISTINCT unnest({ids})) AS node (id)"


NODES = of_each("%(nodes)s::bigint[]")
# The measures of packages.
HERE = f"{NODES} {each(NODE, 'id = node.id')} n {each(MEASURE, 'package_id = node.id')} m"
MONTHS = ", ".join(f"sum({month})" for month in MONTH_COLUMNS)

COUNTS_OF_PACKAGES = f"""
SELECT package, stage, overlay, model, count(*), sum(extract(epoch FROM stage_since)),
       count(*) FILTER (WHERE {IS_WATERMELON})
FROM lit GROUP BY 1, 2, 3, 4
"""
LINES_OF_PACKAGES = f"SELECT package, {ALIKE}, {LINE_SUMS} GROUP BY package, {ALIKE}"
SIZES_OF_PACKAGES = (
    f"SELECT package, kind, stage, overlay, model, {SIZE_SUMS} "
    "GROUP BY package, kind, stage, overlay, model"
)
LIGHTS_OF_PACKAGES = f"""
SELECT package AS node_id, light, lamp, sum(size) AS size, count(*) AS number, max(size) AS largest
FROM lit CROSS JOIN LATERAL (VALUES {SHOWN}) AS l (light, lamp)
WHERE {IS_LIT} GROUP BY package, light, lamp
"""
LIT_COLUMNS = ", ".join(f"{name}, coalesce({name}_stated, '')" for name in NAMES)
WATERMELONS_OF_PACKAGES = f"""
SELECT package, measure, recurring, one_off, size, {LIT_COLUMNS} FROM lit WHERE {IS_WATERMELON}
"""
# Packages with anything in a currency that rates may bring home.
FOREIGN = f"""
SELECT DISTINCT node.id FROM {NODES} {each(MEASURE, "package_id = node.id")} m
{each(EFFECT, "measure_id = m.id")} e
WHERE e.currency NOT IN ('', %(currency)s)
"""


def _years_of_packages(rates: Conversion) -> str:
    """What is in the tenant's currency, and what has no rate in its own (V8)."""
    source = (
        "FROM years y JOIN ours e USING (effect) "
        f"WHERE y.no = 0 AND e.is_monetary AND NOT e.{IS_COST} AND e.overlay = 'active'"
    )
    of, of_year = "package, series, metric, effect_class", "GROUP BY 1, 2, 3, 4, 5, 6"
    left = [f"CASE WHEN {factor} IS NULL THEN {month} END" for month, factor in PAIRS]
    unrated = ", ".join(f"sum({month})" for month in left) if rates.factors else MONTHS
    entered = f"num_nonnulls({', '.join(left)})" if rates.factors else "1"
    return f"""
SELECT {of}, %(currency)s, year, {rates.sums} {source} AND {rates.is_counted} {of_year}
UNION ALL
SELECT {of}, e.currency, year, {unrated} {source}
  AND e.currency <> %(currency)s AND {entered} > 0 {of_year}
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows that a query tells: all of the nodes asked for, or those that a CTE names.

    The CTE `named` holds nodes, and of each the `keys` of its rows; without keys all of its rows.
    """

    named: str = ""
    keys: Sequence[str] = ()

    @property
    def nodes(self) -> str:
        """Their ids as an array."""
        return f"ARRAY(SELECT node_id FROM {self.named})" if self.named else "%(nodes)s::bigint[]"

    def holds(self, node: str, row: str) -> str:
        """Whether a row belongs to it. With IS TRUE the keys are hashed once and not joined."""
        if not self.keys:
            return "true"
        asked = ", ".join((node, *(f"{row}.{key}" for key in self.keys)))
        return f"(({asked}) IN (SELECT node_id, {', '.join(self.keys)} FROM {self.named})) IS TRUE"


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT of what one table holds in a scope, over the CTEs of its statement.

    With `bases` it says nothing of rates, and its rows are kept under each of them.
    """

    part: Part
    select: str
    bases: Sequence[str] = ()
    scope: Scope = Scope()

    @property
    def rows(self) -> str:
        """The SELECT of the columns of the table, in their order."""
        if not self.bases:
            return self.select
        bases = ", ".join(f"('{basis}')" for basis in self.bases)
        names = ", ".join(name for name in self.part.names if name != "basis")
        ordered = self.part.columns
        return (
            f"SELECT {ordered} FROM ({self.select}) AS told ({names}) "
            f"CROSS JOIN (VALUES {bases}) AS kept (basis)"
        )

    def sides(self, number: int) -> str:
        """CTEs `facts…`, what the table should hold, and `kept…`, what it holds and where.

        Each node's rows are found by its key. Of rows that stand twice the second is copy 2.
        """
        by_basis = f" AND basis = ANY(ARRAY[{', '.join(map(repr, self.bases))}])"
        return f""",
facts{number} ({self.part.columns}) AS MATERIALIZED ({self.rows}),
kept{number} AS MATERIALIZED (
  SELECT kept.*, row_number() OVER (PARTITION BY {self.part.told_apart}) AS copy
  FROM {of_each(self.scope.nodes)} CROSS JOIN LATERAL (
    SELECT ctid AS place, {self.part.columns} FROM {self.part.table}
    WHERE tenant_id = %(tenant)s AND node_id = node.id{by_basis if self.bases else ""} OFFSET 0
  ) kept WHERE {self.scope.holds("kept.node_id", "kept")})"""


@dataclass(frozen=True, slots=True)
class Statement:
    """Queries over common CTEs, and what those need besides the nodes."""

    head: str
    queries: Sequence[Query]
    params: Mapping[str, Any] = field(default_factory=dict)


def of_packages(bases: Sequence[Conversion], *, is_foreign: bool) -> list[Statement]:
    """What fills the tables from the measures of packages; lights go by plan rates, the first.

    Where nothing is in a foreign currency one statement says all, whatever the rates.
    """
    if is_foreign:
        plan = replace(bases[0], whole_effects=True)
        return [*(_money(rates, [rates.basis]) for rates in bases), _lit(plan, [])]
    return [_lit(Conversion(bases[0].home), [rates.basis for rates in bases])]


def _of_measures(rates: Conversion) -> str:
    return head("true", rates, measures=HERE)


def _money(rates: Conversion, bases: Sequence[RateBasis]) -> Statement:
    """Amounts, sizes and months at some rates."""
    common = _of_measures(rates) + effects(rates) + recent(rates) + GROUPS
    return Statement(common, _amounts(rates, bases), rates.params)


def _amounts(rates: Conversion, bases: Sequence[RateBasis]) -> list[Query]:
    kept_by = [basis.value for basis in bases]
    return [
        Query(LINES, LINES_OF_PACKAGES, kept_by),
        Query(SIZES, SIZES_OF_PACKAGES, kept_by),
        Query(YEARS, _years_of_packages(rates), kept_by),
    ]


def _lit(rates: Conversion, bases: Sequence[RateBasis]) -> Statement:
    """Counts, lights, owners; amounts too under the bases for which these rates are right."""
    lit = f"{GROUPS}{LIT}, lights AS ({LIGHTS_OF_PACKAGES}){BY_OWNER}"
    run_rates = recent(rates) if bases else ""
    return Statement(
        _of_measures(rates) + effects(rates) + run_rates + lit,
        [
            Query(COUNTS, COUNTS_OF_PACKAGES),
            Query(LIGHTS, f"SELECT {LIGHTS.columns} FROM lights"),
            Query(LAMPS, lamps(OF_MEASURES)),
            Query(WATERMELONS, WATERMELONS_OF_PACKAGES),
            Query(OWNERS, OWNERS_OF_PACKAGES),
            Query(LACKS, LACKS_OF_PACKAGES),
            *(_amounts(rates, bases) if bases else ()),
        ],
        rates.params,
    )


def of_parents(touched: Collection[str] | None = None) -> Statement:
    """Nodes that hold other nodes: the sums of their children's rows.

    Or of some tables those rows alone that `touched` names. A light goes by its own rows and by
    the children's lights, so that these two go together.
    """
    tables = ADDED if touched is None else ADDED.intersection(touched)
    sums = [part for part in PARTS if part is not LIGHTS and part.table in tables]
    ctes, queries = [], []
    for part in sums:
        scope = Scope()
        if touched is not None:
            scope = Scope(f"touched_{part.table}", part.keys)
            ctes.append(_touched(scope, [part]))
        queries.append(Query(part, _of_parents(part, scope), scope=scope))
    if not tables.isdisjoint((LIGHTS.table, LAMPS.table)):
        scope = Scope()
        if touched is not None:
            scope = Scope("touched_lights")
            ctes.append(_touched(scope, [LIGHTS, LAMPS]))
        ctes.append(f"lights AS ({_of_parents(LIGHTS, scope)})")
        red = OF_CHILDREN.format(nodes=of_each(scope.nodes))
        queries += [
            Query(LIGHTS, f"SELECT {LIGHTS.columns} FROM lights", scope=scope),
            Query(LAMPS, lamps(red), scope=scope),
        ]
    return Statement(f"WITH {', '.join(ctes)}", queries)


def _touched(scope: Scope, parts: Sequence[Part]) -> str:
    """The CTE of a scope: what `touched` holds under the names of some tables."""
    columns = ", ".join(("node_id", *scope.keys))
    found = " UNION ".join(
        f"SELECT {columns} FROM "
        f"jsonb_populate_recordset(NULL::{part.table}, %(touched)s -> '{part.table}')"
        for part in parts
    )
    return f"{scope.named} AS MATERIALIZED (SELECT DISTINCT {columns} FROM ({found}) found)"


def _of_parents(part: Part, scope: Scope) -> str:
    """Each child's rows are found by its key: statistics of these tables are often out of date."""
    return f"""
SELECT k.parent_id AS node_id, {part.key_list}, {part.added}
FROM {of_each(scope.nodes)} {each(NODE, "parent_id = node.id")} k
{each(part.table, "node_id = k.id")} r
WHERE {scope.holds("k.parent_id", "r")}
GROUP BY k.parent_id, {part.key_list}
"""


# L5 of nodes from what each colour holds and from their children's lights; `by_value` where
# anything below is worth something, else by count. The largest red measure stands for the heaviest
# red child of a package.
_TOTAL = "CASE WHEN size > 0 THEN size ELSE number END"
_RED = "CASE WHEN size > 0 THEN red_size ELSE red_number END"
_AMBER = "CASE WHEN size > 0 THEN amber_size ELSE amber_number END"
_CHILD = "CASE WHEN size > 0 THEN red_child_size ELSE red_child_number END"
_IS_RED = f"FILTER (WHERE r.lamp = '{Lamp.RED.value}')"
_IS_AMBER = f"FILTER (WHERE r.lamp = '{Lamp.AMBER.value}')"
OF_MEASURES = f"""
  SELECT r.node_id, r.light, max(r.largest) {_IS_RED} AS size, count(*) {_IS_RED} AS number
  FROM lights r GROUP BY 1, 2
"""
OF_CHILDREN = f"""
  SELECT k.parent_id AS node_id, h.light, max(h.size) AS size, max(h.number) AS number
  FROM {{nodes}} {each(NODE, "parent_id = node.id")} k {each(LAMPS.table, "node_id = k.id")} h
  WHERE h.lamp = '{Lamp.RED.value}' GROUP BY 1, 2
"""


def lamps(red_children: str) -> str:
    """The lights of nodes from the CTE `lights` and from the heaviest red child of each."""
    return f"""
SELECT node_id, light, CASE
         WHEN {_RED} >= {RED_SHARE} * {_TOTAL} OR {_CHILD} >= {RED_CHILD_SHARE} * {_TOTAL}
           THEN '{Lamp.RED.value}'
         WHEN {_RED} + {_AMBER} >= {AMBER_SHARE} * {_TOTAL} THEN '{Lamp.AMBER.value}'
         ELSE '{Lamp.GREEN.value}' END, size, number
FROM (
  SELECT r.node_id, r.light, sum(r.size) AS size, sum(r.number) AS number,
         coalesce(sum(r.size) {_IS_RED}, 0) AS red_size,
         coalesce(sum(r.number) {_IS_RED}, 0) AS red_number,
         coalesce(sum(r.size) {_IS_AMBER}, 0) AS amber_size,
         coalesce(sum(r.number) {_IS_AMBER}, 0) AS amber_number,
         coalesce(max(c.size), -1) AS red_child_size,
         coalesce(max(c.number), -1) AS red_child_number
  FROM lights r LEFT JOIN ({red_children}) c USING (node_id, light)
  GROUP BY r.node_id, r.light
) held
"""
