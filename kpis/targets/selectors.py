"""Reading targets: those in force, all of them, what waits, and the gaps somebody answers for."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, QuerySet, Subquery

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.rules import below
from kpis.choices import ProposalState
from kpis.targets.models import Target

PEOPLE = ("gap_owner__user", "proposed_by__user", "decided_by__user")


@dataclass(frozen=True, slots=True)
class TargetFilters:
    """What a list of targets is narrowed to; `node` is a place and all below it."""

    node: Node | None = None
    metric: str = ""
    year: int = 0
    kind: str = ""
    state: str = ""
    gap_owner: str = ""


def targets(by: Actor) -> QuerySet[Target]:
    """All targets of the places a person sees, with their people."""
    rows: QuerySet[Target] = Target.objects.select_related("node", "metric", *PEOPLE)
    return rows.filter(below(by.scope.paths(Permission.TREE_VIEW), "node__path"))


def targets_matching(filters: TargetFilters, *, by: Actor) -> QuerySet[Target]:
    """Targets that match all filters, unordered."""
    rows = targets(by)
    if filters.node is not None:
        rows = rows.filter(below([filters.node.path], "node__path"))
    wanted = {
        "metric__code": filters.metric,
        "fiscal_year": filters.year,
        "kind": filters.kind,
        "state": filters.state,
        "gap_owner__user__email__iexact": filters.gap_owner,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def target_by_id(public_id: UUID | str, *, by: Actor) -> Target:
    """One target; raises `NotVisible`."""
    row: Target | None = None
    with suppress(ValidationError):
        row = targets(by).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def standing(target: Target) -> Target | None:
    """The version of a target's key that counts now; None before the first. One query."""
    rows = same_key(target).filter(state=ProposalState.APPROVED)
    return rows.order_by("-number").first()


def same_key(target: Target) -> QuerySet[Target]:
    """All versions and proposals of a target's node, metric, year and kind."""
    rows: QuerySet[Target] = Target.objects.filter(
        node=target.node_id,
        metric=target.metric_id,
        fiscal_year=target.fiscal_year,
        kind=target.kind,
    )
    return rows


def in_force(rows: QuerySet[Target], tenant: Tenant) -> QuerySet[Target]:
    """Of some targets those that count: the latest approved version of each key.

    A target in another currency than the tenant has now counts no more, as its rates do not.
    """
    later = Target.objects.filter(
        node=OuterRef("node"),
        metric=OuterRef("metric"),
        fiscal_year=OuterRef("fiscal_year"),
        kind=OuterRef("kind"),
        state=ProposalState.APPROVED,
    ).order_by("-number")
    return rows.filter(
        Q(currency=tenant.currency) | Q(currency=""),
        state=ProposalState.APPROVED,
        number=Subquery(later.values("number")[:1]),
    )


def targets_at(node_ids: Iterable[int], tenant: Tenant) -> list[Target]:
    """The targets in force of some nodes and of their children; one query."""
    ids = list(node_ids)
    rows: QuerySet[Target] = Target.objects.select_related("node", "metric", "gap_owner__user")
    placed = rows.filter(Q(node__in=ids) | Q(node__parent__in=ids))
    order = ("metric__code", "kind", "fiscal_year", "node__sort_key", "id")
    return list(in_force(placed, tenant).order_by(*order))


def targets_of(node_ids: Iterable[int], metric: str, tenant: Tenant) -> list[Target]:
    """The targets in force of some nodes for one metric, by year; one query."""
    rows: QuerySet[Target] = Target.objects.filter(node__in=list(node_ids), metric__code=metric)
    return list(in_force(rows, tenant).order_by("fiscal_year", "id"))


def gaps_owned(by: Actor, tenant: Tenant) -> QuerySet[Target]:
    """The targets in force whose gap a person answers for, where they still see the place."""
    if by.membership_id is None:
        return targets(by).none()
    return in_force(targets(by).filter(gap_owner=by.membership_id), tenant)


def target_hold(node_ids: Sequence[int]) -> str:
    """A refusal code where anything was ever proposed for one of these nodes; one query."""
    return "node_has_targets" if Target.objects.filter(node__in=node_ids).exists() else ""


def waiting(by: Actor) -> QuerySet[Target]:
    """Proposals of the places a person sees."""
    return targets(by).filter(state=ProposalState.PROPOSED)
