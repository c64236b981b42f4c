"""What is overdue is escalated, and exceptions are watched, in every tenant."""

import logging

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from approvals.escalations.services.running import escalations_run
from approvals.exceptions.services.watching import (
    causes_ease,
    exceptions_climb,
    lapsed_clocks_open,
)
from governance.errors import DomainError
from governance.events.services import tenants_with_work
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

log = logging.getLogger(__name__)


@shared_task(name="approvals.run_escalations")
def run_escalations() -> int:
    """Open, climb and end escalations, tenant by tenant; how many climbed (T17).

    Safe to run twice and side by side. A tenant that cannot be served is logged and does not hold
    up the others.
    """
    climbed = 0
    for tenant in Tenant.objects.order_by("pk"):
        try:
            with tenant_transaction(tenant.pk), timezone.override(tenant.time_zone):
                climbed += escalations_run(by=system_actor(tenant.pk, via="worker")).climbed
        except (DatabaseError, DomainError):
            log.exception("the escalations of tenant %s could not be run", tenant.slug)
    return climbed


@shared_task(name="approvals.watch_exceptions")
def watch_exceptions() -> int:
    """Climb, open and ease tenant by tenant; how many exceptions changed. Safe to run twice (E2).

    A tenant that cannot be served is logged and does not hold up the others.
    """
    touched = 0
    for tenant_id in tenants_with_work("exceptions"):
        try:
            with tenant_transaction(tenant_id):
                by = system_actor(tenant_id, via="worker")
                tenant = Tenant.objects.get(pk=tenant_id)
                with timezone.override(tenant.time_zone):
                    touched += exceptions_climb(by=by)
                    touched += lapsed_clocks_open(by=by)
                    touched += causes_ease(by=by)
        except (DatabaseError, DomainError):
            log.exception("the exceptions of tenant %s could not be watched", tenant_id)
    return touched
