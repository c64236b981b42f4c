"""Closing months by their dates and telling of it; whether closed measures keep their value."""

import logging
from typing import Any

from celery import shared_task
from django.db import DatabaseError

from governance.events.services import consume_once, tenants_with_work
from governance.permissions.rounds import each_tenant
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from kpis.figures.exceptions import shortfall_exceptions_open
from kpis.periods.notices import submission_tell
from kpis.periods.services import periods_settle

log = logging.getLogger(__name__)


@shared_task(name="kpis.settle_periods")
def settle_periods() -> int:
    """Write down which months are due in every tenant; how many were. Safe to run twice (V4).

    A tenant that cannot be written is logged and does not hold up the others.
    """
    settled = 0
    for tenant in Tenant.objects.order_by("pk"):
        try:
            with tenant_transaction(tenant.pk):
                settled += len(periods_settle(by=system_actor(tenant.pk, via="worker")))
        except DatabaseError:
            log.exception("the months of tenant %s could not be closed", tenant.slug)
    return settled


@shared_task(name="kpis.tell_of_period")
def tell_of_period(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Tell whoever validates that the claims of a month have ended; once per event."""
    with tenant_transaction(tenant_id):
        if consume_once("kpis.tell_of_period", event_id):
            submission_tell(month=key, by=system_actor(tenant_id, via="worker"))


@shared_task(name="kpis.watch_sustain")
def watch_sustain() -> int:
    """Open exceptions for closed measures that stay behind; how many. Safe to run twice (V2)."""
    failing = "the sustain months of tenant %s could not be watched"
    return each_tenant(
        tenants_with_work("sustain"), lambda by: shortfall_exceptions_open(by=by), failing=failing
    )
