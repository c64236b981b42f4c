"""How many measures hang below nodes: from what an app above keeps, counted where it keeps none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Func, TextField, Value

from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of measures at and below nodes, by their ids; a node without a number has none.

    `computed_at`: when the oldest kept number was computed, None where all were counted just now.
    `is_current` is False while something that was changed may still be on its way to them.
    """

    by_node: Mapping[int, int] = field(default_factory=dict)
    computed_at: datetime | None = None
    is_current: bool = True

    def at(self, node: Node) -> int:
        return self.by_node.get(node.pk, 0)


# Kept numbers of nodes by their ids; a node that nothing is kept of yet is left out.
CountSource = Callable[[Sequence[int]], Counted]
_sources: list[CountSource] = []


def register_kept_counts(source: CountSource) -> None:
    """Take numbers of measures from `source(node_ids)`; the last one registered counts."""
    _sources[:] = [source]


class SplitPart(Func):
    """The n-th part of a path."""

    function = "split_part"
    output_field = TextField()


def measure_counts(nodes: Iterable[Node]) -> Counted:
    """Number of measures at and below each of these nodes, whatever their stage and overlay.

    A kept number costs the same whatever hangs below. A node that nothing is kept of yet, as one
    made a second ago, is counted. Whoever sees a node sees all below it: no number says more.
    """
    rows = list(nodes)
    kept = _sources[0]([row.pk for row in rows]) if _sources else Counted()
    counted = _counted(row for row in rows if row.pk not in kept.by_node)
    return Counted({**kept.by_node, **counted}, kept.computed_at, kept.is_current)


def _counted(nodes: Iterable[Node]) -> dict[int, int]:
    """The same from the measures themselves, with one query a level."""
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
