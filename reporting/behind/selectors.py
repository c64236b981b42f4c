"""Which measures or places a figure is made of, those that put most into it first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.models import Measure
from kpis.rates.choices import RateBasis
from reporting.behind.figures import (
    OF_MONTHS,
    OF_SIZES,
    Part,
    Parts,
    Wanted,
    added,
    parts_of_line,
    parts_of_month,
    parts_of_size,
    total_of,
)
from reporting.behind.live import lines_of_measures, months_of_measures, sizes_of_measures
from reporting.conversion import Conversion, conversion
from reporting.facts import Weights, stage_weights
from reporting.narrowing import MOST_LIVE
from reporting.places import Place
from reporting.rollups.reading import USUAL, Reading, ids_of, kept_by, place_of
from reporting.rollups.selectors import computed_at, is_settled
from reporting.rollups.selectors_children import (
    kept_lines_of_children,
    kept_month_lines_of_children,
    kept_size_lines_of_children,
)

ZERO = Decimal(0)
# Figures of single measures are computed when somebody looks, of so many measures at most. Those
# of larger places are told by place, from stored roll-ups, and each place leads further down.
MOST_MEASURES = MOST_LIVE
ON_A_PAGE = 50
Keyed = Iterator[tuple[int, Iterator[Part]]]


class By(StrEnum):
    """What the rows are."""

    MEASURES = "measures"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Spot:
    """Some visible paths of a tenant, by which rates they are read, and how."""

    paths: Sequence[str]
    tenant: Tenant
    basis: RateBasis = RateBasis.PLAN
    how: Reading = USUAL


@dataclass(frozen=True, slots=True)
class Row:
    """One measure or one place, with what it puts into each column."""

    thing: Measure | Node
    parts: Parts


@dataclass(frozen=True, slots=True)
class Behind:
    """One page of rows; `total` is of all of them. `offered` says what rows there can be.

    `is_current`: nothing that was changed is still on its way.
    """

    by: By
    offered: Sequence[By]
    rows: Sequence[Row]
    total: Parts
    count: int
    page: int
    pages: int
    computed_at: datetime
    is_current: bool


class NotThatFine(Invalid):
    """Rows of this kind would be too many, or there are none of it."""


def rows_behind(
    spot: Spot, wanted: Wanted, *, by: By | None = None, page: int = 1, limit: int = ON_A_PAGE
) -> Behind:
    """One page of what a figure is made of, in a fixed number of queries.

    Raises `NotThatFine` where the rows asked for cannot be had. Without `by` measures are told
    where they are few enough, else places; without a limit all of them.
    """
    offered = offered_by(spot)
    if not offered or by not in {None, *offered}:
        text = _(
            "The rows of more than %(most)s measures are told by place. Take a smaller place or "
            "more filters."
        ) % {"most": f"{MOST_MEASURES:,}"}
        raise NotThatFine({"by": [text]}, text)
    chosen = by or offered[0]
    if chosen is By.PLACES:
        nodes = places_of(spot.paths)
        found, at = _of_places(spot, wanted, list(nodes.values_list("pk", flat=True)))
    else:
        found, at = _of_measures(spot, wanted), None
    order = sorted(found, key=lambda key: (-abs(found[key].get(wanted.lead, ZERO)), key))
    limit = limit or max(len(order), 1)
    pages = max(-(-len(order) // limit), 1)
    page = min(page, pages)
    shown = order[(page - 1) * limit : page * limit]
    return Behind(
        by=chosen,
        offered=offered,
        rows=_named(shown, found, chosen),
        total=total_of(found.values()),
        count=len(order),
        page=page,
        pages=pages,
        computed_at=at or timezone.now(),
        is_current=at is None or is_settled(),
    )


def offered_by(spot: Spot) -> list[By]:
    """Measures where they are few enough, places where any are stored; three queries at most."""
    offered = []
    if spot.how.only is not None:
        is_few = len(spot.how.only) <= MOST_MEASURES
    else:
        below_it = Measure.objects.filter(below(spot.paths, "package__path")).order_by()
        is_few = below_it[: MOST_MEASURES + 1].count() <= MOST_MEASURES
    if is_few:
        offered.append(By.MEASURES)
    is_stored = spot.how == USUAL and computed_at(ids_of(spot.paths)) is not None
    if is_stored and places_of(spot.paths).exists():
        offered.append(By.PLACES)
    return offered


def places_of(paths: Sequence[str]) -> QuerySet[Node]:
    """The nodes right below a path; of several paths the nodes at their ends."""
    ids = ids_of(paths)
    nodes: QuerySet[Node] = Node.objects.filter(
        **({"parent__in": ids} if len(ids) == 1 else {"pk__in": ids})
    )
    return nodes


def _of_measures(spot: Spot, wanted: Wanted) -> Mapping[int, Parts]:
    """Computed now; four queries and those of the rates."""
    place = place_of(spot.paths, spot.tenant, conversion(spot.basis, spot.tenant), spot.how)
    return added(_live(place, stage_weights(), wanted))


def _live(place: Place, weights: Weights, wanted: Wanted) -> Keyed:
    if wanted.figure in OF_MONTHS:
        return ((key, parts_of_month(line, wanted)) for key, line in months_of_measures(place))
    if wanted.figure in OF_SIZES:
        sizes = sizes_of_measures(place, weights)
        return ((key, parts_of_size(line, wanted)) for key, line in sizes)
    return ((key, parts_of_line(line, wanted)) for key, line in lines_of_measures(place, weights))


def _of_places(
    spot: Spot, wanted: Wanted, ids: Sequence[int]
) -> tuple[Mapping[int, Parts], datetime | None]:
    """From stored roll-ups; four queries and those of the rates."""
    rates = conversion(spot.basis, spot.tenant)
    found = added(_kept(ids, spot.tenant, rates, stage_weights(), wanted))
    return found, computed_at(ids_of(spot.paths))


def _kept(
    ids: Sequence[int], tenant: Tenant, rates: Conversion, weights: Weights, wanted: Wanted
) -> Keyed:
    basis, metric, currency = kept_by(rates), tenant.headline_metric, tenant.currency
    if wanted.figure in OF_MONTHS:
        months = kept_month_lines_of_children(ids, metric, currency, basis)
        return ((key, parts_of_month(line, wanted)) for key, line in months)
    if wanted.figure in OF_SIZES:
        sizes = kept_size_lines_of_children(ids, weights, basis)
        return ((key, parts_of_size(line, wanted)) for key, line in sizes)
    lines = kept_lines_of_children(ids, metric, currency, weights, basis)
    return ((key, parts_of_line(line, wanted)) for key, line in lines)


def _named(keys: Sequence[int], found: Mapping[int, Parts], by: By) -> list[Row]:
    """The measures or nodes of a page; one query."""
    things: Mapping[int, Measure | Node]
    if by is By.MEASURES:
        things = Measure.objects.select_related("package", "owner__user").in_bulk(keys)
    else:
        things = Node.objects.select_related("owner__user").in_bulk(keys)
    return [Row(things[key], found[key]) for key in keys if key in things]
