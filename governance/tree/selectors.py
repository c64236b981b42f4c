"""Reading the tree: by code, by parent, ancestors and what a person sees."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below

NODE_RELATIONS = ("parent", "owner__user", "sponsor__user")


def root_node() -> Node:
    """The tenant's root; every tenant has exactly one."""
    root: Node = Node.objects.get(level=Level.TENANT)
    return root


def visible_nodes(by: Actor) -> QuerySet[Node]:
    """All nodes below the actor's maximal granted paths."""
    nodes: QuerySet[Node] = Node.objects.filter(below(by.scope.paths(Permission.TREE_VIEW)))
    return nodes


def node_by_code(code: str, *, by: Actor, level: Level | None = None) -> Node:
    """One visible node with parent, owner and sponsor; raises `NotVisible` otherwise."""
    if not code.isprintable():  # the database answers NUL and lone surrogates with an error
        raise NotVisible
    nodes = visible_nodes(by).select_related(*NODE_RELATIONS).filter(code=code)
    node = nodes.first() if level is None else nodes.filter(level=level).first()
    if node is None:
        raise NotVisible
    return node


def node_named(
    code: str, *, by: Actor, level: Level | None = None, field: str = "node"
) -> Node | None:
    """The visible node that a filter names, if it names one; raises `Invalid` at the field."""
    if not code:
        return None
    try:
        return node_by_code(code, by=by, level=level)
    except NotVisible as error:
        raise Invalid({field: [_("There is no %(code)s here.") % {"code": code}]}) from error


def children_of(node: Node, *, by: Actor) -> QuerySet[Node]:
    """Visible children in the order of their names."""
    children = visible_nodes(by).filter(parent=node).select_related(*NODE_RELATIONS)
    return children.order_by("sort_key", "id")


def ancestors_of(nodes: Iterable[Node]) -> dict[int, Node]:
    """All ancestors of the nodes and themselves by id, with one query.

    Ancestors above a person's scope are named in breadcrumbs and give away nothing else.
    """
    ids = {node_id for node in nodes for node_id in node.ancestor_ids}
    return {node.pk: node for node in Node.objects.filter(pk__in=ids)}


def search_ids(kind: str, text: str, *, limit: int = 1000) -> list[int]:
    """Ids of the active tenant's `node` or `measure` rows that match every word as a prefix."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM search_ids(%s, %s, %s)", [kind, text, limit])
        return [row[0] for row in cursor.fetchall()]
