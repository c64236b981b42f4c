"""Writing value settings: one person proposes a version, another publishes it (S5)."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.choices import CalendarState
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.permissions.selectors import system_actor
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from kpis.periods.services import periods_settle
from kpis.settings.models import ValueSettings
from kpis.settings.rules import NAMES, SHIPPED, ValueTerms, term_faults

SECOND_PERSON = _("Somebody other than who proposed this version publishes it (S5).")


def settings_subject(row: ValueSettings) -> Subject:
    return Subject("value_settings", str(row.number), str(row.number))


@transaction.atomic
def value_settings_propose(*, terms: ValueTerms, by: Actor) -> ValueSettings:
    """Put the next version forward; it holds nowhere until a second person publishes it (S5).

    Raises `Forbidden`, `Invalid` by field, and `Conflict("value_settings_proposed")` while another
    proposal waits.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    # One after the other, so that each gets its own number.
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    if faults := term_faults(terms):
        raise Invalid(faults)
    last: int | None = ValueSettings.objects.aggregate(last=Max("number"))["last"]
    said = {name: getattr(terms, name) for name in NAMES} | {"closes_from": terms.closes_on}
    try:
        with transaction.atomic():
            row: ValueSettings = ValueSettings.objects.create(
                number=(last or 0) + 1, proposed_by_id=by.membership_id, **said
            )
    except IntegrityError as error:
        raise Conflict("value_settings_proposed") from error
    before = ValueSettings.objects.filter(state=CalendarState.PUBLISHED).first()
    changes = _changes(before, row)
    action = AuditAction.VALUE_SETTINGS_PROPOSED
    record(action, subject=settings_subject(row), by=by, changes=changes)
    publish("value_settings.proposed", key=str(row.number))
    return row


@transaction.atomic
def value_settings_publish(*, number: int, seen_version: int, by: Actor) -> ValueSettings:
    """Bring a proposal into force from now on; the version before it is superseded.

    Raises `NotVisible`, `Stale`, `Conflict("value_settings_not_proposed")`, and
    `Forbidden("segregation_of_duties")` for who proposed it (S5).
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    if by.membership_id in {None, row.proposed_by_id}:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    # What is due by the terms until now stays closed under the next ones (V4).
    periods_settle(by=system_actor(by.tenant_id, via=by.via))
    before: ValueSettings | None = (
        ValueSettings.objects.lock().filter(state=CalendarState.PUBLISHED).first()
    )
    if before is not None:
        before.state = CalendarState.SUPERSEDED
        before.touched().save()
    row.state = CalendarState.PUBLISHED
    row.published_by_id, row.published_at = by.membership_id, timezone.now()
    row.touched().save()
    changes = _changes(before, row)
    action = AuditAction.VALUE_SETTINGS_PUBLISHED
    record(action, subject=settings_subject(row), by=by, changes=changes)
    publish("value_settings.published", key=str(row.number), payload={"number": row.number})
    return row


@transaction.atomic
def value_settings_withdraw(*, number: int, seen_version: int, by: Actor) -> ValueSettings:
    """Take a proposal back; its number is not given out again.

    Raises `NotVisible`, `Stale` and `Conflict("value_settings_not_proposed")`.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    row.state = CalendarState.WITHDRAWN
    row.touched().save()
    record(AuditAction.VALUE_SETTINGS_WITHDRAWN, subject=settings_subject(row), by=by)
    publish("value_settings.withdrawn", key=str(row.number))
    return row


def _draft(number: int, seen_version: int) -> ValueSettings:
    row: ValueSettings | None = ValueSettings.objects.lock().filter(number=number).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if not row.is_draft:
        raise Conflict("value_settings_not_proposed")
    return row


def _changes(before: ValueSettings | None, after: ValueSettings) -> dict[str, Any]:
    """What differs from the terms in force, field by field."""
    old, new = (before.terms if before else SHIPPED), after.terms
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in NAMES}
    return {name: [_plain(a), _plain(b)] for name, (a, b) in pairs.items() if a != b}


def _plain(value: Any) -> Any:
    return str(value) if value is not None else None
