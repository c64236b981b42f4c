"""Reading stored roll-ups: how current they are, and the lines of which figures are made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from governance.calendars.selectors import current_calendar
from governance.operations.registry import Progress, Waiting
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.counting import Counted
from initiatives.rhythm.selectors import rhythms_of
from kpis.choices import EffectClass, Series
from kpis.figures.choices import Lamp, LightName
from kpis.figures.selectors import clock_of
from kpis.models import MONTH_COLUMNS
from kpis.rates.choices import RateBasis, RateState
from kpis.rates.models import Rate
from kpis.rules import Month
from reporting.facts import Weights, measure_count
from reporting.light_facts import LitMeasure, Position, lit_measure, rhythm_params
from reporting.node_lights import NodeLights, lamp_of
from reporting.rhythm_periods import due_params
from reporting.rollups.models import (
    RollUpCount,
    RollUpLamp,
    RollUpLight,
    RollUpLine,
    RollUpMarker,
    RollUpNode,
    RollUpSize,
    RollUpState,
    RollUpWatermelon,
    RollUpYear,
)
from reporting.rollups.parts import LINES, SIZES, WATERMELONS
from reporting.rules import MeasureCount, MonthLine, SizeLine, ValueLine
from reporting.value_facts import size_line, value_line

# Another number computes every tenant anew: what is stored, or how, is no longer the same.
FORMULAS = 3


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current a tenant's roll-ups are: what waits since when, and how far a whole one is."""

    waiting: int
    since: datetime | None
    done: int
    total: int
    is_stale: bool

    @property
    def is_current(self) -> bool:
        return not self.waiting and not self.is_stale


def stamp_of(tenant: Tenant) -> str:
    """All that figures rest on and that is no row of a measure, in words; three queries.

    The last closed month, the day (lights are late by days), the tenant's settings, its calendar,
    the latest rate, and which reporting periods were due (R3) and missed (L4).
    """
    clock, calendar = clock_of(tenant), current_calendar()
    rhythms = rhythms_of(tenant, calendar, clock.now)
    decided = Rate.objects.filter(state=RateState.CONFIRMED).aggregate(at=Max("decided_at"))["at"]
    facts = {
        "formulas": FORMULAS,
        "closed": clock.latest,
        "today": clock.today,
        "metric": clock.headline,
        "currency": clock.currency,
        "fiscal": clock.fiscal_start,
        "zone": tenant.time_zone,
        "calendar": calendar.number,
        "rates": decided,
        **rhythm_params(rhythms),
        **due_params(rhythms),
    }
    return "; ".join(f"{name}: {value}" for name, value in facts.items())


def kept_bases() -> list[RateBasis]:
    """By which rates the active tenant's roll-ups are kept: one says all without any; one query."""
    is_rated = Rate.objects.filter(state=RateState.CONFIRMED).exists()
    return list(RateBasis) if is_rated else [RateBasis.PLAN]


def freshness(tenant: Tenant) -> Freshness:
    """How current the active tenant's roll-ups are; six queries."""
    state = RollUpState.objects.first()
    waiting, now = roll_ups_waiting(), _progress(state)
    return Freshness(
        waiting=waiting.count,
        since=waiting.oldest_at,
        done=now.done,
        total=now.total,
        is_stale=state is None or state.stamp != stamp_of(tenant),
    )


def roll_ups_progress() -> Progress:
    """What people changed and waits, and how far a computation of the whole is; two queries."""
    return _progress(RollUpState.objects.first())


def _progress(state: RollUpState | None) -> Progress:
    changed = Q(is_bulk=False)
    found = RollUpMarker.objects.aggregate(
        changed=Count("pk", filter=changed),
        since=Min("marked_at", filter=changed),
        whole=Count("pk", filter=~changed),
    )
    total = 0 if state is None else state.total
    return Progress(
        changed=Waiting(found["changed"], found["since"]),
        done=max(total - found["whole"], 0),
        total=total,
        begun_at=None if state is None else state.begun_at,
    )


def roll_ups_waiting() -> Waiting:
    """Markers of the active tenant that no worker has taken yet. One query."""
    found = RollUpMarker.objects.aggregate(count=Count("pk"), oldest=Min("marked_at"))
    return Waiting(found["count"], found["oldest"])


def is_settled() -> bool:
    """Whether nothing that was written in the active tenant waits to be computed; one query."""
    return not RollUpMarker.objects.exists()


def computed_at(node_ids: Sequence[int]) -> datetime | None:
    """When the oldest roll-up of some nodes was computed; None where one was not yet."""
    rows = RollUpNode.objects.filter(node_id__in=node_ids)
    found = list(rows.values_list("computed_at", flat=True))
    return min(found) if found and len(found) == len(node_ids) else None


def kept_counts(node_ids: Sequence[int], weights: Weights) -> list[MeasureCount]:
    """Numbers of measures below some nodes by stage and overlay (F1); one query."""
    rows = RollUpCount.objects.filter(node_id__in=node_ids)
    names = ("stage", "overlay", "model", "number", "since")
    return [measure_count(row, weights) for row in rows.values_list(*names)]


