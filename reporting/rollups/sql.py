"""SQL of roll-ups: the rows of packages from their measures, of other nodes from their children.

The same SELECT fills a table and is compared with it (`verifying`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kpis.figures.choices import Lamp
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis
from reporting import facts
from reporting.cells_sql import year_rows
from reporting.conversion import PAIRS, Conversion
from reporting.facts import MONEY, WITHIN
from reporting.light_sql import SHOWN, lit
from reporting.node_lights import AMBER_SHARE, RED_CHILD_SHARE, RED_SHARE
from reporting.rollups.models import RollUpLamp, RollUpLight, RollUpNode
from reporting.rollups.parts import COUNTS, LIGHTS, LINES, PARTS, SIZES, YEARS, Part
from reporting.value_facts import ALIKE, LINE_SUMS, LIT_GROUPS, SIZE_SUMS
from reporting.value_sql import EFFECTS, GROUPS, MEASURE, NODE, RECENT, sources

# What is computed of packages, as a condition on the node that a measure lies in.
HERE = "n.id = ANY(%(nodes)s)"
LAMP, LIGHT, HEAD = (m._meta.db_table for m in (RollUpLamp, RollUpLight, RollUpNode))
# Restatements count: stored roll-ups say how it is now (V4).
NOW = f"{facts.EFFECTS} JOIN {year_rows(as_published=False)} {facts.OF_EFFECT}"
MONTHS = ", ".join(f"sum(y.{month})" for month in MONTH_COLUMNS)


def _counts_of_packages() -> str:
    return f"""
SELECT m.package_id, m.stage, m.overlay, m.stage_model_id, count(*),
       sum(extract(epoch FROM m.stage_since))
FROM {MEASURE} m JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND {HERE} GROUP BY 1, 2, 3, 4
"""


def _lines_of_packages(rates: Conversion) -> str:
    return (
        f"{sources(HERE, rates)}{RECENT}{EFFECTS} "
        f"SELECT package, '{rates.basis.value}', {ALIKE}, {LINE_SUMS} GROUP BY package, {ALIKE}"
    )


def _sizes_of_packages(rates: Conversion) -> str:
    return (
        f"{sources(HERE, rates)}{GROUPS}{LIT_GROUPS} "
        f"SELECT package, '{rates.basis.value}', kind, stage, overlay, model, {SIZE_SUMS} "
        "GROUP BY package, kind, stage, overlay, model"
    )


def _years_of_packages(rates: Conversion) -> str:
    """What is in the tenant's currency, and what has no rate in its own (V8)."""
    what = f"SELECT m.package_id, '{rates.basis.value}', y.series, t.code, e.effect_class"
    where = f"{NOW} {rates.join} {WITHIN} AND {MONEY} AND {HERE}"
    left = [f"CASE WHEN f.{factor} IS NULL THEN y.{month} END" for month, factor in PAIRS]
    unrated = ", ".join(f"sum({month})" for month in left) if rates.factors else MONTHS
    entered = f"num_nonnulls({', '.join(left)})" if rates.factors else "1"
    return f"""
{what}, %(currency)s, y.year, {rates.sums} {where} AND {rates.is_counted}
GROUP BY m.package_id, y.series, t.code, e.effect_class, y.year
UNION ALL
{what}, e.currency, y.year, {unrated} {where} AND e.currency <> %(currency)s AND {entered} > 0
GROUP BY m.package_id, y.series, t.code, e.effect_class, e.currency, y.year
"""


def _lights_of_packages(rates: Conversion) -> str:
    return f"""{sources(HERE, rates)}{lit(HERE)}
SELECT package, light, lamp, sum(size), count(*), max(size)
FROM lit CROSS JOIN LATERAL (VALUES {SHOWN}) AS l (light, lamp)
WHERE overlay = 'active' AND lamp <> '{Lamp.GREY.value}' GROUP BY package, light, lamp
"""


@dataclass(frozen=True, slots=True)
class Query:
    """One table with the SELECT that says what it holds, and what that needs besides the nodes."""

    part: Part
    select: str
    params: Mapping[str, Any] = field(default_factory=dict)
    # By which rates its rows are kept; empty for all of them.
    basis: str = ""


