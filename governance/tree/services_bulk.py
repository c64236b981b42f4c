"""Creating and taking back many nodes at once, for imports: set-based, by the rules of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.models import Node
from governance.tree.services import (
    NodeDraft,
    lock_tree,
    node_created_entry,
    node_drawn,
    node_subject,
    share_tree,
)


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node to be, its parent and the code it was given."""

    parent: Node
    draft: NodeDraft
    code: str


@transaction.atomic
def nodes_create(*, placed: Sequence[PlacedNode], by: Actor) -> list[Node]:
    """Create nodes of any levels below parents that stand; one audit event each, in order.

    Raises as `node_create` does, for the first that cannot be; then none is created.
    """
    share_tree()
    ids = {item.parent.pk for item in placed}
    parents = Node.objects.in_bulk(list(ids))
    for parent in parents.values():
        by.require(Permission.NODE_CREATE, parent.path)
    nodes = [
        node_drawn(parents[item.parent.pk], item.draft, number=number, code=item.code)
        for item, number in zip(placed, Node.objects.next_ids(len(placed)), strict=True)
    ]
    Node.objects.insert_many(nodes)
    entries = [
        node_created_entry(node, parents[node.parent_id]) for node in nodes if node.parent_id
    ]
    record_many(entries, by=by)
    return nodes


@transaction.atomic
def nodes_delete(*, nodes: Sequence[Node], by: Actor) -> None:
    """Delete nodes that have nothing below them but each other; the caller has looked.

    A node that somebody put something below meanwhile is held by its composite key: the database
    refuses and nothing is deleted.
    """
    lock_tree()
    for node in nodes:
        by.require(Permission.NODE_DELETE, node.path)
    entries = [
        Entry(AuditAction.NODE_DELETED, node_subject(node), {"name": [node.name, None]})
        for node in nodes
    ]
    by_level = sorted({node.level for node in nodes}, reverse=True)
    for level in by_level:
        ids = [node.pk for node in nodes if node.level == level]
        Node.objects.filter(pk__in=ids).delete()
    record_many(entries, by=by)
