"""The request as views of a tenant see it."""

from django.http import HttpRequest

from governance.people.actor import Actor
from governance.tenancy.models import Tenant


class TenantRequest(HttpRequest):
    """A request that the middleware has placed in a tenant: `actor` acts in `tenant`.

    `unread` is how many notices the person has not read, up to a hundred.
    """

    actor: Actor
    tenant: Tenant
    tenants: list[Tenant]
    request_id: str
    is_token: bool
    unread: int
