"""Reading measures and their reports: one, lists by filter, what a person may do with one."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from approvals.choices import ConditionState, RequestState
from approvals.models import ApprovalCondition, ApprovalRequest
from governance.errors import NotVisible
from governance.masterdata.models import BusinessUnit, Function, LegalEntity, MasterData
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.permissions.selectors import has_grants
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import node_named, search_ids
from governance.web.pages import Order
from initiatives.choices import LIVE, AmountName, GovernabilityField, Overlay, ShownOverlay
from initiatives.figures import behind
from initiatives.hooks import node_hold
from initiatives.models import Measure, StatusReport
from initiatives.rules import Hands, correct_refusal

M = TypeVar("M", bound=Model)

MEASURE_RELATIONS = (
    "package__parent",
    "owner__user",
    "sponsor__user",
    "controller__user",
    "receiver__user",
    "stage_model",
    "business_unit",
    "function",
    "legal_entity",
    "forum",
)
ORDERS: dict[str, Order] = {
    "code": Order("code", "id"),
    "name": Order("name", "sort_key"),
    "value": Order("value", "value_minor"),
    "updated_at": Order("updated_at", "updated_at"),
}
DEFAULT_ORDER = "code"
# What a filter says of measures that have no owner, or no function.
NONE = "-"


@dataclass(frozen=True, slots=True)
class MeasureFilters:
    """What a list is narrowed to; empty means all. Nodes by code, people by e-mail."""

    q: str = ""
    stage: str = ""
    overlay: str = ""
    owner: str = ""
    portfolio: str = ""
    program: str = ""
    project: str = ""
    measure_package: str = ""
    missing: str = ""
    business_unit: str = ""
    function: str = ""
    legal_entity: str = ""
    amount: str = ""


NODE_FILTERS = {
    "portfolio": Level.PORTFOLIO,
    "program": Level.PROGRAM,
    "project": Level.PROJECT,
    "measure_package": Level.PACKAGE,
}

# Master data by code, as filters and as the fields of a measure are called.
CODED_FILTERS: dict[str, type[MasterData]] = {
    "business_unit": BusinessUnit,
    "function": Function,
    "legal_entity": LegalEntity,
}


def visible_measures(by: Actor) -> QuerySet[Measure]:
    """All measures below the actor's maximal granted paths."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "package__path")
    measures: QuerySet[Measure] = Measure.objects.filter(scope)
    return measures


def measure_by_code(code: str, *, by: Actor) -> Measure:
    """One visible measure with its people and master data; raises `NotVisible`."""
    if (
        not code.isprintable()
    ):  # the database refuses NUL and lone surrogates with an error of its own
        raise NotVisible
    rows = visible_measures(by).select_related(*MEASURE_RELATIONS)
    measure = rows.filter(code=code).first()
    if measure is None:
        raise NotVisible
    return measure


def measure_list(filters: MeasureFilters, *, by: Actor) -> QuerySet[Measure]:
    """Visible measures that match, unordered (see `ORDERS`); raises `Invalid` by filter."""
    measures = visible_measures(by).select_related(*MEASURE_RELATIONS)
    for name, level in NODE_FILTERS.items():
        if place := node_named(getattr(filters, name), by=by, level=level, field=name):
            measures = measures.filter(below([place.path], "package__path"))
    for condition in conditions_of(filters):
        measures = measures.filter(condition)
    return measures


def conditions_of(filters: MeasureFilters) -> Iterator[Q]:
    """What the filters that are set ask of a measure itself."""
    for name, condition in CONDITIONS.items():
        if word := getattr(filters, name):
            yield condition(word)


def _shown_as(word: str) -> Q:
    """Measures shown under an overlay: stored, or derived from open requests and conditions."""
    if word == LIVE:
        return Q(overlay=Overlay.ACTIVE)
    overlay = ShownOverlay(word)
    if overlay in {ShownOverlay.ON_HOLD, ShownOverlay.CANCELLED}:
        return Q(overlay=overlay.value)
    about = {"subject_type": "measure", "subject_id": OuterRef("pk")}
    asked = Exists(ApprovalRequest.objects.filter(**about, state=RequestState.OPEN))
    owing = Exists(ApprovalCondition.objects.filter(**about, state=ConditionState.OPEN))
    active = Q(overlay=Overlay.ACTIVE)
    return {
        ShownOverlay.PENDING: active & Q(asked),
        ShownOverlay.CONDITIONAL: active & ~Q(asked) & Q(owing),
        ShownOverlay.ACTIVE: active & ~Q(asked) & ~Q(owing),
    }[overlay]


