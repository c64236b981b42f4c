"""Work outside requests: clocks of open steps, conditions not met in time, bulk edits."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from approvals.services.clocks import clocks_run
from governance.events.services import consume_once, tenants_with_work
from governance.people.actor import Actor
from governance.permissions.rounds import each_tenant
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from initiatives.bulk.services.asking import bulk_edits_resume
from initiatives.bulk.services.working import bulk_edit_work
from initiatives.gates.exceptions import hold_reviews_open
from initiatives.gates.lapses import conditions_lapse
from initiatives.gates.telling import lapse_tell, reminder_tell, request_tell


@shared_task(name="initiatives.run_clocks")
def run_clocks() -> int:
    """Remind, escalate and lapse what is due, tenant by tenant; safe to run twice (T6, T17)."""
    failing = "the clocks of tenant %s could not be run"
    return each_tenant(tenants_with_work("clocks"), _clocks, failing=failing)


def _clocks(by: Actor) -> int:
    return clocks_run(by=by) + conditions_lapse(today=timezone.localdate(), by=by)


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


@shared_task(name="initiatives.work_bulk_edit")
def work_bulk_edit(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Check, write or undo a change of many measures, whatever it waits for; safe to run twice."""
    bulk_edit_work(tenant_id, key)


@shared_task(name="initiatives.resume_bulk_edits")
def resume_bulk_edits() -> int:
    """Take up changes of many measures that a dead worker left behind."""
    resumed = 0
    for tenant_id in tenants_with_work("bulk_edits"):
        with tenant_transaction(tenant_id):
            resumed += bulk_edits_resume()
    return resumed


def _at_home(tenant_id: int) -> timezone.override:
    """The tenant's time zone: its days begin and end there."""
    return timezone.override(Tenant.objects.get(pk=tenant_id).time_zone)


@shared_task(name="initiatives.review_holds")
def review_holds() -> int:
    """Open exceptions for holds past their review date; how many. Safe to run twice (T9)."""
    failing = "the holds of tenant %s could not be reviewed"
    return each_tenant(tenants_with_work("holds"), _reviews, failing=failing)


def _reviews(by: Actor) -> int:
    return hold_reviews_open(today=timezone.localdate(), by=by)