def kept_watermelons(
    node_ids: Sequence[int], paths: Sequence[str], limit: int, after: Position | None
) -> tuple[list[LitMeasure], int]:
    """Watermelons below some nodes, given by id and by path, as `watermelon_rows` has them.

    Two queries: how many there are stands in the roll-ups of the nodes.
    """
    packages = Node.objects.filter(below(paths), level=Level.PACKAGE).order_by()
    rows = RollUpWatermelon.objects.filter(node_id__in=packages.values("pk"))
    order = ("-size", "-measure_id")
    if after is not None:
        rows = rows.filter(_beyond(after))
        order = ("size", "measure_id") if after.is_backward else order
    names = WATERMELONS.names[1:]
    found = [lit_measure(row) for row in rows.order_by(*order).values_list(*names)[:limit]]
    counts = RollUpCount.objects.filter(node_id__in=node_ids)
    return found, counts.aggregate(total=Sum("watermelons"))["total"] or 0


def _beyond(after: Position) -> Q:
    sign = "gt" if after.is_backward else "lt"
    same = Q(size=after.size) & Q(**{f"measure_id__{sign}": after.measure_id})
    # The first condition is what the index is read by.
    return Q(**{f"size__{sign}e": after.size}) & (Q(**{f"size__{sign}": after.size}) | same)


def kept_lines(node_ids: Sequence[int], weights: Weights, basis: RateBasis) -> list[ValueLine]:
    """F3, F5 and F7 below some nodes; one query."""
    names = [*LINES.keys[1:], *(name for name, _rule in LINES.figures)]
    rows = RollUpLine.objects.filter(node_id__in=node_ids, basis=basis).order_by(*LINES.keys[1:])
    return [value_line(row, weights) for row in rows.values_list(*names)]


def kept_sizes(node_ids: Sequence[int], weights: Weights, basis: RateBasis) -> list[SizeLine]:
    """F2 and F6 below some nodes; one query."""
    names = [*SIZES.keys[1:], *(name for name, _rule in SIZES.figures)]
    rows = RollUpSize.objects.filter(node_id__in=node_ids, basis=basis)
    return [size_line(row, weights) for row in rows.values_list(*names)]


def kept_months(
    node_ids: Sequence[int], currency: str, basis: RateBasis
) -> tuple[list[MonthLine], list[tuple[str, Month]]]:
    """Months below some nodes in the tenant's currency, and planned ones without a rate; one query.

    The latter are currency and month (V8).
    """
    names = ("series", "metric", "effect_class", "currency", "year", *MONTH_COLUMNS)
    rows = RollUpYear.objects.filter(node_id__in=node_ids, basis=basis)
    lines, missing = [], set()
    for series, metric, effect_class, kept_in, year, *months in rows.values_list(*names):
        for number, amount in enumerate(months, start=1):
            if amount is None:
                continue
            month = Month(year, number)
            if kept_in == currency:
                lines.append(MonthLine(series, metric, EffectClass(effect_class), month, amount))
            elif series == Series.PLAN:
                missing.add((kept_in, month))
    return lines, sorted(missing)


def kept_numbers(node_ids: Sequence[int]) -> dict[int, int]:
    """Number of measures below each of some nodes; one query."""
    rows = RollUpCount.objects.filter(node_id__in=node_ids).order_by()
    return dict(rows.values_list("node_id").annotate(number=Sum("number")))


def kept_totals(node_ids: Sequence[int]) -> Counted:
    """The same with how current they are, of the nodes that were ever computed; two queries."""
    numbers = RollUpCount.objects.filter(node_id=OuterRef("node_id")).order_by()
    total = Subquery(numbers.values("node_id").annotate(n=Sum("number")).values("n"))
    rows = RollUpNode.objects.filter(node_id__in=node_ids).order_by()
    found = list(rows.values_list("node_id", "computed_at", Coalesce(total, 0)))
    if not found:
        return Counted()
    return Counted(
        {node_id: number for node_id, _at, number in found},
        min(at for _node_id, at, _number in found),
        is_settled(),
    )


def kept_lights(node_ids: Sequence[int]) -> NodeLights:
    """L5 of some nodes together, as if they were the children of one; two queries.

    A single node has its own light.
    """
    lamps = list(RollUpLamp.objects.filter(node_id__in=node_ids))
    if len(node_ids) == 1:
        return {light: _lamp(lamps, light) for light in LightName}
    held: dict[LightName, dict[bool, dict[Lamp, Decimal]]] = {}
    for row in RollUpLight.objects.filter(node_id__in=node_ids):
        both = held.setdefault(LightName(row.light), {True: {}, False: {}})
        for by_value, amount in ((True, row.size), (False, Decimal(row.number))):
            lamp = Lamp(row.lamp)
            both[by_value][lamp] = both[by_value].get(lamp, Decimal(0)) + amount
    found = dict.fromkeys(LightName, Lamp.GREY)
    for light, both in held.items():
        by_value = any(both[True].values())
        weights = [
            row.size if by_value else Decimal(row.number)
            for row in lamps
            if row.light == light and row.lamp == Lamp.RED
        ]
        found[light] = lamp_of(both[by_value], max(weights, default=Decimal(-1)))
    return found


def _lamp(rows: Iterable[RollUpLamp], light: LightName) -> Lamp:
    return next((Lamp(row.lamp) for row in rows if row.light == light), Lamp.GREY)


def kept_lamps(node_ids: Sequence[int]) -> dict[tuple[int, LightName], Lamp]:
    """The lights of nodes (L5); grey ones have no row. One query."""
    rows = RollUpLamp.objects.filter(node_id__in=node_ids)
    return {
        (node_id, LightName(light)): Lamp(lamp)
        for node_id, light, lamp in rows.values_list("node_id", "light", "lamp")
    }
