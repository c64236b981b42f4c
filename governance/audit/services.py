"""Recording events, sealing them in batches, and exporting the head of a chain."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.rules import GENESIS, LEAF_SIZE, Seal, canonical, chain_hash, leaf
from governance.audit.selectors import events_between
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant

SEAL_LOCK = 4713


class OutsideTransaction(RuntimeError):
    """An event may only be recorded in the transaction of its change (A1)."""


class ActorLike(Protocol):
    """Who acts, as far as the audit needs to know."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def on_behalf_of(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def via(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: a type, a stable key (code or uuid) and how people call it."""

    type: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to be: `changes` maps a field to [before, after]."""

    action: AuditAction
    subject: Subject
    changes: Mapping[str, Any]
    reason: str = ""


def record(
    action: AuditAction,
    *,
    subject: Subject,
    by: ActorLike,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one event in the transaction of its change; raises `OutsideTransaction` elsewhere."""
    record_many([Entry(action, subject, changes or {}, reason)], by=by)


def record_many(entries: Sequence[Entry], *, by: ActorLike) -> None:
    """Append events with one statement; the order of the list is kept."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("audit events belong into the transaction of their change")
    at = timezone.now()
    bodies = [canonical(_body(entry, by, at)) for entry in entries]
    AuditEvent.objects.insert_records(("body",), [[body] for body in bodies])


def _body(entry: Entry, by: ActorLike, at: datetime) -> dict[str, Any]:
    subject = entry.subject
    return {
        "id": uuid.uuid4(),
        "at": at,
        "tenant": active_tenant_id(),
        "action": entry.action,
        "subject": {"type": subject.type, "key": subject.key, "label": subject.label},
        "actor": {"name": by.name, "email": by.email, "via": by.via},
        "on_behalf_of": by.on_behalf_of,
        "changes": entry.changes,
        "reason": entry.reason,
        "request_id": by.request_id,
    }


def seal() -> int:
    """Seal what is ready in the active tenant; how many events, or -1 if another seals right now.

    Ready is every event of a transaction older than the oldest still running: a high-water mark
    over row ids would miss those who commit late.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [SEAL_LOCK, tenant.pk])
        if not cursor.fetchone()[0]:
            return -1
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon: int = cursor.fetchone()[0]
    last = AuditSeal.objects.defer("leaves").order_by("-batch").first()
    start = last.to_txid if last else 0
    leaves = b"".join(leaf(event_id, body) for event_id, body in events_between(start, horizon))
    if not leaves:
        return 0
    number, count = last.batch + 1 if last else 1, len(leaves) // LEAF_SIZE
    draft = Seal(number, start, horizon, count, leaves, b"")
    before = bytes(last.hash) if last else GENESIS
    AuditSeal.objects.create(
        batch=number,
        from_txid=start,
        to_txid=horizon,
        event_count=count,
        running_total=(last.running_total if last else 0) + count,
        leaves=leaves,
        hash=chain_hash(before, str(tenant.public_id), draft),
    )
    return count
