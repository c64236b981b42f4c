"""Roll-ups kept current, and the nightly checks of the figures."""

import logging
from collections.abc import Callable
from typing import TypeVar

from celery import shared_task
from django.db import DatabaseError

from governance.background.stopping import is_stopping
from governance.people.actor import Actor
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from reporting.rollups.draining import Rounds
from reporting.rollups.services import refresh
from reporting.services import reports_verify, roll_ups_verify, values_verify

T = TypeVar("T")
log = logging.getLogger(__name__)
# Three periods of the scheduler: so many workers share the work, and each finds a message.
RUN_SECONDS = 30.0


@shared_task(name="reporting.verify_values")
def verify_values() -> int:
    """Check every tenant; how many differ. Safe to run twice."""
    return _differing(lambda tenant, by: values_verify(tenant=tenant, by=by))


@shared_task(name="reporting.keep_roll_ups")
def keep_roll_ups() -> int:
    """Compute what is marked as soon as it is, for half a minute; how many markers there were.

    Safe to run twice and side by side: several share the tenants. It ends at once where its worker
    is asked to stop, and raises in the end what went wrong with a tenant meanwhile.
    """
    rounds = Rounds()
    drained = rounds.until(RUN_SECONDS, is_stopping)
    _raise_first(rounds)
    return drained


@shared_task(name="reporting.drain_roll_ups")
def drain_roll_ups() -> int:
    """One round over all tenants, by a worker that has other work besides; how many markers.

    While the worker that keeps at it is being replaced, figures follow all the same.
    """
    rounds = Rounds()
    drained = rounds.once()
    _raise_first(rounds)
    return drained


@shared_task(name="reporting.refresh_roll_ups")
def refresh_roll_ups() -> int:
    """Compute tenants anew for which another day, rate or setting holds; how many."""
    return sum(bool(found) for found in _of_each(refresh))


@shared_task(name="reporting.verify_roll_ups")
def verify_roll_ups() -> int:
    """Compare every tenant's roll-ups with the facts; how many differ."""
    return _differing(lambda tenant, by: roll_ups_verify(tenant=tenant, by=by))


@shared_task(name="reporting.verify_reports")
def verify_reports() -> int:
    """Prove every tenant's signed reports; how many tenants differ. Safe to run twice."""
    return _differing(lambda tenant, by: reports_verify(tenant=tenant, by=by))


def _raise_first(rounds: Rounds) -> None:
    """What failed is in the log; one of it must fail the task, so that somebody learns of it."""
    if rounds.errors:
        raise rounds.errors[0]


def _differing(check: Callable[[Tenant, Actor], str | None]) -> int:
    """In how many tenants a check finds a difference, which is logged."""

    def checked(tenant: Tenant) -> str | None:
        found = check(tenant, system_actor(tenant.pk, via="worker"))
        if found is not None:
            log.error("the figures of tenant %s do not hold: %s", tenant.slug, found)
        return found

    return sum(found is not None for found in _of_each(checked))


def _of_each(act: Callable[[Tenant], T]) -> list[T | None]:
    """What comes of every tenant, each in a transaction of its own.

    One that cannot be read is logged, comes to nothing and does not hold up the others.
    """
    found: list[T | None] = []
    for tenant in Tenant.objects.order_by("pk"):
        try:
            with tenant_transaction(tenant.pk):
                found.append(act(tenant))
        except DatabaseError:
            log.exception("the figures of tenant %s could not be read", tenant.slug)
            found.append(None)
    return found
