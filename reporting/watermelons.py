"""Watermelons: measures green in their work and red in their value or its proof, by value (L6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.web.cursors import sealed, unsealed
from governance.web.pages import DEFAULT_LIMIT, MAX_LIMIT, BadCursor
from initiatives.models import Measure
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from reporting.conversion import conversion
from reporting.light_facts import LitMeasure, Place, Position, watermelon_rows
from reporting.selectors import portfolio_paths


@dataclass(frozen=True, slots=True)
class Watermelon:
    """A measure with its V by kind and its lights."""

    measure: Measure
    lit: LitMeasure


@dataclass(frozen=True, slots=True)
class WatermelonPage:
    """Some watermelons, the largest first, the cursors of the neighbours, and how many there are.

    `total` is None on a page that is empty because of its cursor.
    """

    rows: Sequence[Watermelon]
    next: str | None
    previous: str | None
    total: int | None


def watermelons(
    *, tenant: Tenant, by: Actor, node: Node | None = None, cursor: str = "", limit: int = 0
) -> WatermelonPage:
    """Live watermelons below a node, or in all places a person sees, at plan rate (L6, V8).

    The database derives the lights and sorts; what is read of measures is one page. Four queries
    and those of the rates. Raises `NotVisible` for who sees no place, and `BadCursor`.
    """
    paths = (node.path,) if node is not None else portfolio_paths(by)
    rates = conversion(RateBasis.PLAN, tenant)
    place = Place(paths, tenant, clock_of(tenant), rates)
    most = min(limit or DEFAULT_LIMIT, MAX_LIMIT)
    home = f"watermelons/{tenant.pk}/{node.code if node else ''}"
    after = _position(cursor, home) if cursor else None
    found, total = watermelon_rows(place, most + 1, after)
    has_more, found = len(found) > most, found[:most]
    is_backward = after is not None and after.is_backward
    if is_backward:
        found.reverse()
    has_next, has_previous = is_backward or has_more, has_more if is_backward else after is not None
    return WatermelonPage(
        _with_measures(found),
        _cursor(home, found[-1], is_backward=False) if found and has_next else None,
        _cursor(home, found[0], is_backward=True) if found and has_previous else None,
        total if found or not cursor else None,
    )


def _with_measures(found: Sequence[LitMeasure]) -> list[Watermelon]:
    """The measures of a page with their places and owners; one query."""
    rows = Measure.objects.select_related("package", "owner__user")
    measures = rows.in_bulk([one.measure_id for one in found])
    return [Watermelon(measures[one.measure_id], one) for one in found]


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
