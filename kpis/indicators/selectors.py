"""Reading objectives, KPIs and their periods; KPIs belong to the whole tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.web.pages import Order
from kpis.indicators.choices import Direction, Standing
from kpis.indicators.models import Kpi, KpiPeriod, Objective
from kpis.indicators.rules import standing

KPI_RELATIONS = ("objective__parent", "update_owner__user")
NO_OBJECTIVE = "none"
# A tab sorts before every letter; what has no objective stands last.
_LAST, _GAP = Value("\N{REPLACEMENT CHARACTER}"), Value("\t")
ORDERS: dict[str, Order] = {
    "code": Order("code", "id"),
    "place": Order(
        "place",
        "place",
        expression=Concat(
            Coalesce(F("objective__parent__sort_key"), F("objective__sort_key"), _LAST),
            _GAP,
            Coalesce(F("objective__parent__code"), F("objective__code"), Value("")),
            _GAP,
            Coalesce(F("objective__sort_key"), Value("")),
            _GAP,
            Coalesce(F("objective__code"), Value("")),
            _GAP,
            F("sort_key"),
            output_field=TextField(db_collation="C"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class KpiFilters:
    """What a list is narrowed to; empty means all. `objective` is a code, or `none`."""

    q: str = ""
    objective: str = ""
    direction: str = ""
    rhythm: str = ""
    standing: str = ""
    is_active: bool | None = None


def may_fill(kpi: Kpi, by: Actor) -> bool:
    """Whether somebody may write the values of a KPI: its update owner, or who manages metrics."""
    is_owner = by.membership_id is not None and kpi.update_owner_id == by.membership_id
    return is_owner or by.may_anywhere(Permission.METRIC_MANAGE)


def visible_kpis(by: Actor) -> QuerySet[Kpi]:
    """All KPIs of the tenant for whoever sees any place in it."""
    rows: QuerySet[Kpi] = Kpi.objects.select_related(*KPI_RELATIONS)
    return rows if by.may_anywhere(Permission.TREE_VIEW) else rows.none()


def kpi_list(filters: KpiFilters, *, by: Actor) -> QuerySet[Kpi]:
    """Visible KPIs that match, unordered (see `ORDERS`); raises `Invalid` by filter."""
    rows = visible_kpis(by)
    for word in filters.q.split():
        named = Q(code__icontains=word) | Q(name__icontains=word)
        rows = rows.filter(named | Q(description__icontains=word))
    if filters.objective == NO_OBJECTIVE:
        rows = rows.filter(objective__isnull=True)
    elif filters.objective:
        rows = rows.filter(_below(filters.objective, by))
    plain = {"direction": filters.direction, "rhythm": filters.rhythm}
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if filters.is_active is not None:
        rows = rows.filter(is_active=filters.is_active)
    if filters.standing:
        rows = rows.filter(pk__in=_standing_ids(Standing(filters.standing)))
    return rows


def kpi_by_code(code: str, *, by: Actor) -> Kpi:
    """One KPI with its objective, goal and update owner; raises `NotVisible`."""
    # The database refuses NUL and lone surrogates with an error of its own.
    kpi = visible_kpis(by).filter(code=code).first() if code.isprintable() else None
    if kpi is None:
        raise NotVisible
    return kpi


def periods_of(kpis: Iterable[Kpi]) -> dict[int, list[KpiPeriod]]:
    """Periods in order of each of the KPIs, by the KPI's id; one query."""
    found: dict[int, list[KpiPeriod]] = {kpi.pk: [] for kpi in kpis}
    for period in KpiPeriod.objects.filter(kpi_id__in=list(found)).order_by("starts_on"):
        found[period.kpi_id].append(period)
    return found


def standing_of(kpi: Kpi, period: KpiPeriod) -> Standing | None:
    """Where one period of a KPI stands; no query."""
    direction = Direction(kpi.direction)
    return standing(direction, period.target, period.actual, period.band_low, period.band_high)


def latest(periods: Iterable[KpiPeriod]) -> KpiPeriod | None:
    """The last period with an actual; later ones have only been planned."""
    reported = [period for period in periods if period.actual is not None]
    return reported[-1] if reported else None


def objectives(by: Actor) -> QuerySet[Objective]:
    """All objectives of the tenant with their goals, for whoever sees any place in it."""
    rows: QuerySet[Objective] = Objective.objects.select_related("parent")
    return rows if by.may_anywhere(Permission.TREE_VIEW) else rows.none()


def objective_by_code(code: str, *, by: Actor) -> Objective:
    """One objective; raises `NotVisible`."""
    row = objectives(by).filter(code=code).first() if code.isprintable() else None
    if row is None:
        raise NotVisible
    return row


def objective_named(code: str, *, by: Actor, field: str) -> Objective:
    """One objective that a field names; raises `Invalid` at that field."""
    try:
        return objective_by_code(code, by=by)
    except NotVisible as error:
        raise Invalid({field: [_("There is no %(code)s here.") % {"code": code}]}) from error


def _below(code: str, by: Actor) -> Q:
    objective = objective_named(code, by=by, field="objective")
    return Q(objective=objective) | Q(objective__parent=objective)


def _standing_ids(wanted: Standing) -> list[int]:
    """KPIs whose last reported period stands so; one query."""
    rows = KpiPeriod.objects.filter(actual__isnull=False).select_related("kpi")
    last = rows.order_by("kpi_id", "-starts_on").distinct("kpi_id")
    return [period.kpi_id for period in last if standing_of(period.kpi, period) is wanted]
