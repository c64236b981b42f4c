"""The nightly check of the figures."""

import logging

from celery import shared_task
from django.db import DatabaseError

from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from reporting.services import values_verify

log = logging.getLogger(__name__)


@shared_task(name="reporting.verify_values")
def verify_values() -> int:
    """Check every tenant; how many differ. Safe to run twice.

    A tenant that cannot be read is logged and does not hold up the others.
    """
    differing = 0
    for tenant in Tenant.objects.order_by("pk"):
        try:
            with tenant_transaction(tenant.pk):
                found = values_verify(tenant=tenant, by=system_actor(tenant.pk, via="worker"))
        except DatabaseError:
            log.exception("the figures of tenant %s could not be checked", tenant.slug)
            continue
        if found is not None:
            differing += 1
            log.error("the figures of tenant %s do not hold: %s", tenant.slug, found)
    return differing
