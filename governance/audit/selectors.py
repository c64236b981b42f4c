"""Reading history, and verifying a chain from its first batch to its head."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from governance.audit.labels import SUBJECTS
from governance.audit.models import AuditEvent, AuditSeal, FromBody
from governance.audit.rules import Fault, Seal, batch_fault, seal_fault, state_fault
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain, as exported outside the database."""

    tenant: str
    batch: int
    hash: str
    events: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "batch": self.batch,
            "hash": self.hash,
            "events": self.events,
        }


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What events are looked for; empty means any. `after` is included, `before` is not."""

    subject_type: str = ""
    subject_key: str = ""
    actor: str = ""
    action: str = ""
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What one pass over a chain found; `fault` is None when everything holds."""

    head: Head
    unsealed: int
    fault: Fault | None


class SaidAt(Func):
    """When an event says it happened; the column `recorded_at` stands outside what is hashed."""

    template = (
        "CASE WHEN (%(expressions)s)::jsonb ->> 'at' ~ '^[0-9]{4}-[0-9-]{5}T[0-9:.]{8,15}Z$'"
        " THEN ((%(expressions)s)::jsonb ->> 'at')::timestamptz END"
    )
    output_field = DateTimeField()


class NextTransaction(Func):
    """The number that no transaction has been given yet."""

    template = (
        "greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
        " pg_current_xact_id_if_assigned()::text::bigint + 1)"
    )
    output_field = BigIntegerField()


# The clocks of the database and of a web server may differ; nobody hides an event by less.
CLOCKS = timedelta(hours=1)
# What a verification holds in memory at once.
SEAL_PAGE, EVENT_PAGE = 20, 2000


def events_of(subject_type: str, subject_key: str) -> QuerySet[AuditEvent]:
    """History of one object, newest first."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        subject_type=subject_type, subject_key=subject_key
    ).order_by("-id")
    return events


def events_about(
    subject_type: str, subject_key: str, actions: Iterable[str]
) -> list[dict[str, Any]]:
    """What is recorded of one object by these actions, oldest first, as the events' bodies."""
    rows = AuditEvent.objects.filter(
        subject_type=subject_type, subject_key=subject_key, action__in=list(actions)
    )
    return [json.loads(body) for body in rows.order_by("id").values_list("body", flat=True)]


def events_matching(wanted: EventFilter) -> QuerySet[AuditEvent]:
    """The tenant's events, narrowed; the caller orders and pages them."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if wanted.subject_key and not wanted.subject_type:
        # The index begins with the type: naming all of them keeps it of use.
        events = events.filter(subject_type__in=SUBJECTS)
    given = {
        "subject_type": wanted.subject_type,
        "subject_key": wanted.subject_key,
        "actor_email": wanted.actor,
        "action": wanted.action,
        "recorded_at__gte": wanted.after,
        "recorded_at__lt": wanted.before,
    }
    return events.filter(**{field: value for field, value in given.items() if value})


def unsealed_events() -> QuerySet[AuditEvent]:
    """Events of the active tenant that wait for their seal; few, as sealing takes seconds."""
    last = AuditSeal.objects.order_by("-batch").values_list("to_txid", flat=True).first() or 0
    waiting: QuerySet[AuditEvent] = AuditEvent.objects.filter(txid__gte=last)
    return waiting


def unsealed_count() -> int:
    """How many they are."""
    return int(unsealed_events().count())


def last_seal() -> AuditSeal | None:
    """The head of the chain, without its leaves."""
    seal: AuditSeal | None = AuditSeal.objects.defer("leaves").order_by("-batch").first()
    return seal


def audit_head() -> Head:
    """The head of the active tenant's chain; batch 0 and an empty hash before the first seal."""
    slug = Tenant.objects.values_list("slug", flat=True).get(pk=active_tenant_id())
    last = last_seal()
    if last is None:
        return Head(slug, 0, "", 0)
    return Head(slug, last.batch, bytes(last.hash).hex(), last.running_total)


