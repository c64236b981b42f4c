"""Reading the tree for people who look for a place: tops, options to choose from, counts."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Func, QuerySet, TextField, Value

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import NODE_RELATIONS, search_ids
from initiatives.models import Measure

OPTIONS = 20


class SplitPart(Func):
    """The n-th part of a path."""

    function = "split_part"
    output_field = TextField()


def tree_tops(by: Actor) -> QuerySet[Node]:
    """Where a person's tree begins: the portfolios, or the maximal places they were granted."""
    paths = by.scope.paths(Permission.TREE_VIEW)
    root: Node | None = Node.objects.filter(level=Level.TENANT).first()
    nodes: QuerySet[Node] = Node.objects.select_related(*NODE_RELATIONS)
    tops = (
        nodes.filter(parent=root) if root and root.path in paths else nodes.filter(path__in=paths)
    )
    return tops.order_by("level", "sort_key", "id")


def measure_counts(nodes: Iterable[Node]) -> dict[int, int]:
    """Number of measures at and below each of these nodes, with one query a level."""
    by_depth: dict[int, list[Node]] = {}
    for node in nodes:
        by_depth.setdefault(len(node.ancestor_ids), []).append(node)
    counts: dict[int, int] = {}
    for depth, rows in by_depth.items():
        part = SplitPart("package__path", Value("/"), Value(depth))
        measures = Measure.objects.filter(below([row.path for row in rows], "package__path"))
        pairs = measures.order_by().annotate(part=part).values_list("part").annotate(n=Count("id"))
        counts |= {int(node_id): number for node_id, number in pairs}
    return counts


def inhabited(nodes: Sequence[Node]) -> set[int]:
    """Which of these nodes have nodes below them; one query."""
    parents = Node.objects.filter(parent__in=nodes).order_by().values_list("parent_id", flat=True)
    return set(parents.distinct())


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
