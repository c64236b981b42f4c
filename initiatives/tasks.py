"""The gates' work outside requests: clocks of open steps, and conditions not met in time."""

import logging

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from approvals.services.clocks import clocks_run
from governance.errors import DomainError
from governance.events.services import tenants_with_work
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from initiatives.gates.lapses import conditions_lapse

log = logging.getLogger(__name__)


@shared_task(name="initiatives.run_clocks")
def run_clocks() -> int:
    """Remind, escalate and lapse what is due, tenant by tenant; safe to run twice (T6, T17).

    A tenant that cannot be served is logged and does not hold up the others.
    """
    touched = 0
    for tenant_id in tenants_with_work("clocks"):
        try:
            with tenant_transaction(tenant_id):
                by = system_actor(tenant_id, via="worker")
                tenant = Tenant.objects.get(pk=tenant_id)
                with timezone.override(tenant.time_zone):
                    touched += clocks_run(by=by)
                    touched += conditions_lapse(today=timezone.localdate(), by=by)
        except (DatabaseError, DomainError):
            log.exception("the clocks of tenant %s could not be run", tenant_id)
    return touched
