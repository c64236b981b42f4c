"""The value formulas over everything below a set of paths, added up by the database."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from kpis.choices import EffectClass, EffectKind
from kpis.figures.choices import LeakageReason
from kpis.figures.facts import Clock
from kpis.figures.leakage import Leakage
from kpis.figures.rules import RUN_RATE_MONTHS, Share
from kpis.rules import MONTHS
from reporting.conversion import Conversion
from reporting.facts import Only, Weights, fetch, path_clause
from reporting.group_sql import GROUPS, SIZE_SUMS
from reporting.places import Place
from reporting.rules import SizeLine, ValueLine
from reporting.value_sql import NODE, RUN_RATE, effects, head, recent

ALIKE = "metric, kind, effect_class, currency, stage, overlay, model"
LINE_SUMS = f"""sum(coalesce(value, 0)),
       sum(CASE WHEN kind = 'recurring' THEN {RUN_RATE} ELSE validated_to_date END),
       sum(validated_to_date), sum(plan_to_date),
       coalesce(bool_or(kind = 'recurring' AND recent.number < {RUN_RATE_MONTHS}), false),
       bool_or(leaks), sum(first_to_date) FILTER (WHERE leaks),
       sum(base_to_date) FILTER (WHERE leaks), sum(done_to_date) FILTER (WHERE leaks),
       sum(delayed) FILTER (WHERE leaks), sum(not_sustained) FILTER (WHERE leaks), sum(expected)
FROM per_effect LEFT JOIN recent USING (effect, currency)"""
VALUE_LINES = f"SELECT {ALIKE}, {LINE_SUMS} GROUP BY {ALIKE} ORDER BY {ALIKE}"

SIZES = f"SELECT kind, stage, overlay, model, {SIZE_SUMS} GROUP BY 1, 2, 3, 4"


def headline_of(lines: str) -> str:
    """Lines of the headline metric in the tenant's currency alone.

    OFFSET 0 has them added up before: the planner takes the condition on effects for one that
    leaves a single one, and would add up all others anew for each.
    """
    return (
        f"SELECT * FROM ({lines} OFFSET 0) l "
        "WHERE metric = %(metric)s AND currency IN ('', %(currency)s)"
    )


# Of each child by its id, told apart by the part of the path at a depth.
PLACED = "JOIN (SELECT measure, split_part(path, '/', %(depth)s)::bigint AS child FROM here) h"
LINES_BY_CHILD = headline_of(
    f"SELECT child, {ALIKE}, {LINE_SUMS} {PLACED} USING (measure) GROUP BY child, {ALIKE}"
)
SIZES_BY_CHILD = f"""
SELECT split_part(n.path, '/', %(depth)s)::bigint, sum(s.size), sum(s.at_risk)
FROM (SELECT package, {SIZE_SUMS} GROUP BY package) s (package, size, at_risk)
JOIN {NODE} n ON n.tenant_id = %(tenant)s AND n.id = s.package GROUP BY 1
"""


def value_lines(
    paths: Sequence[str],
    weights: Weights,
    tenant: Tenant,
    clock: Clock,
    rates: Conversion,
    only: Only = None,
) -> list[ValueLine]:
    """F3, F5 and F7 by metric, kind, class, currency, stage, model and overlay; one query.

    What has a rate is in the tenant's currency, the rest in its own (V8).
    """
    clause, params = value_params(paths, tenant, clock, rates, only)
    rows = fetch(formulas(clause, clock, rates) + recent(rates) + VALUE_LINES, params)
    return [value_line(row, weights) for row in rows]


def size_lines(
    paths: Sequence[str],
    weights: Weights,
    tenant: Tenant,
    clock: Clock,
    rates: Conversion,
    only: Only = None,
) -> list[SizeLine]:
    """Σ |V| and Σ value at risk of the headline metric in the tenant's currency (F2, F6, V8).

    One query; what has no rate is left out.
    """
    clause, params = value_params(paths, tenant, clock, rates, only)
    rows = fetch(formulas(clause, clock, rates) + GROUPS + SIZES, params)
    return [size_line(row, weights) for row in rows]


def lines_by_child(place: Place, weights: Weights, depth: int) -> list[tuple[int, ValueLine]]:
    """The lines of the headline metric of each node at a depth of the paths; one query."""
    clause, params = params_of(place)
    sql = formulas(clause, place.clock, place.rates) + recent(place.rates) + LINES_BY_CHILD
    rows = fetch(sql, params | {"depth": depth})
    return [(child, value_line(row, weights)) for child, *row in rows]


def sizes_by_child(place: Place, depth: int) -> dict[int, tuple[Decimal, Decimal]]:
    """Σ |V| and Σ value at risk of each node at a depth of the paths; one query."""
    clause, params = params_of(place)
    sql = formulas(clause, place.clock, place.rates) + GROUPS + SIZES_BY_CHILD
    rows = fetch(sql, params | {"depth": depth})
    return {child: (size, at_risk) for child, size, at_risk in rows}


def formulas(clause: str, clock: Clock, rates: Conversion) -> str:
    """The CTEs up to one row per effect with the figures of the formulas."""
    return head(clause, rates, as_published=clock.as_published) + effects(rates)


def size_line(row: Sequence[Any], weights: Weights) -> SizeLine:
    """A row of `SIZES` with the weight that its stage has in its model."""
    kind, stage, overlay, model, size, at_risk = row
    return SizeLine(EffectKind(kind), Overlay(overlay), weights[model, Stage(stage)], size, at_risk)


def params_of(place: Place) -> tuple[str, dict[str, Any]]:
    """The same as `value_params` of a place."""
    return value_params(place.paths, place.tenant, place.clock, place.rates, place.ids)


def value_params(
    paths: Sequence[str], tenant: Tenant, clock: Clock, rates: Conversion, only: Only = None
) -> tuple[str, dict[str, Any]]:
    """The condition on paths, and what the common head of the queries needs."""
    clause, params = path_clause(paths, only)
    latest = clock.latest
    return clause, params | rates.params | {
        "latest": latest.year * MONTHS + latest.number - 1,
        "zone": tenant.time_zone,
        "metric": clock.headline,
    }


def value_line(row: Sequence[Any], weights: Weights) -> ValueLine:
    """A row of `VALUE_LINES` with the weight that its stage has in its model."""
    """A row of `VALUE_LINES` with the weight that its stage has in its model."""
    metric, kind, effect_class, currency, stage, overlay, model, *sums = row
    value, validated, validated_to_date, plan_to_date, is_short, *leaked, expected = sums
    share = Share(
        kind=EffectKind(kind),
        stage=Stage(stage),
        overlay=Overlay(overlay),
        weight=weights[model, Stage(stage)],
        value=value,
        validated=validated,
        validated_to_date=validated_to_date,
        plan_to_date=plan_to_date,
        is_short=is_short,
    )
    leakage = _leakage(share.overlay, *leaked)
    return ValueLine(metric, EffectClass(effect_class), currency, share, leakage, expected)


def _leakage(overlay: Overlay, leaks: bool, *sums: Decimal) -> Leakage | None:  # noqa: FBT001  # a column
    """The parts of F7 by reason, as `leakage_of` has them."""
    if not leaks:
        return None
    first, base, done, delayed, not_sustained = sums
    if overlay is Overlay.CANCELLED:
        return {LeakageReason.CANCELLED: first - done}
    return {
        LeakageReason.DESCOPED: first - base,
        LeakageReason.DELAYED: delayed,
        LeakageReason.UNDER_DELIVERY: base - done - delayed - not_sustained,
        LeakageReason.NOT_SUSTAINED: not_sustained,
    }
