"""The gates' work outside requests: clocks of open steps, and conditions not met in time."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from approvals.services.clocks import clocks_run
from governance.errors import DomainError
from governance.events.services import consume_once, tenants_with_work
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from initiatives.gates.exceptions import hold_reviews_open
from initiatives.gates.lapses import conditions_lapse
from initiatives.gates.telling import lapse_tell, reminder_tell, request_tell

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


@shared_task(name="initiatives.tell_of_request")
def tell_of_request(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Tell whoever a request asks now, or whoever waits for its decision; once per event."""
    with tenant_transaction(tenant_id), _at_home(tenant_id):
        if consume_once("initiatives.tell_of_request", event_id):
            request_tell(request_id=UUID(key), by=system_actor(tenant_id, via="worker"))


@shared_task(name="initiatives.tell_of_reminder")
def tell_of_reminder(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Remind whoever has not answered; once per event."""
    with tenant_transaction(tenant_id), _at_home(tenant_id):
        if consume_once("initiatives.tell_of_reminder", event_id):
            reminder_tell(step_id=UUID(key), by=system_actor(tenant_id, via="worker"))


@shared_task(name="initiatives.tell_of_lapse")
def tell_of_lapse(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Tell of a condition that was not met in time; once per event."""
    with tenant_transaction(tenant_id), _at_home(tenant_id):
        if consume_once("initiatives.tell_of_lapse", event_id):
            lapse_tell(condition_id=UUID(key), by=system_actor(tenant_id, via="worker"))


def _at_home(tenant_id: int) -> timezone.override:
    """The tenant's time zone: its days begin and end there."""
    return timezone.override(Tenant.objects.get(pk=tenant_id).time_zone)


@shared_task(name="initiatives.review_holds")
def review_holds() -> int:
    """Open exceptions for holds past their review date; how many. Safe to run twice (T9).

    A tenant that cannot be served is logged and does not hold up the others.
    """
    opened = 0
    for tenant_id in tenants_with_work("holds"):
        try:
            with tenant_transaction(tenant_id):
                by = system_actor(tenant_id, via="worker")
                tenant = Tenant.objects.get(pk=tenant_id)
                with timezone.override(tenant.time_zone):
                    opened += hold_reviews_open(today=timezone.localdate(), by=by)
        except (DatabaseError, DomainError):
            log.exception("the holds of tenant %s could not be reviewed", tenant_id)
    return opened
