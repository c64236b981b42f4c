"""Recording what the nightly checks of the figures and of the roll-ups found."""

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from reporting.rollups import verifying as rollups
from reporting.rollups.services import drain, note_verified, refresh
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


@transaction.atomic
def roll_ups_verify(tenant: Tenant) -> str | None:
    """Compare the active tenant's roll-ups with the facts and keep what was found.

    What waits is computed first, and a difference counts when a second look finds one too.
    Answers it in words, None where all holds.
    """
    refresh(tenant)
    found = None
    for _look in range(2):
        while drain(tenant) > 0:
            pass
        found = rollups.first_difference(tenant)
        if found is None:
            break
    note_verified(found)
    return found