def seals_for(events: list[AuditEvent]) -> dict[int, tuple[int, str]]:
    """Batch number and hash of each sealed event's batch, by event id, with two queries.

    Each event looks up the one batch that begins at or before it: a page of one rare actor may
    span years, and the batches in between are many.
    """
    if not events:
        return {}
    begins_before = AuditSeal.objects.filter(from_txid__lte=OuterRef("txid"))
    newest = begins_before.order_by("-from_txid").values("id")[:1]
    rows = AuditEvent.objects.filter(pk__in=[event.pk for event in events])
    found = dict(rows.annotate(seal=Subquery(newest)).values_list("pk", "seal"))
    seals = AuditSeal.objects.defer("leaves").in_bulk({pk for pk in found.values() if pk})
    return {
        event.pk: (seal.batch, bytes(seal.hash).hex())
        for event in events
        if (seal := seals.get(found[event.pk])) and event.txid < seal.to_txid
    }


def verify(expected: Head | None = None) -> Verification:
    """Walk the active tenant's chain; with an exported head, cut tails and rewrites show too."""
    last, fault = _walk(expected)
    start = last.to_txid if last else 0
    unsealed = AuditEvent.objects.filter(txid__gte=start).aggregate(n=Count("id"))["n"]
    return Verification(audit_head(), unsealed, fault or _stray_fault())


def _walk(expected: Head | None) -> tuple[Seal | None, Fault | None]:
    """The last batch up to which everything holds, and what does not hold after it."""
    tenant = str(Tenant.objects.values_list("public_id", flat=True).get(pk=active_tenant_id()))
    previous: Seal | None = None
    wanted = (expected.batch, expected.hash) if expected else None
    total = 0
    for seal, stated_total in _seals():
        total += seal.event_count
        fault = (
            seal_fault(seal, previous, tenant)
            or batch_fault(seal, events_between(seal.from_txid, seal.to_txid))
            or state_fault(seal, is_total_true=stated_total == total, wanted=wanted)
        )
        if fault is not None:
            return previous, fault
        previous = seal
    if expected is not None and expected.batch > (previous.batch if previous else 0):
        gone = Fault(expected.batch, "", "the exported head is no longer in the chain")
        return previous, gone
    return previous, None


def _stray_fault() -> Fault | None:
    """What no batch can show: events out of all of them, twice, foreign, or with another time."""
    far = ExpressionWrapper(F("recorded_at") - SaidAt("body"), output_field=DurationField())
    faults = {
        "an event stands before the first batch": Q(txid__lt=0),
        "an event belongs to a transaction that has not begun": Q(txid__gte=NextTransaction()),
        "an event's time of record was edited": Q(far__gt=CLOCKS) | Q(far__lt=-CLOCKS),
        "an event was recorded for another tenant": ~Q(said_tenant=str(active_tenant_id())),
    }
    events = AuditEvent.objects.annotate(far=far, said_tenant=FromBody("body", path="tenant"))
    for what, condition in faults.items():
        found = events.filter(condition).order_by("id").values_list("public_id", flat=True).first()
        if found is not None:
            return Fault(None, found, what)
    twice = AuditEvent.objects.values("public_id").annotate(n=Count("id")).filter(n__gt=1)
    again = twice.order_by("public_id").values_list("public_id", flat=True).first()
    return None if again is None else Fault(None, again, "an event's id stands twice in the trail")


def _seals() -> Iterator[tuple[Seal, int]]:
    """All seals in the order of the chain, a few at a time: each carries 48 bytes an event.

    Pages by key and not `iterator()`: without cursors on the server that would read all at once.
    """
    after = -1
    while page := list(AuditSeal.objects.filter(batch__gt=after).order_by("batch")[:SEAL_PAGE]):
        for row in page:
            seal = Seal(
                row.batch,
                row.from_txid,
                row.to_txid,
                row.event_count,
                bytes(row.leaves),
                bytes(row.hash),
            )
            yield seal, row.running_total
        after = page[-1].batch


def events_between(from_txid: int, to_txid: int) -> Iterator[tuple[str, str]]:
    """Id and body of the events of these transactions in the order of sealing, page by page."""
    rows = AuditEvent.objects.filter(txid__lt=to_txid).order_by("txid", "id")
    fields = ("txid", "id", "public_id", "body")
    page = list(rows.filter(txid__gte=from_txid).values_list(*fields)[:EVENT_PAGE])
    while page:
        for _txid, _id, public_id, body in page:
            yield public_id, body
        txid, pk = page[-1][:2]
        later = rows.filter(Q(txid=txid, id__gt=pk) | Q(txid__gt=txid), txid__gte=txid)
        page = list(later.values_list(*fields)[:EVENT_PAGE]) if len(page) == EVENT_PAGE else []
