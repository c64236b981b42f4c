"""What commands share: finding the tenants they are told, and refusals as command errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from governance.errors import DomainError
from governance.tenancy.models import Tenant
from governance.web.refusals import refusal_text


def tenant_named(slug: str) -> Tenant:
    """The tenant with this slug; raises `CommandError` naming those there are."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"There is no tenant {slug!r}. " + (f"Known: {known}." if known else ""))
    return tenant


def chosen_tenants(slug: str | None) -> list[Tenant]:
    """The one named tenant, or all by slug."""
    return [tenant_named(slug)] if slug else list(Tenant.objects.order_by("slug"))


@contextmanager
def refusals_as_command_errors() -> Iterator[None]:
    """A refusal of a service ends the command with its sentence and exit code 1."""
    try:
        yield
    except DomainError as error:
        lines = [
            f"{field}: {message}" for field, texts in error.errors.items() for message in texts
        ]
        raise CommandError("\n".join(lines) or refusal_text(error)) from error
