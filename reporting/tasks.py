"""Roll-ups kept current, and the nightly checks of the figures."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from celery import shared_task
from django.db import DatabaseError

from governance.events.services import tenants_with_work
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from reporting.rollups.services import drain, refresh
from reporting.services import roll_ups_verify, values_verify

T = TypeVar("T")
log = logging.getLogger(__name__)
# A task that has more to do leaves the rest to the next message, which comes each second.
SECONDS_AT_MOST = 20


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


@shared_task(name="reporting.drain_roll_ups")
def drain_roll_ups() -> int:
    """Compute what is marked, one batch of each tenant in turn; how many markers there were.

    Safe to run twice and side by side. A large tenant never holds up a small one for longer than
    one batch, and one that fails holds up nobody.
    """
    drained, until = 0, time.monotonic() + SECONDS_AT_MOST
    failing: set[int] = set()
    while time.monotonic() < until:
        waiting = [pk for pk in tenants_with_work("roll_ups") if pk not in failing]
        counts = {pk: _each(pk, drain) for pk in waiting}
        failing |= {pk for pk, count in counts.items() if count is None}
        done = sum(count for count in counts.values() if count and count > 0)
        drained += done
        if not done:
            break
    return drained


@shared_task(name="reporting.refresh_roll_ups")
def refresh_roll_ups() -> int:
    """Compute tenants anew for which another day, rate or setting holds; how many."""
    tenants = Tenant.objects.order_by("pk").values_list("pk", flat=True)
    return sum(bool(_each(pk, refresh)) for pk in tenants)


@shared_task(name="reporting.verify_roll_ups")
def verify_roll_ups() -> int:
    """Compare every tenant's roll-ups with the facts; how many differ."""
    tenants = Tenant.objects.order_by("pk").values_list("pk", flat=True)
    return sum(bool(_each(pk, _verified)) for pk in tenants)


def _verified(tenant: Tenant) -> str | None:
    return roll_ups_verify(tenant=tenant, by=system_actor(tenant.pk, via="worker"))


def _each(tenant_id: int, act: Callable[[Tenant], T]) -> T | None:
    """One tenant in a transaction of its own; what goes wrong is logged and comes to nothing."""
    try:
        with tenant_transaction(tenant_id):
            return act(Tenant.objects.get(pk=tenant_id))
    except DatabaseError:
        log.exception("the roll-ups of tenant %s could not be computed", tenant_id)
        return None
