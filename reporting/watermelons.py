"""Watermelons: measures green in their work and red in their value or its proof, by value (L6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.web.cursors import sealed, unsealed
from governance.web.pages import DEFAULT_LIMIT, MAX_LIMIT, BadCursor
from initiatives.models import Measure
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from reporting.conversion import conversion
from reporting.facts import Only
from reporting.light_facts import LitMeasure, Position, watermelon_rows
from reporting.places import Place
from reporting.rollups.reading import ids_of
from reporting.rollups.selectors import computed_at, is_settled, kept_watermelons
from reporting.selectors import portfolio_paths


@dataclass(frozen=True, slots=True)
class Watermelon:
    """A measure with its V by kind and its lights."""

    measure: Measure
    lit: LitMeasure


@dataclass(frozen=True, slots=True)
class WatermelonPage:
    """Some watermelons, the largest first, the cursors of the neighbours, and how many there are.

    `total` is None on a page that is empty because of its cursor. `is_current`: nothing that was
    changed is still on its way.
    """

    rows: Sequence[Watermelon]
    next: str | None
    previous: str | None
    total: int | None
    computed_at: datetime
    is_current: bool


def watermelons(
    *, tenant: Tenant, by: Actor, node: Node | None = None, cursor: str = "", limit: int = 0
) -> WatermelonPage:
    """Live watermelons below a node, or in all places a person sees, at plan rate (L6, V8).

    One page of stored ones, which costs the same whatever lies below. Where no worker has computed
    a place yet, its lights are derived here. At most five queries, and those of the rates for what
    is derived. Raises `NotVisible` for who sees no place, and `BadCursor`.
    """
    paths = (node.path,) if node is not None else portfolio_paths(by)
    most = min(limit or DEFAULT_LIMIT, MAX_LIMIT)
    home = f"watermelons/{tenant.pk}/{node.code if node else ''}"
    after = _position(cursor, home) if cursor else None
    at, found, total = _found(paths, tenant, most + 1, after)
    has_more, found = len(found) > most, found[:most]
    is_backward = after is not None and after.is_backward
    if is_backward:
        found.reverse()
    has_next, has_previous = is_backward or has_more, has_more if is_backward else after is not None
    return WatermelonPage(
        _with_measures(found, by),
        _cursor(home, found[-1], is_backward=False) if found and has_next else None,
        _cursor(home, found[0], is_backward=True) if found and has_previous else None,
        total if found or not cursor else None,
        at or timezone.now(),
        is_current=at is None or is_settled(),
    )


def largest_watermelons(
    tenant: Tenant, paths: Sequence[str], only: Only, limit: int, *, by: Actor
) -> list[Watermelon]:
    """The largest below some paths, or of some measures alone, which are judged now; four queries.

    Of some measures alone: four, and those of the rates.
    """
    if only is None:
        _at, found, _total = _found(paths, tenant, limit, None)
    else:
        rates = conversion(RateBasis.PLAN, tenant)
        place = Place(paths, tenant, clock_of(tenant), rates, only)
        found, _total = watermelon_rows(place, limit)
    return _with_measures(found, by)


def _found(
    paths: Sequence[str], tenant: Tenant, limit: int, after: Position | None
) -> tuple[datetime | None, list[LitMeasure], int]:
    """When they were computed (None for now), some watermelons, and how many there are in all."""
    ids = ids_of(paths)
    at = computed_at(ids)
    if at is not None:
        return at, *kept_watermelons(ids, paths, limit, after)
    place = Place(paths, tenant, clock_of(tenant), conversion(RateBasis.PLAN, tenant))
    return at, *watermelon_rows(place, limit, after)


def _with_measures(found: Sequence[LitMeasure], by: Actor) -> list[Watermelon]:
    """The measures of a page with their places and owners; one query.

    One that has gone since its package was computed, or out of sight, is left out.
    """
    rows = Measure.objects.select_related("package", "owner__user")
    measures = rows.in_bulk([one.measure_id for one in found])
    return [
        Watermelon(measure, one)
        for one in found
        if (measure := measures.get(one.measure_id)) is not None and by.sees(measure.package.path)
    ]


def _cursor(home: str, at: LitMeasure, *, is_backward: bool) -> str:
    facts = {"home": home, "size": str(at.size), "id": at.measure_id, "back": is_backward}
    return sealed(facts)


def _position(cursor: str, home: str) -> Position:
    facts = unsealed(cursor)
    if facts is None or facts.get("home") != home:
        raise BadCursor
    try:
        return Position(Decimal(facts["size"]), facts["id"], is_backward=facts["back"])
    except (InvalidOperation, KeyError) as error:
        raise BadCursor from error
