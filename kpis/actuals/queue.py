"""What waits for a controller: claims by month, second signatures, and how far months have come."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.tree.rules import below
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.selectors import MeasureFilters, measure_list, visible_measures
from kpis.actuals.choices import Outcome
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.actuals.rules import ACCEPTED, claim_refusal, month_at
from kpis.actuals.selectors import validation_rows
from kpis.choices import Series
from kpis.models import MONTH_COLUMNS, Effect, ValueYear
from kpis.rules import Month

# Where claims are judged (G10).
JUDGED_STAGES = tuple(stage for stage in Stage if claim_refusal(stage, Overlay.ACTIVE) is None)
PROMISES = (Series.PLAN, Series.BASELINE, Series.FORECAST)


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """What the queue is narrowed to; nodes and measures by code, none means all."""

    month: Month | None = None
    measure: str = ""
    places: MeasureFilters | None = None
    # What a head of controlling judges in the stead of the named controllers as well.
    in_stead: bool = False


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How far the claims of one month have come."""

    month: Month
    claimed: int
    waiting: int
    second: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What a month of an effect was to bring: the current baseline, else the plan; the forecast."""

    plan: Decimal | None = None
    forecast: Decimal | None = None


def stands_in(by: Actor) -> bool:
    """Whether somebody judges in the stead of named controllers anywhere."""
    return bool(_heads_at(by))


def judged_measures(by: Actor, *, in_stead: bool = False) -> QuerySet[Measure]:
    """Measures whose claims somebody validates.

    Those that name them controller, and those that name nobody, where they are finance (S4);
    `in_stead`: those of others as well, where they are head of controlling.
    """
    finance = below(by.scope.paths(Permission.VALUE_VALIDATE), "package__path")
    mine = Q(controller=by.membership_id) | Q(controller=None)
    if in_stead:
        mine |= below(_heads_at(by), "package__path")
    rows = visible_measures(by).filter(finance, mine)
    return rows.none() if by.membership_id is None else rows


def waiting_for(by: Actor, *, in_stead: bool = False) -> QuerySet[Claim]:
    """Claims that nothing was decided on yet and that this person judges (S2, S4)."""
    decided = Validation.objects.filter(claim=OuterRef("pk"))
    rows = _latest_claims(judged_measures(by, in_stead=in_stead))
    rows = rows.filter(~Exists(decided), ~Exists(_own_claims(by)), _of_others(by))
    return rows.select_related("effect__metric", "effect__measure", "claimed_by__user")


def waiting_claims(filters: QueueFilters, *, by: Actor) -> QuerySet[Claim]:
    """The same narrowed down, unordered; raises `Invalid` for a node that is not there."""
    rows = waiting_for(by, in_stead=filters.in_stead)
    if filters.month is not None:
        rows = rows.filter(month=filters.month.first_day)
    if filters.measure:
        rows = rows.filter(effect__measure__code=filters.measure)
    if filters.places is not None:
        rows = rows.filter(effect__measure__in=measure_list(filters.places, by=by))
    # The order of a list by measure; a code is never empty.
    return rows.annotate(measure_code=F("effect__measure__code"))


def month_counts(by: Actor, *, in_stead: bool = False) -> list[MonthCount]:
    """Claims of the measures that somebody judges, by month and state, the newest month first.

    One query. What waits is counted as `waiting_for` lists it.
    """
    decided = Validation.objects.filter(claim=OuterRef("pk"))
    signed = SecondSignature.objects.filter(validation=OuterRef("pk"))
    rows = _latest_claims(judged_measures(by, in_stead=in_stead)).annotate(
        outcome=Subquery(decided.values("outcome")[:1]),
        is_pending=Exists(decided.filter(~Exists(signed), needs_second=True)),
        is_own=Exists(_own_claims(by)),
    )
    waiting = Q(outcome__isnull=True, is_own=False) & _of_others(by)
    accepted = Q(outcome__in=[state.value for state in ACCEPTED], is_pending=False)
    counted = rows.values("month").annotate(
        claimed=Count("pk"),
        waiting=Count("pk", filter=waiting),
        second=Count("pk", filter=Q(is_pending=True)),
        accepted=Count("pk", filter=accepted),
        rejected=Count("pk", filter=Q(outcome=Outcome.REJECTED)),
    )
    names = ("month", "claimed", "waiting", "second", "accepted", "rejected")
    return [
        MonthCount(month_at(day), *numbers)
        for day, *numbers in counted.order_by("-month").values_list(*names)
    ]


def seconds_for(by: Actor) -> QuerySet[Validation]:
    """Adjustments above the claim that this person may sign as the second finance person (S4)."""
    later = Claim.objects.filter(
        effect=OuterRef("effect"), month=OuterRef("month"), pk__gt=OuterRef("claim_id")
    )
    finance = below(by.scope.paths(Permission.VALUE_VALIDATE), "package__path")
    measures = visible_measures(by).filter(finance, overlay=Overlay.ACTIVE, stage__in=JUDGED_STAGES)
    signed = SecondSignature.objects.filter(validation=OuterRef("pk"))
    rows = validation_rows().filter(
        ~Exists(later),
        ~Exists(_own_claims(by)),
        ~Exists(signed),
        _of_others(by),
        needs_second=True,
        effect__measure__in=measures,
    )
    rows = rows.exclude(decided_by=by.membership_id)
    return rows.none() if by.membership_id is None else rows


def promises_of(effects: Iterable[Effect], month: Month) -> dict[int, Promise]:
    """What one month of each effect was to bring; one query."""
    ids = [effect.pk for effect in effects]
    rows = ValueYear.objects.filter(effect_id__in=ids, series__in=PROMISES, year=month.year)
    column = MONTH_COLUMNS[month.number - 1]
    found: dict[int, dict[str, Decimal | None]] = {}
    # The highest baseline comes last and stands (V3).
    cells = rows.order_by("effect_id", "baseline_no").values_list("effect_id", "series", column)
    for effect_id, series, amount in cells:
        found.setdefault(effect_id, {})[series] = amount
    return {key: _promise(found.get(key, {})) for key in ids}


def _promise(cells: dict[str, Decimal | None]) -> Promise:
    plan = cells.get(Series.BASELINE, cells.get(Series.PLAN))
    return Promise(plan, cells.get(Series.FORECAST))


def _heads_at(by: Actor) -> list[str]:
    return [grant.path for grant in by.scope.grants if grant.role is Role.HEAD_OF_CONTROLLING]


def _latest_claims(among: QuerySet[Measure]) -> QuerySet[Claim]:
    """The latest claim of each month that has an amount, in those measures that are active."""
    later = Claim.objects.filter(
        effect=OuterRef("effect"), month=OuterRef("month"), pk__gt=OuterRef("pk")
    )
    measures = among.filter(overlay=Overlay.ACTIVE, stage__in=JUDGED_STAGES)
    rows: QuerySet[Claim] = Claim.objects.filter(
        ~Exists(later), effect__measure__in=measures, amount__isnull=False
    )
    return rows


def _own_claims(by: Actor) -> QuerySet[Claim]:
    """What this person ever claimed of the month of an outer row (S4)."""
    rows: QuerySet[Claim] = Claim.objects.filter(
        effect=OuterRef("effect"), month=OuterRef("month"), claimed_by=by.membership_id
    )
    return rows


def _of_others(by: Actor) -> Q:
    """S2: where this person owns neither the measure nor the effect."""
    me = by.membership_id
    return ~Q(effect__measure__owner=me) & ~Q(effect__owner=me)
