"""The nodes below a place as its table shows them, those first where most money is at risk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from kpis.choices import EffectKind, Series
from kpis.figures.choices import Lamp, LightName
from kpis.figures.rules import VALUE_KINDS, Amounts
from kpis.models import Target
from kpis.rates.rules import ROUNDING
from kpis.targets.selectors import targets_of
from reporting.conversion import Conversion
from reporting.facts import ChildMonth, Weights, counts_by_child, months_by_child
from reporting.node_lights import LightTree, NodeLights
from reporting.places import Place
from reporting.rollups.reading import USUAL, Facts, Reading, kept_by, place_of
from reporting.rollups.selectors import kept_lamps, kept_numbers
from reporting.rollups.selectors_children import (
    kept_lines_of_children,
    kept_months_of_children,
    kept_sizes_of_children,
)
from reporting.rules import Months, ValueLine
from reporting.value_facts import lines_by_child, sizes_by_child

ZERO = Decimal(0)
MOST_CHILDREN = 50
# Σ |V| and Σ value at risk by node.
Sizes = Mapping[int, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Child:
    """One node: its measures, lights, amounts and money at risk by kind, months by series.

    `at_risk` pools recurring and one-off by their size, as |V| does. `targets` are those in force
    of the headline metric.
    """

    node: Node
    measures: int
    lights: NodeLights
    amounts: Mapping[EffectKind, Amounts]
    at_risk: Decimal
    months: Mapping[Series, Months]
    targets: Sequence[Target]


@dataclass(frozen=True, slots=True)
class Children:
    """The first of a place's nodes by money at risk, and how many there are."""

    shown: Sequence[Child]
    total: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What the queries said of the nodes that are shown, by their ids."""

    numbers: Mapping[int, int]
    lamps: Mapping[tuple[int, LightName], Lamp]
    lines: Iterable[tuple[int, ValueLine]]
    months: Iterable[ChildMonth]


def read_children(
    paths: Sequence[str],
    level: Level,
    facts: Facts,
    tenant: Tenant,
    rates: Conversion,
    how: Reading = USUAL,
) -> Children:
    """The nodes of a level below some places, in seven queries; at most fifty of them.

    Of some measures alone those nodes that hold any, without targets.
    """
    rows = Node.objects.filter(below(paths), level=level).order_by("sort_key", "id")
    ids = list(rows.values_list("pk", flat=True))
    if facts.tree is None:
        sizes = kept_sizes_of_children(ids, kept_by(rates))
        shown = _riskiest(ids, sizes)
        read = _kept(shown, tenant, rates, facts.weights)
    else:
        place, depth = place_of(paths, tenant, rates, how), level.value + 1
        sizes = sizes_by_child(place, depth)
        read = _live(place, facts.tree, facts.weights, depth)
        if how.only is not None:
            ids = [pk for pk in ids if pk in read.numbers]
        shown = _riskiest(ids, sizes)
    # A target belongs to a whole place.
    targets = targets_of(shown if how.only is None else [], tenant.headline_metric, tenant)
    return Children(_told(shown, sizes, read, targets), len(ids))


def _kept(shown: Sequence[int], tenant: Tenant, rates: Conversion, weights: Weights) -> _Read:
    metric, currency, basis = tenant.headline_metric, tenant.currency, kept_by(rates)
    return _Read(
        kept_numbers(shown),
        kept_lamps(shown),
        kept_lines_of_children(shown, metric, currency, weights, basis),
        kept_months_of_children(shown, metric, currency, basis),
    )


def _live(place: Place, tree: LightTree, weights: Weights, depth: int) -> _Read:
    return _Read(
        counts_by_child(place.paths, depth, place.ids),
        tree.lamps,
        lines_by_child(place, weights, depth),
        months_by_child(
            place.paths,
            place.tenant.headline_metric,
            depth,
            place.rates,
            as_published=place.clock.as_published,
            only=place.ids,
        ),
    )


def _riskiest(ids: Sequence[int], sizes: Sizes) -> list[int]:
    """By money at risk, then by size, then as they come."""

    def weight(pk: int) -> tuple[Decimal, Decimal]:
        size, at_risk = sizes.get(pk, (ZERO, ZERO))
        return -at_risk, -size

    return sorted(ids, key=weight)[:MOST_CHILDREN]


def _told(shown: Sequence[int], sizes: Sizes, read: _Read, found: Iterable[Target]) -> list[Child]:
    nodes = Node.objects.in_bulk(shown)
    targets: dict[int, list[Target]] = {}
    for target in found:
        targets.setdefault(target.node_id, []).append(target)
    amounts, months = _amounts(shown, read.lines), _months(shown, read.months)
    return [
        Child(
            node=nodes[pk],
            measures=read.numbers.get(pk, 0),
            lights={name: read.lamps.get((pk, name), Lamp.GREY) for name in LightName},
            amounts=amounts[pk],
            at_risk=sizes.get(pk, (ZERO, ZERO))[1],
            months=months[pk],
            targets=targets.get(pk, ()),
        )
        for pk in shown
        if pk in nodes
    ]


def _amounts(
    shown: Sequence[int], lines: Iterable[tuple[int, ValueLine]]
) -> dict[int, dict[EffectKind, Amounts]]:
    found = {pk: {kind: Amounts() for kind in VALUE_KINDS} for pk in shown}
    with localcontext(ROUNDING):  # wide enough that no sum of converted amounts is rounded
        for pk, line in lines:
            if pk in found and line.kind in VALUE_KINDS:
                found[pk][line.kind].add(line.share)
    return found


def _months(shown: Sequence[int], lines: Iterable[ChildMonth]) -> dict[int, dict[Series, Months]]:
    found: dict[int, dict[Series, Months]] = {pk: {} for pk in shown}
    for line in lines:
        if line.child_id in found:
            found[line.child_id].setdefault(Series(line.series), {})[line.month] = line.amount
    return found
