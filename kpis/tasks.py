"""Closing months by their dates."""

import logging

from celery import shared_task
from django.db import DatabaseError

from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
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
