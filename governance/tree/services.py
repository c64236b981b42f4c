"""Writing the tree: create, change, move, delete (H1, H2), and giving out codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Length, Now, Substr
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record, record_many
from governance.errors import Conflict, FieldErrors, Invalid, NotVisible, Refused, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tenancy.context import active_tenant_id
from governance.text import one_line, sort_key, text_fault
from governance.tree.choices import Level
from governance.tree.models import CodeCounter, Node
from governance.tree.rules import below, code_text, move_refusal

TREE_LOCK = 4712
NAME_LENGTH, DESCRIPTION_LENGTH = 200, 10_000


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """What a new node is made of; the code is given out by the service."""

    level: Level
    name: str
    description: str = ""
    owner: Membership | None = None
    sponsor: Membership | None = None
    planned_start: date | None = None
    planned_end: date | None = None
    is_default: bool = False
    source_key: str = field(default="")


def node_subject(node: Node) -> Subject:
    return Subject(node.known_level.word, node.code, node.name)


def next_codes(kind: str, count: int = 1) -> list[str]:
    """Give out `count` consecutive codes; concurrent callers queue on the counter's row."""
    with connection.cursor() as cursor:
        return codes_given(cursor, kind, count)


def codes_given(cursor: Any, kind: str, count: int) -> list[str]:
    """The same on a connection of the caller's, whose tenant is the active one.

    On one of its own the counter is free again at once: a long transaction holds nobody up, and
    what it does not use is a gap in the numbers.
    """
    if count < 1:
        return []
    cursor.execute(
        f"INSERT INTO {CodeCounter._meta.db_table} (tenant_id, kind, last) VALUES (%s, %s, %s) "  # noqa: S608  # our own table name
        "ON CONFLICT (tenant_id, kind) DO UPDATE "
        f"SET last = {CodeCounter._meta.db_table}.last + excluded.last RETURNING last",
        [active_tenant_id(), kind, count],
    )
    last: int = cursor.fetchone()[0]
    return [code_text(kind, number) for number in range(last - count + 1, last + 1)]


def lock_tree() -> None:
    """Writers of the tree's shape go one after the other within a tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TREE_LOCK, active_tenant_id()])


def share_tree() -> None:
    """Creators may work side by side, but not beside a mover: it would miss their new rows.

    A move rewrites the paths it sees; a node added meanwhile would keep the old one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s)", [TREE_LOCK, active_tenant_id()]
        )


def next_node_id() -> int:
    """An id before the row exists: the path holds the node's own id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Node._meta.db_table])
        number: int = cursor.fetchone()[0]
        return number


@transaction.atomic
def root_create(*, slug: str, name: str, by: Actor) -> Node:
    """The root of a new tenant; called once, when the tenant is set up."""
    number = next_node_id()
    root = Node(
        id=number,
        level=Level.TENANT,
        path=f"{number}/",
        code=slug,
        name=name,
        sort_key=sort_key(name),
    )
    root.save(force_insert=True)
    record(AuditAction.NODE_CREATED, subject=node_subject(root), by=by)
    return root


@transaction.atomic
def root_rename(*, name: str, by: Actor) -> Node:
    """The root is called as its tenant is; the tenant's own event tells of both."""
    root = _locked(Node.objects.values_list("pk", flat=True).get(level=Level.TENANT))
    by.require(Permission.TENANT_MANAGE, root.path)
    if changed_fields(root, {"name": one_line(name)}):
        root.sort_key = sort_key(root.name)
        root.touched().save()
    return root


@transaction.atomic
def node_create(*, parent: Node, draft: NodeDraft, by: Actor) -> Node:
    """Create a node below a parent one level up.

    Raises `Forbidden` or `NotVisible` by the right on the parent, `Refused("wrong_parent_level")`,
    `Refused("owner_is_sponsor")` (S1), `Invalid` by field.
    """
    by.require(Permission.NODE_CREATE, parent.path)
    share_tree()
    parent = _locked(parent.pk)
    by.require(Permission.NODE_CREATE, parent.path)
    refuse_level(parent, draft)
    node = node_drawn(parent, draft, number=next_node_id(), code=next_codes(draft.level.word)[0])
    node.save(force_insert=True)
    record_many([node_created_entry(node, parent)], by=by)
    publish("node.created", key=node.code, payload={"code": node.code})
    return node


def refuse_level(parent: Node, draft: NodeDraft) -> None:
    """Raise `Refused("wrong_parent_level")` unless the draft belongs one level below."""
    if parent.known_level.child is not draft.level:
        raise Refused("wrong_parent_level")


def node_drawn(parent: Node, draft: NodeDraft, *, number: int, code: str) -> Node:
    """A node checked and not yet saved; raises as `node_create` does."""
    refuse_level(parent, draft)
    _refuse_same_person(draft.owner, draft.sponsor)
    _check_content(draft)
    name = one_line(draft.name)
    return Node(
        id=number,
        level=draft.level,
        parent=parent,
        path=f"{parent.path}{number}/",
        code=code,
        name=name,
        sort_key=sort_key(name),
        description=draft.description,
        owner=draft.owner,
        sponsor=draft.sponsor,
        planned_start=draft.planned_start,
        planned_end=draft.planned_end,
        is_default=draft.is_default,
        source_key=draft.source_key,
    )


