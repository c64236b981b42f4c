"""Resolving grants: the scope of a person, the people of a node, and the acting membership."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, Role
from governance.people.models import Membership
from governance.people.rules import RIGHTS, Grant, Scope
from governance.permissions.models import NodeGrant
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import search_ids

ROLE_NAMES = frozenset(Role.values)


def live_grants() -> QuerySet[NodeGrant]:
    """Grants that hold: neither run out nor waiting for their confirmation (S6)."""
    return _not_run_out().filter(is_pending=False)


def pending_grants(by: Actor) -> QuerySet[NodeGrant]:
    """Grants that wait for a second granter (S6) and that the actor sees, oldest first."""
    paths = by.scope.paths(Permission.PEOPLE_VIEW)
    seen = below(paths, "content_object__path") | Q(membership_id=by.membership_id)
    rows = _not_run_out().filter(seen, is_pending=True)
    return rows.select_related(
        "permission", "content_object", "membership__user", "granted_by__user"
    ).order_by("granted_at", "id")


def _not_run_out() -> QuerySet[NodeGrant]:
    today = timezone.now().date()
    grants: QuerySet[NodeGrant] = NodeGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    )
    return grants


def other_holders(roles: Iterable[Role], node: Node, *, but: Iterable[int]) -> QuerySet[NodeGrant]:
    """Grants by which live members, none of `but`, hold one of the roles at a node."""
    today = timezone.now().date()
    held = live_grants().filter(
        Q(membership__valid_until__isnull=True) | Q(membership__valid_until__gte=today),
        permission__codename__in=[role.value for role in roles],
        content_object__in=node.ancestor_ids,
        membership__ended_at__isnull=True,
        membership__user__is_active=True,
    )
    return held.exclude(membership_id__in=list(but))


def scope_of(membership_id: int) -> Scope:
    """All live grants of one membership as paths, with one query."""
    rows = live_grants().filter(membership_id=membership_id)
    pairs = rows.values_list("permission__codename", "content_object__path")
    return Scope(
        tuple(Grant(Role(name), path) for name, path in pairs.order_by() if name in ROLE_NAMES)
    )


def actor_for(membership: Membership, *, via: str, request_id: str = "") -> Actor:
    """The acting membership with its scope resolved."""
    return Actor(
        tenant_id=membership.tenant_id,
        membership_id=membership.pk,
        name=membership.name,
        email=membership.email,
        scope=scope_of(membership.pk),
        is_consultant=membership.kind == MembershipKind.CONSULTANT,
        user_id=membership.user_id,
        request_id=request_id,
        via=via,
    )


def system_actor(
    tenant_id: int, *roles: Role, name: str = "Tollgate", via: str = "command"
) -> Actor:
    """The product itself, with the named roles on the tenant's root; for commands and workers."""
    root = Node.objects.filter(level=0).values_list("path", flat=True).first() or ""
    scope = Scope(tuple(Grant(role, root) for role in roles))
    return Actor(tenant_id=tenant_id, membership_id=None, name=name, email="", scope=scope, via=via)


def grants_of(membership: Membership) -> QuerySet[NodeGrant]:
    """What one person holds, with node and granter, in the order of the tree."""
    grants = live_grants().filter(membership=membership)
    return grants.select_related("permission", "content_object", "granted_by__user").order_by(
        "content_object__path", "permission__codename"
    )


def grants_reaching(node: Node) -> QuerySet[NodeGrant]:
    """Every grant that holds at a node: on itself or on an ancestor."""
    grants = live_grants().filter(content_object__in=node.ancestor_ids)
    return grants.select_related(
        "permission", "content_object", "membership__user", "granted_by__user"
    ).order_by("content_object__path", "permission__codename", "membership__user__name")


def has_grants(nodes: Iterable[Node]) -> bool:
    """Whether any grant, run out or not, stands on one of these nodes themselves."""
    return bool(NodeGrant.objects.filter(content_object__in=list(nodes)).exists())


def all_grants() -> QuerySet[NodeGrant]:
    """Every live grant of the tenant, for the people-and-roles page."""
    return live_grants().select_related(
        "permission", "content_object", "membership__user", "granted_by__user"
    )


def grants_seen_by(by: Actor) -> QuerySet[NodeGrant]:
    """Live grants that reach into what the actor sees of people: on it, below it, or above it."""
    paths = by.scope.paths(Permission.PEOPLE_VIEW)
    above = {int(part) for path in paths for part in path.split("/") if part}
    return all_grants().filter(below(paths, "content_object__path") | Q(content_object__in=above))


def grants_by_person(ids: Iterable[int], *, by: Actor) -> dict[int, list[NodeGrant]]:
    """The grants of several people, in the order of the tree, with one query."""
    found: dict[int, list[NodeGrant]] = {}
    rows = grants_seen_by(by).filter(membership__in=list(ids))
    for grant in rows.order_by("content_object__path", "permission__codename"):
        found.setdefault(grant.membership_id, []).append(grant)
    return found


def holders_of(role: Role) -> QuerySet[NodeGrant, Any]:
    """Ids of the memberships that hold a role anywhere, for use in a filter."""
    return live_grants().filter(permission__codename=role.value).values("membership_id")


def grant_by_id(public_id: str, *, person_id: str) -> NodeGrant:
    """One grant of one person by uuid, run out or not; raises `NotVisible`."""
    grant: NodeGrant | None = (
        NodeGrant.objects.select_related("permission", "content_object", "membership__user")
        .filter(public_id=public_id, membership__public_id=person_id)
        .first()
    )
    if grant is None:
        raise NotVisible
    return grant


def nodes_to_grant_on(by: Actor, text: str = "", *, most: int = 200) -> list[Node]:
    """Places where the actor may grant roles, from the top down; narrowed by code or name."""
    nodes: QuerySet[Node] = Node.objects.filter(below(by.scope.paths(Permission.ROLE_GRANT)))
    if text.strip():
        nodes = nodes.filter(pk__in=search_ids("node", text))
    return list(nodes.order_by("level", "sort_key", "id")[:most])


def members_with(role: Role, node: Node) -> QuerySet[Membership]:
    """People who hold a role at a node, on it or above it."""
    held = live_grants().filter(
        permission__codename=role.value, content_object__in=node.ancestor_ids
    )
    members: QuerySet[Membership] = Membership.objects.filter(
        pk__in=held.values("membership_id"), ended_at__isnull=True
    ).select_related("user")
    return members.order_by("user__name")


def members_who_may(permission: Permission, node: Node | None = None) -> set[int]:
    """Ids of the memberships with a right, at a node or, without one, anywhere; one query."""
    roles = [role.value for role, rights in RIGHTS.items() if permission in rights]
    grants = live_grants().filter(permission__codename__in=roles)
    if node is not None:
        grants = grants.filter(content_object__in=node.ancestor_ids)
    return set(grants.values_list("membership_id", flat=True))


def seeing(membership_ids: Iterable[int], node: Node) -> set[int]:
    """Of these memberships those that hold a role at a node and so see it; one query."""
    ids = list(membership_ids)
    if not ids:
        return set()
    held = live_grants().filter(membership_id__in=ids, content_object__in=node.ancestor_ids)
    return set(held.values_list("membership_id", flat=True))
