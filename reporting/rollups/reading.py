"""What a roll-up is made of: read from stored rows, or live where none were computed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from kpis.figures.choices import Lamp, LightName
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from kpis.rates.rules import Key
from reporting.conversion import Conversion
from reporting.facts import (
    ChildMonth,
    Weights,
    counts_by_child,
    measure_counts,
    month_lines,
    months_without_rate,
    plan_by_child,
)
from reporting.light_facts import Place, node_lights
from reporting.node_lights import LightTree, NodeLights
from reporting.rollups.selectors import (
    computed_at,
    is_settled,
    kept_bases,
    kept_counts,
    kept_lamps,
    kept_lights,
    kept_lines,
    kept_months,
    kept_numbers,
    kept_plan_of_children,
    kept_sizes,
)
from reporting.rules import MeasureCount, MonthLine, SizeLine, ValueLine
from reporting.value_facts import size_lines, value_lines


@dataclass(frozen=True, slots=True)
class Children:
    """Nodes right below a place, by id: their plan by month, number of measures, and lights."""

    plan: list[ChildMonth]
    numbers: dict[int, int]
    lamps: dict[tuple[int, LightName], Lamp]

    def lights(self, node_id: int) -> NodeLights:
        return {light: self.lamps.get((node_id, light), Lamp.GREY) for light in LightName}


@dataclass(frozen=True, slots=True)
class Facts:
    """All lines below some places. `is_current`: nothing that was changed is still on its way."""

    counts: list[MeasureCount]
    lines: list[ValueLine]
    sizes: list[SizeLine]
    months: list[MonthLine]
    missing: list[Key]
    lights: NodeLights
    computed_at: datetime
    is_current: bool
    # Of a live reading, the lights of all nodes below; stored ones have rows of their own.
    tree: LightTree | None = None


def read_facts(
    paths: Sequence[str],
    tenant: Tenant,
    rates: Conversion,
    weights: Weights,
    *,
    as_published: bool = False,
) -> Facts:
    """The lines below some nodes, in a fixed number of queries.

    Stored ones cost the same whatever hangs below. A node that no worker has computed yet, as one
    made a second ago, is read live, and so is what was published (V4): roll-ups say how it is now.
    """
    ids = ids_of(paths)
    at = None if as_published else computed_at(ids)
    if at is None:
        clock = clock_of(tenant, as_published=as_published)
        return _live(Place(paths, tenant, clock, rates), weights)
    basis = _kept_by(rates)
    months, missing = kept_months(ids, tenant.currency, basis)
    return Facts(
        counts=kept_counts(ids, weights),
        lines=kept_lines(ids, weights, basis),
        sizes=kept_sizes(ids, weights, basis),
        months=months,
        missing=missing,
        lights=kept_lights(ids),
        computed_at=at,
        is_current=is_settled(),
    )


def _live(place: Place, weights: Weights) -> Facts:
    paths, tenant, clock, rates = place.paths, place.tenant, place.clock, place.rates
    tree = node_lights(place)
    lines = value_lines(paths, weights, tenant, clock, rates)
    is_foreign = any(line.currency not in {"", tenant.currency} for line in lines)
    return Facts(
        counts=measure_counts(paths, weights),
        lines=lines,
        sizes=size_lines(paths, weights, tenant, clock, rates),
        months=month_lines(paths, rates, as_published=clock.as_published),
        missing=months_without_rate(paths, rates) if is_foreign else [],
        lights=tree.at(paths[0] if len(paths) == 1 else ""),
        computed_at=timezone.now(),
        is_current=True,
        tree=tree,
    )


def read_children(
    paths: Sequence[str], level: Level, facts: Facts, tenant: Tenant, rates: Conversion
) -> Children:
    """The nodes of a level below some places; what lies deeper counts for the one above it.

    Three queries for stored rows, and one for where the nodes are.
    """
    metric, depth = tenant.headline_metric, level.value + 1
    if facts.tree is not None:
        plan = plan_by_child(paths, metric, depth, rates)
        return Children(plan, counts_by_child(paths, depth), facts.tree.lamps)
    places = _placed(paths, level)
    basis = _kept_by(rates)
    numbers: dict[int, int] = {}
    for pk, number in kept_numbers(list(places)).items():
        numbers[places[pk]] = numbers.get(places[pk], 0) + number
    plan = [
        ChildMonth(places[one.child_id], one.effect_class, one.month, one.amount)
        for one in kept_plan_of_children(list(places), metric, tenant.currency, basis)
    ]
    return Children(plan, numbers, kept_lamps(list(places)))


def _placed(paths: Sequence[str], level: Level) -> dict[int, int]:
    """Ids of the nodes to add up, each with the id of the node of the level it counts for."""
    found: dict[int, int] = {}
    wide = []
    for path in paths:
        ids = [int(part) for part in path.rstrip("/").split("/")]
        if len(ids) > level.value:
            found[ids[-1]] = ids[level.value]
        else:
            wide.append(path)
    if wide:
        rows = Node.objects.filter(below(wide), level=level)
        found |= {pk: pk for pk in rows.values_list("pk", flat=True)}
    return found


def ids_of(paths: Sequence[str]) -> list[int]:
    """The nodes at the ends of paths."""
    return [int(path.rstrip("/").rpartition("/")[2]) for path in paths]


def _kept_by(rates: Conversion) -> RateBasis:
    """Under which basis stored rows answer for these rates; at most one query."""
    is_kept = rates.basis is RateBasis.PLAN or rates.factors or rates.basis in kept_bases()
    return rates.basis if is_kept else RateBasis.PLAN