def node_created_entry(node: Node, parent: Node) -> Entry:
    """How history tells of a new node."""
    changes = {"parent": [None, parent.code], "name": [None, node.name]}
    return Entry(AuditAction.NODE_CREATED, node_subject(node), changes)


@transaction.atomic
def node_change(*, node: Node, seen_version: int, fields: Mapping[str, Any], by: Actor) -> Node:
    """Change name, description, owner, sponsor or dates (H1: a change of owner is audited).

    Raises `Stale` if somebody saved in between, `Refused("owner_is_sponsor")` (S1), `Invalid` by
    field; unchanged fields write nothing.
    """
    by.require(Permission.NODE_EDIT, node.path)
    node = _locked(node.pk)
    by.require(Permission.NODE_EDIT, node.path)
    if node.version != seen_version:
        raise Stale(seen_version, node.version)
    _refuse_same_person(fields.get("owner", node.owner), fields.get("sponsor", node.sponsor))
    tidy = {"name": one_line(fields["name"])} if "name" in fields else {}
    changes = changed_fields(node, {**fields, **tidy})
    if not changes:
        return node
    _check_content(node)
    node.sort_key = sort_key(node.name)
    node.touched().save()
    record(AuditAction.NODE_CHANGED, subject=node_subject(node), by=by, changes=changes)
    publish("node.changed", key=node.code, payload={"code": node.code})
    return node


def changed_fields(row: Any, fields: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """Set what differs on the row and return {field: [before, after]} as texts for history."""
    changes: dict[str, list[str | None]] = {}
    for name, value in fields.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = [said(before), said(value)]
    return changes


def said(value: Any) -> str | None:
    """A value as history shows it: people by name and address, rows by code."""
    if value is None or value == "":
        return None
    if isinstance(value, Membership):
        return f"{value.name} <{value.email}>"
    code = getattr(value, "code", None)
    return str(code if code is not None else value)


@transaction.atomic
def node_move(*, node: Node, parent: Node, seen_version: int, by: Actor) -> Node:
    """Move a node and all below it under another parent; code, history and values stay (H2).

    Needs the right to move on both the node and the new parent. Raises `Stale`,
    `Refused("move_into_itself")`, `Refused("wrong_parent_level")`, `Refused("move_default")`.
    """
    by.require(Permission.NODE_MOVE, node.path)
    by.require(Permission.NODE_MOVE, parent.path)
    lock_tree()
    node, parent = _locked(node.pk), _locked(parent.pk)
    by.require(Permission.NODE_MOVE, node.path)
    by.require(Permission.NODE_MOVE, parent.path)
    if node.version != seen_version:
        raise Stale(seen_version, node.version)
    reason = move_refusal(node.known_level, node.path, parent.known_level, parent.path)
    if reason is None and node.is_default:
        reason = "move_default"
    if reason is not None:
        raise Refused(reason)
    if node.parent_id == parent.pk:
        return node
    old_parent, old_path, new_path = node.parent, node.path, f"{parent.path}{node.pk}/"
    node.parent = parent
    node.touched().save(update_fields=["parent", "version", "updated_at"])
    Node.objects.filter(below([old_path])).update(
        path=Concat(Value(new_path), Substr("path", Length(Value(old_path)) + 1)),
        updated_at=Now(),
    )
    changes = {"parent": [said(old_parent), said(parent)]}
    record(AuditAction.NODE_MOVED, subject=node_subject(node), by=by, changes=changes)
    publish("node.moved", key=node.code, payload={"code": node.code})
    return _locked(node.pk)


@transaction.atomic
def node_delete(*, node: Node, seen_version: int, by: Actor) -> None:
    """Delete a node that has nothing below it; raises `Conflict("node_not_empty")` otherwise."""
    by.require(Permission.NODE_DELETE, node.path)
    lock_tree()
    node = _locked(node.pk)
    by.require(Permission.NODE_DELETE, node.path)
    if node.version != seen_version:
        raise Stale(seen_version, node.version)
    if node.known_level is Level.TENANT:
        raise Refused("root_stays")
    if Node.objects.filter(parent=node).exists():
        raise Conflict("node_not_empty")
    subject = node_subject(node)
    Node.objects.filter(pk=node.pk).delete()
    record(AuditAction.NODE_DELETED, subject=subject, by=by, changes={"name": [node.name, None]})
    publish("node.deleted", key=node.code, payload={"code": node.code})


def _check_content(row: Node | NodeDraft) -> None:
    faults = {
        "name": text_fault(row.name, limit=NAME_LENGTH),
        "description": text_fault(row.description, limit=DESCRIPTION_LENGTH, required=False),
    }
    if row.planned_start and row.planned_end and row.planned_end < row.planned_start:
        faults["planned_end"] = _("The end cannot come before the start.")
    errors: FieldErrors = {field: [fault] for field, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)


def _refuse_same_person(owner: Membership | None, sponsor: Membership | None) -> None:
    if owner is not None and sponsor is not None and owner.pk == sponsor.pk:
        raise Refused("owner_is_sponsor")


def _locked(node_id: int) -> Node:
    related = ("parent", "owner__user", "sponsor__user")
    node: Node | None = Node.objects.lock().select_related(*related).filter(pk=node_id).first()
    if node is None:
        raise NotVisible
    return node
