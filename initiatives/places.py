"""Reading the tree for people who look for a place: tops, options to choose from."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import NODE_RELATIONS, search_ids

OPTIONS = 20


def tree_tops(by: Actor) -> QuerySet[Node]:
    """Where a person's tree begins: the portfolios, or the maximal places they were granted."""
    paths = by.scope.paths(Permission.TREE_VIEW)
    root: Node | None = Node.objects.filter(level=Level.TENANT).first()
    nodes: QuerySet[Node] = Node.objects.select_related(*NODE_RELATIONS)
    tops = (
        nodes.filter(parent=root) if root and root.path in paths else nodes.filter(path__in=paths)
    )
    return tops.order_by("level", "sort_key", "id")


def inhabited(nodes: Sequence[Node]) -> set[int]:
    """Which of these nodes have nodes below them; one query."""
    # The first one below is enough: a place may hold thousands.
    lower = Exists(Node.objects.filter(parent=OuterRef("pk")))
    rows = Node.objects.filter(lower, pk__in=[node.pk for node in nodes]).order_by()
    return set(rows.values_list("pk", flat=True))


def place_options(
    levels: Sequence[Level], permission: Permission, *, text: str, near: str, by: Actor
) -> list[Node]:
    """Places of some levels where the person holds a right; by search, else those near a path.

    Default packages are left out: their project stands for them (H5).
    """
    allowed = Node.objects.filter(below(by.scope.paths(permission)), level__in=levels)
    nodes = allowed.exclude(is_default=True).select_related("parent")
    if text.strip():
        nodes = nodes.filter(pk__in=search_ids("node", text))
    elif near:
        close = nodes.filter(below([near]))
        nodes = close if close.exists() else nodes
    return list(nodes.order_by("level", "sort_key", "id")[: OPTIONS + 1])
