"""Noting what waits, for whoever reads the metrics."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.db.models.functions import Now

from governance.events.services import tenants_with_work
from governance.operations.models import QueueState
from governance.operations.registry import Waiting, Watched, watched
from governance.tenancy.context import tenant_transaction

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Sum:
    waiting: int = 0
    tenants: int = 0
    oldest_at: datetime | None = None

    def add(self, found: Waiting) -> None:
        if not found.count or found.oldest_at is None:
            return
        self.waiting += found.count
        self.tenants += 1
        self.oldest_at = min(self.oldest_at or found.oldest_at, found.oldest_at)


def queues_note() -> int:
    """Add up each watched queue over the tenants that have something in it; how many queues.

    A tenant that cannot be read is logged and does not hold up the others.
    """
    queues = watched()
    for queue in queues:
        found = _summed(queue)
        QueueState.objects.update_or_create(
            name=queue.name,
            defaults={
                "waiting": found.waiting,
                "tenants": found.tenants,
                "oldest_at": found.oldest_at,
                "looked_at": Now(),
            },
        )
    return len(queues)


def _summed(queue: Watched) -> _Sum:
    total = _Sum()
    for tenant_id in tenants_with_work(queue.work):
        try:
            with tenant_transaction(tenant_id):
                total.add(queue.look())
        except DatabaseError:
            log.exception("queue %s of tenant %s could not be looked at", queue.name, tenant_id)
    return total
