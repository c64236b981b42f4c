"""Recording what the nightly checks of figures, roll-ups and signed reports found."""

from django.db import transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from reporting.period_reports.verifying import first_fault
from reporting.rollups import verifying as rollups
from reporting.rollups.services import drain, refresh
from reporting.verifying import first_difference


@transaction.atomic
def values_verify(*, tenant: Tenant, by: Actor) -> str | None:
    """Compare the active tenant's figures with their sources and tell it in the audit trail.

    Answers the first difference in words, None where all holds. A difference counts when a second
    look finds one too: somebody may have written while the first was going on.
    """
    found = first_difference(tenant) and first_difference(tenant)
    return _told(AuditAction.VALUES_VERIFIED, tenant, found, by)


@transaction.atomic
def roll_ups_verify(*, tenant: Tenant, by: Actor) -> str | None:
    """Compare the active tenant's roll-ups with the facts and tell it in the audit trail.

    What waits is computed first, and a difference counts when a second look finds one too.
    Answers it in words, None where all holds.
    """
    refresh(tenant)
    found = _difference_of_roll_ups(tenant) and _difference_of_roll_ups(tenant)
    return _told(AuditAction.ROLL_UPS_VERIFIED, tenant, found, by)


@transaction.atomic
def reports_verify(*, tenant: Tenant, by: Actor) -> str | None:
    """Prove the active tenant's signed reports and tell it in the audit trail.

    Answers the first difference in words, None where all holds.
    """
    return _told(AuditAction.REPORTS_VERIFIED, tenant, first_fault().fault or None, by)


def _difference_of_roll_ups(tenant: Tenant) -> str | None:
    while drain(tenant) > 0:
        pass
    return rollups.first_difference(tenant)


def _told(action: AuditAction, tenant: Tenant, found: str | None, by: Actor) -> str | None:
    subject = Subject("tenant", tenant.slug, tenant.name)
    changes = {"difference": [None, found]} if found else {}
    record(action, subject=subject, by=by, changes=changes)
    return found