def lacks(field: str) -> Q:
    """A governability field by name, or `any` of the seven."""
    fields = GovernabilityField.values if field == "any" else [field]
    condition = Q(pk__in=[])
    for name in fields:
        condition |= Q(**{f"{name}__isnull": True})
    return condition


def coded(model: type[MasterData], code: str) -> list[int]:
    """The row of master data with a code; nothing for one there is not. One query."""
    return list(model.objects.filter(code=code).values_list("pk", flat=True))


def members(email: str) -> list[int]:
    """The membership of an address, ended ones included; nothing for a stranger's."""
    rows = Membership.objects.filter(user__email__iexact=email)
    return list(rows.values_list("pk", flat=True))


CONDITIONS: dict[str, Callable[[str], Q]] = {
    "stage": lambda word: Q(stage=word),
    "overlay": _shown_as,
    # Two steps: the owner's number then drives the index that is in the list's order.
    "owner": lambda email: Q(owner__isnull=True) if email == NONE else Q(owner__in=members(email)),
    "business_unit": lambda code: Q(business_unit__in=coded(BusinessUnit, code)),
    "function": lambda code: (
        Q(function__isnull=True) if code == NONE else Q(function__in=coded(Function, code))
    ),
    "legal_entity": lambda code: Q(legal_entity__in=coded(LegalEntity, code)),
    "missing": lacks,
    "amount": lambda name: behind(AmountName(name)),
    "q": lambda text: Q(pk__in=search_ids("measure", text)) if text.strip() else Q(),
}


def measure_names(ids: Iterable[int]) -> dict[int, str]:
    """Names of measures by their ids; one query."""
    return dict(Measure.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def measures_of(package: Node, *, by: Actor) -> QuerySet[Measure]:
    """Visible measures of one package by name."""
    rows = visible_measures(by).filter(package=package).select_related(*MEASURE_RELATIONS)
    return rows.order_by("sort_key", "id")


def hands_in(path: str, by: Actor) -> Hands:
    """What the acting person may do at a place, before anything there is theirs; no query."""
    return Hands(frozenset(p for p in Permission if by.may(p, path)), is_owner=False)


def hands_at(measure: Measure, by: Actor) -> Hands:
    """What the acting person may do at a measure; needs no query."""
    is_owner = by.membership_id is not None and measure.owner_id == by.membership_id
    return replace(hands_in(measure.path, by), is_owner=is_owner)


def level_delete_refusal(node: Node) -> str | None:
    """Why a node cannot be deleted now, as a refusal code; None if it can."""
    if node.known_level is Level.TENANT:
        return "root_stays"
    if node.is_default:
        return "default_stays"
    inhabited = Node.objects.filter(parent=node).exclude(is_default=True)
    if inhabited.exists() or Measure.objects.filter(below([node.path], "package__path")).exists():
        return "node_not_empty"
    going = [node, *Node.objects.filter(parent=node)]
    if has_grants(going):
        return "node_has_grants"
    return node_hold([one.pk for one in going]) or None


def reports_of(measure: Measure) -> QuerySet[StatusReport]:
    """Status reports of one measure, the newest first."""
    rows: QuerySet[StatusReport] = StatusReport.objects.filter(measure=measure)
    return rows.order_by("-reported_on", "-id")


def report_by_id(public_id: uuid.UUID, *, by: Actor) -> StatusReport:
    """One status report of a visible measure; raises `NotVisible`."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "measure__package__path")
    rows = StatusReport.objects.filter(scope, public_id=public_id)
    report: StatusReport | None = rows.select_related("measure__package").first()
    if report is None:
        raise NotVisible
    return report


def report_refusal(report: StatusReport, newest: date | None, *, by: Actor) -> str | None:
    """Why the acting person cannot correct a report, as a code; `newest` is the latest day."""
    return correct_refusal(
        hands_at(report.measure, by),
        is_added_by_them=report.added_by_id is not None and report.added_by_id == by.membership_id,
        is_newest=newest is None or report.reported_on >= newest,
    )


def newest_day(measure: Measure) -> date | None:
    """The day of a measure's newest status report."""
    days = reports_of(measure).values_list("reported_on", flat=True)
    day: date | None = days.first()
    return day


def one_of(rows: QuerySet[M], pk: int) -> M:
    """One row by its key; raises `NotVisible`."""
    row: M | None = rows.filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def latest_reports(measures: Iterable[Measure]) -> dict[int, StatusReport]:
    """The newest status report of each of these measures by its id; one query."""
    wanted = [measure.pk for measure in measures]
    rows = StatusReport.objects.filter(measure_id__in=wanted).defer("commentary")
    newest = rows.order_by("-measure_id", "-reported_on", "-id").distinct("measure_id")
    return {report.measure_id: report for report in newest}
