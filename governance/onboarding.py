"""Setting up a tenant with its root and first administrator, and changing its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.services import Person, membership_create
from governance.permissions.selectors import system_actor
from governance.permissions.services import role_grant
from governance.tenancy.context import tenant_scope
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings, tenant_row_change, tenant_row_create
from governance.tree.models import Node
from governance.tree.selectors import root_node
from governance.tree.services import root_create, root_rename


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A tenant ready for its first sign-in."""

    tenant: Tenant
    root: Node
    administrator: Membership


# What the apps above set up in every new tenant, in the transaction that creates it.
Created = Callable[[Actor], Any]
_created: list[Created] = []


def on_tenant_created(hook: Created) -> None:
    """Call `hook(by)` inside every new tenant; a second call with the same hook changes nothing."""
    if hook not in _created:
        _created.append(hook)


def tenant_furnish(*, by: Actor) -> None:
    """Set up in the active, new tenant what the apps above bring along."""
    for hook in _created:
        hook(by)


def tenant_subject(tenant: Tenant) -> Subject:
    return Subject("tenant", tenant.slug, tenant.name)


@transaction.atomic
def tenant_create(
    *, slug: str, settings: TenantSettings, administrator: Person, via: str = "command"
) -> Onboarded:
    """Make a tenant, its root node and its first person, who becomes administrator of the root.

    The product itself grants that first role: nobody is there yet to grant it, and nobody may
    grant to himself (S6). The person is invited by mail like everybody added later. Raises
    `Invalid` by field (`slug`, the settings, `email`, `name`) and `Conflict("slug_taken")`.
    """
    tenant = tenant_row_create(slug=slug, settings=settings)
    with tenant_scope(tenant.pk):
        root = root_create(slug=slug, name=tenant.name, by=system_actor(tenant.pk, via=via))
        system = system_actor(tenant.pk, Role.ADMINISTRATOR, via=via)
        changes = {
            "name": [None, tenant.name],
            "currency": [None, tenant.currency],
            "fiscal_year_start": [None, str(tenant.fiscal_year_start)],
            "language": [None, tenant.language],
            "time_zone": [None, tenant.time_zone],
        }
        record(
            AuditAction.TENANT_CREATED, subject=tenant_subject(tenant), by=system, changes=changes
        )
        tenant_furnish(by=system)
        person = membership_create(person=administrator, by=system)
        role_grant(membership=person, role=Role.ADMINISTRATOR, node=root, by=system)
    return Onboarded(tenant, root, person)


@transaction.atomic
def tenant_change(*, settings: TenantSettings, seen_version: int, by: Actor) -> Tenant:
    """Change the active tenant's settings; amounts are never converted by it.

    Needs the right on the root. Raises `Stale` and `Invalid` by field; unchanged settings write
    nothing.
    """
    by.require(Permission.TENANT_MANAGE, root_node().path)
    tenant, changes = tenant_row_change(
        tenant_id=by.tenant_id, settings=settings, seen_version=seen_version
    )
    if changes:
        record(AuditAction.TENANT_CHANGED, subject=tenant_subject(tenant), by=by, changes=changes)
        root_rename(name=tenant.name, by=by)
    return tenant
