"""What a roll-up is made of: read from stored rows, or live where none were computed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from governance.tenancy.models import Tenant
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from kpis.rates.rules import Key
from reporting.conversion import Conversion
from reporting.facts import (
    Only,
    Weights,
    measure_counts,
    month_lines,
    months_without_rate,
)
from reporting.light_facts import node_lights
from reporting.node_lights import LightTree, NodeLights
from reporting.places import Place
from reporting.rollups.selectors import (
    computed_at,
    is_settled,
    kept_bases,
    kept_counts,
    kept_lights,
    kept_lines,
    kept_months,
    kept_sizes,
)
from reporting.rules import MeasureCount, MonthLine, SizeLine, ValueLine
from reporting.value_facts import size_lines, value_lines


@dataclass(frozen=True, slots=True)
class Reading:
    """How a place is read: as it was published (V4), and some measures alone; None for all."""

    as_published: bool = False
    only: Only = None


USUAL = Reading()


@dataclass(frozen=True, slots=True)
class Facts:
    """All lines below some places. `is_current`: nothing that was changed is still on its way."""

    counts: list[MeasureCount]
    lines: list[ValueLine]
    sizes: list[SizeLine]
    months: list[MonthLine]
    missing: list[Key]
    lights: NodeLights
    # What each stage weighs, for whatever else is read of the same places.
    weights: Weights
    computed_at: datetime
    is_current: bool
    # Of a live reading, the lights of all nodes below; stored ones have rows of their own.
    tree: LightTree | None = None


def read_facts(
    paths: Sequence[str],
    tenant: Tenant,
    rates: Conversion,
    weights: Weights,
    how: Reading = USUAL,
) -> Facts:
    """The lines below some nodes, in a fixed number of queries.

    Stored ones cost the same whatever hangs below. A node that no worker has computed yet, as one
    made a second ago, is read live, and so are what was published (V4) and some measures alone:
    roll-ups say of whole places how it is now.
    """
    ids = ids_of(paths)
    at = computed_at(ids) if how == USUAL else None
    if at is None:
        return _live(place_of(paths, tenant, rates, how), weights)
    basis = kept_by(rates)
    months, missing = kept_months(ids, tenant.currency, basis)
    return Facts(
        counts=kept_counts(ids, weights),
        lines=kept_lines(ids, weights, basis),
        sizes=kept_sizes(ids, weights, basis),
        months=months,
        missing=missing,
        lights=kept_lights(ids),
        weights=weights,
        computed_at=at,
        is_current=is_settled(),
    )


def place_of(paths: Sequence[str], tenant: Tenant, rates: Conversion, how: Reading) -> Place:
    """What live queries are about."""
    clock = clock_of(tenant, as_published=how.as_published)
    return Place(paths, tenant, clock, rates, how.only)


def _live(place: Place, weights: Weights) -> Facts:
    paths, tenant, clock, rates = place.paths, place.tenant, place.clock, place.rates
    tree = node_lights(place)
    lines = value_lines(paths, weights, tenant, clock, rates, place.ids)
    is_foreign = any(line.currency not in {"", tenant.currency} for line in lines)
    return Facts(
        counts=measure_counts(paths, weights, place.ids),
        lines=lines,
        sizes=size_lines(paths, weights, tenant, clock, rates, place.ids),
        months=month_lines(paths, rates, as_published=clock.as_published, only=place.ids),
        missing=months_without_rate(paths, rates, place.ids) if is_foreign else [],
        lights=tree.at(paths[0] if len(paths) == 1 else ""),
        weights=weights,
        computed_at=timezone.now(),
        is_current=True,
        tree=tree,
    )


def ids_of(paths: Sequence[str]) -> list[int]:
    """The nodes at the ends of paths."""
    return [int(path.rstrip("/").rpartition("/")[2]) for path in paths]


def kept_by(rates: Conversion) -> RateBasis:
    """Under which basis stored rows answer for these rates; at most one query."""
    is_kept = rates.basis is RateBasis.PLAN or rates.factors or rates.basis in kept_bases()
    return rates.basis if is_kept else RateBasis.PLAN