def of_packages(bases: Sequence[Conversion]) -> list[Query]:
    """Every table from the measures of some packages; lights go by plan rates, the first basis."""
    found = [
        Query(COUNTS, _counts_of_packages()),
        Query(LIGHTS, _lights_of_packages(bases[0]), bases[0].params),
    ]
    for rates in bases:
        found += [
            Query(LINES, _lines_of_packages(rates), rates.params, rates.basis.value),
            Query(SIZES, _sizes_of_packages(rates), rates.params, rates.basis.value),
            Query(YEARS, _years_of_packages(rates), rates.params, rates.basis.value),
        ]
    return found


def of_parents() -> list[Query]:
    """Every table of nodes that hold other nodes: the sums of their children's rows."""
    return [Query(part, _of_parents(part)) for part in PARTS]


def _of_parents(part: Part) -> str:
    return f"""
SELECT k.parent_id, {part.key_list}, {part.added}
FROM {part.table} r JOIN {NODE} k ON k.tenant_id = r.tenant_id AND k.id = r.node_id
WHERE r.tenant_id = %(tenant)s AND k.tenant_id = %(tenant)s AND k.parent_id = ANY(%(nodes)s)
GROUP BY k.parent_id, {part.key_list}
"""


# L5 of nodes from what each colour holds and from their children's lights; `by_value` where
# anything below is worth something, else by count. The largest red measure stands for the heaviest
# red child of a package.
_TOTAL = "CASE WHEN size > 0 THEN size ELSE number END"
_RED = "CASE WHEN size > 0 THEN red_size ELSE red_number END"
_AMBER = "CASE WHEN size > 0 THEN amber_size ELSE amber_number END"
_CHILD = "CASE WHEN size > 0 THEN red_child_size ELSE red_child_number END"


def lamps() -> str:
    """The SELECT that fills the lights of nodes, of packages and of others alike."""
    return f"""
SELECT node_id, light, CASE
         WHEN {_RED} >= {RED_SHARE} * {_TOTAL} OR {_CHILD} >= {RED_CHILD_SHARE} * {_TOTAL}
           THEN '{Lamp.RED.value}'
         WHEN {_RED} + {_AMBER} >= {AMBER_SHARE} * {_TOTAL} THEN '{Lamp.AMBER.value}'
         ELSE '{Lamp.GREEN.value}' END, size, number
FROM (
  SELECT r.node_id, r.light, sum(r.size) AS size, sum(r.number) AS number,
         coalesce(sum(r.size) FILTER (WHERE r.lamp = 'red'), 0) AS red_size,
         coalesce(sum(r.number) FILTER (WHERE r.lamp = 'red'), 0) AS red_number,
         coalesce(sum(r.size) FILTER (WHERE r.lamp = 'amber'), 0) AS amber_size,
         coalesce(sum(r.number) FILTER (WHERE r.lamp = 'amber'), 0) AS amber_number,
         coalesce(max(c.size), CASE WHEN p.level = 4 THEN max(r.largest)
           FILTER (WHERE r.lamp = 'red') END, -1) AS red_child_size,
         coalesce(max(c.number), CASE WHEN p.level = 4 AND bool_or(r.lamp = 'red') THEN 1 END, -1)
           AS red_child_number
  FROM {LIGHT} r JOIN {NODE} p ON p.tenant_id = r.tenant_id AND p.id = r.node_id
  LEFT JOIN LATERAL (
    SELECT max(h.size) AS size, max(h.number) AS number
    FROM {NODE} k JOIN {LAMP} h ON h.tenant_id = k.tenant_id AND h.node_id = k.id
    WHERE k.tenant_id = %(tenant)s AND h.tenant_id = %(tenant)s AND k.parent_id = r.node_id
      AND h.light = r.light AND h.lamp = 'red'
  ) c ON true
  WHERE r.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s AND r.node_id = ANY(%(nodes)s)
  GROUP BY r.node_id, r.light, p.level
) held
"""


def bases_of(plan: Conversion, period: Conversion) -> list[Conversion]:
    """The rates that roll-ups are kept by: both, where they can differ at all."""
    return [plan, period] if plan.factors or period.factors else [plan]


def kept_basis(basis: RateBasis, plan: Conversion, period: Conversion) -> RateBasis:
    """Under which rates the rows of a wanted basis are kept."""
    return basis if plan.factors or period.factors else RateBasis.PLAN
