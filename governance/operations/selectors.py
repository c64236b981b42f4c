"""What waits in a tenant, and what all workers together have noted."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q
from django.db.models.functions import Now

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.selectors import last_seal, unsealed_events
from governance.events.models import OutboxEvent, WorkerHeartbeat
from governance.operations.models import QueueState
from governance.operations.registry import Progress, Waiting, progress_of_totals

HEARTBEAT_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """One queue over all tenants; ages are counted by the database's clock."""

    name: str
    waiting: int
    tenants: int
    oldest_age: timedelta | None
    look_age: timedelta


@dataclass(frozen=True, slots=True)
class WorkersSeen:
    """Machines whose workers beat lately, and how long ago any of them did."""

    alive: int
    youngest_age: timedelta | None


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last comparison of the figures with their sources; `difference` in words, or none."""

    at: datetime
    difference: str


@dataclass(frozen=True, slots=True)
class TenantState:
    """What of the machinery concerns the active tenant alone."""

    outbox: Waiting
    audit: Waiting
    seal: AuditSeal | None
    figures: LastCheck | None
    roll_ups: LastCheck | None
    reports: LastCheck | None
    totals: Progress | None


def tenant_state() -> TenantState:
    """Events, seals and totals that wait, and what the last checks found. Nine queries."""
    return TenantState(
        outbox=outbox_waiting(),
        audit=audit_waiting(),
        seal=last_seal(),
        figures=_last_check(AuditAction.VALUES_VERIFIED),
        roll_ups=_last_check(AuditAction.ROLL_UPS_VERIFIED),
        reports=_last_check(AuditAction.REPORTS_VERIFIED),
        totals=progress_of_totals(),
    )


def _last_check(action: AuditAction) -> LastCheck | None:
    rows = AuditEvent.objects.filter(action=action).order_by("-id")
    event = rows.only("body", "recorded_at").first()
    if event is None:
        return None
    _before, difference = json.loads(event.body)["changes"].get("difference", (None, ""))
    return LastCheck(event.recorded_at, str(difference))


def outbox_waiting() -> Waiting:
    """Events of the active tenant that no broker has taken yet. One query."""
    return _waiting(OutboxEvent.objects.aggregate(count=Count("pk"), oldest=Min("created_at")))


def audit_waiting() -> Waiting:
    """Audit events of the active tenant that no seal covers yet. Two queries."""
    return _waiting(unsealed_events().aggregate(count=Count("pk"), oldest=Min("recorded_at")))


def _waiting(found: dict[str, Any]) -> Waiting:
    return Waiting(found["count"], found["oldest"])


def queues_seen() -> list[QueueSeen]:
    """Every queue that a worker has looked at. One query, whatever the number of tenants."""
    rows = QueueState.objects.order_by("name").annotate(
        oldest_age=_age("oldest_at"), look_age=_age("looked_at")
    )
    return [
        QueueSeen(row.name, row.waiting, row.tenants, row.oldest_age, row.look_age) for row in rows
    ]


def workers_seen() -> WorkersSeen:
    """How many machines have a living worker. One query."""
    found = WorkerHeartbeat.objects.annotate(age=_age("beat_at")).aggregate(
        alive=Count("pk", filter=Q(age__lte=HEARTBEAT_LIMIT)), youngest=Min("age")
    )
    return WorkersSeen(found["alive"], found["youngest"])


def _age(field: str) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(Now() - F(field), output_field=DurationField())
