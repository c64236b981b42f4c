"""Scheduled work of one tenant after another."""

import logging
from collections.abc import Callable, Iterable

from django.db import DatabaseError
from django.utils import timezone

from governance.errors import DomainError
from governance.people.actor import Actor
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

log = logging.getLogger(__name__)


def each_tenant(tenant_ids: Iterable[int], act: Callable[[Actor], int], *, failing: str) -> int:
    """What `act(by)` counts in each tenant, in a transaction and in the time zone of its own.

    A tenant that cannot be served is logged, by its id in the text `failing`, and does not hold up
    the others.
    """
    count = 0
    for tenant_id in tenant_ids:
        try:
            with tenant_transaction(tenant_id):
                tenant = Tenant.objects.get(pk=tenant_id)
                with timezone.override(tenant.time_zone):
                    count += act(system_actor(tenant_id, via="worker"))
        except (DatabaseError, DomainError):
            log.exception(failing, tenant_id)
    return count
