"""Writing reporting calendars: one person proposes a version, another publishes it (R1, S5)."""

from datetime import time
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
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import NAMES, RhythmTerms, term_faults

SECOND_PERSON = _("Somebody other than who proposed this version publishes it (S5).")


def calendar_subject(row: ReportingCalendar) -> Subject:
    return Subject("reporting_calendar", str(row.number), str(row.number))


@transaction.atomic
def reporting_calendar_propose(
    *, terms: RhythmTerms, by: Actor, program: Node | None = None
) -> ReportingCalendar:
    """Put the next version of the tenant's or a program's calendar forward (S5).

    Raises `Forbidden`, `Invalid` by field, and `Conflict("reporting_calendar_proposed")` while
    another proposal for the same place waits.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    # One after the other, so that each gets its own number.
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    faults = term_faults(terms)
    if program is not None and program.known_level is not Level.PROGRAM:
        faults["program"] = [_("Choose a program.")]
    if faults:
        raise Invalid(faults)
    last: int | None = ReportingCalendar.objects.aggregate(last=Max("number"))["last"]
    try:
        with transaction.atomic():
            row: ReportingCalendar = ReportingCalendar.objects.create(
                number=(last or 0) + 1,
                program=program,
                proposed_by_id=by.membership_id,
                **{name: getattr(terms, name) for name in NAMES},
            )
    except IntegrityError as error:
        raise Conflict("reporting_calendar_proposed") from error
    changes = _changes(_in_force(row), row)
    action = AuditAction.REPORTING_CALENDAR_PROPOSED
    record(action, subject=calendar_subject(row), by=by, changes=changes)
    publish("reporting_calendar.proposed", key=str(row.number))
    return row


@transaction.atomic
def reporting_calendar_publish(*, number: int, seen_version: int, by: Actor) -> ReportingCalendar:
    """Bring a proposal into force from now on; the version before it is superseded.

    Raises `NotVisible`, `Stale`, `Conflict("reporting_calendar_not_proposed")`, and
    `Forbidden("segregation_of_duties")` for who proposed it (S5).
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    if by.membership_id in {None, row.proposed_by_id}:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    before = _in_force(row)
    if before is not None:
        before.state = CalendarState.SUPERSEDED
        before.touched().save()
    row.state = CalendarState.PUBLISHED
    row.published_by_id, row.published_at = by.membership_id, timezone.now()
    row.touched().save()
    changes = _changes(before, row)
    action = AuditAction.REPORTING_CALENDAR_PUBLISHED
    record(action, subject=calendar_subject(row), by=by, changes=changes)
    payload = {"number": row.number}
    publish("reporting_calendar.published", key=str(row.number), payload=payload)
    return row


@transaction.atomic
def reporting_calendar_withdraw(*, number: int, seen_version: int, by: Actor) -> ReportingCalendar:
    """Take a proposal back; its number is not given out again.

    Raises `NotVisible`, `Stale` and `Conflict("reporting_calendar_not_proposed")`.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    row.state = CalendarState.WITHDRAWN
    row.touched().save()
    record(AuditAction.REPORTING_CALENDAR_WITHDRAWN, subject=calendar_subject(row), by=by)
    publish("reporting_calendar.withdrawn", key=str(row.number))
    return row


def _in_force(row: ReportingCalendar) -> ReportingCalendar | None:
    """The published version for the same place, locked."""
    rows = ReportingCalendar.objects.lock().filter(state=CalendarState.PUBLISHED)
    if row.program_id is None:
        found: ReportingCalendar | None = rows.filter(program__isnull=True).first()
    else:
        found = rows.filter(program=row.program_id).first()
    return found


def _draft(number: int, seen_version: int) -> ReportingCalendar:
    row: ReportingCalendar | None = ReportingCalendar.objects.lock().filter(number=number).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if not row.is_draft:
        raise Conflict("reporting_calendar_not_proposed")
    return row


def _changes(before: ReportingCalendar | None, after: ReportingCalendar) -> dict[str, Any]:
    """What differs from what holds at the place, field by field."""
    new = after.terms
    pairs = {
        name: (None if before is None else getattr(before.terms, name), getattr(new, name))
        for name in NAMES
    }
    changes = {name: [_plain(a), _plain(b)] for name, (a, b) in pairs.items() if a != b}
    place = after.program.code if after.program is not None else None
    return changes | ({"program": [None, place]} if place else {})


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return str(value) if value is not None else None
