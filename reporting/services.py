"""Recording what the nightly check of the figures found."""

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from reporting.verifying import first_difference


@transaction.atomic
def values_verify(*, tenant: Tenant, by: Actor) -> str | None:
    """Compare the active tenant's figures with their sources and tell it in the audit trail.

    Answers the first difference in words, None where all holds. A difference counts when a second
    look finds one too: somebody may have written while the first was going on.
    """
    found = first_difference(tenant) and first_difference(tenant)
    record(
        AuditAction.VALUES_VERIFIED,
        subject=Subject("tenant", tenant.slug, tenant.name),
        by=by,
        changes={"difference": [None, found]} if found else {},
    )
    return found
