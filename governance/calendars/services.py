"""Writing the calendar: one person proposes a version, another publishes it (S5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.choices import CalendarState, Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import MONDAY_TO_FRIDAY, Holiday, holiday_faults, weekday_fault
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant

SECOND_PERSON = _("Somebody other than who proposed this version publishes it (S5).")


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    """What a version says: working weekdays (1 Monday to 7 Sunday) and holidays."""

    working_days: Sequence[int] = tuple(sorted(MONDAY_TO_FRIDAY))
    holidays: Sequence[Holiday] = ()

    @property
    def faults(self) -> dict[str, list[StrOrPromise]]:
        """What cannot be kept, by field; holidays by their place in the list."""
        faults: dict[str, list[StrOrPromise]] = {}
        if fault := weekday_fault(self.working_days):
            faults["working_days"] = [fault]
        for place, text in holiday_faults(self.holidays):
            faults.setdefault(f"holidays.{place}", []).append(text)
        return faults


def calendar_subject(row: CalendarVersion) -> Subject:
    return Subject("calendar", str(row.number), str(row.number))


@transaction.atomic
def calendar_propose(*, draft: CalendarDraft, by: Actor) -> CalendarVersion:
    """Put the next version forward; it holds nowhere until a second person publishes it (S5).

    Raises `Forbidden`, `Invalid` by field, and `Conflict("calendar_proposed")` while another
    proposal waits.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    _queue()
    if faults := draft.faults:
        raise Invalid(faults)
    days = sorted(set(draft.working_days))
    holidays = [
        {"day": holiday.day.isoformat(), "name": holiday.name} for holiday in sorted(draft.holidays)
    ]
    last: int | None = CalendarVersion.objects.aggregate(last=Max("number"))["last"]
    try:
        with transaction.atomic():
            row: CalendarVersion = CalendarVersion.objects.create(
                number=(last or 0) + 1,
                working_days=days,
                holidays=holidays,
                proposed_by_id=by.membership_id,
            )
    except IntegrityError as error:
        raise Conflict("calendar_proposed") from error
    record(
        AuditAction.CALENDAR_PROPOSED,
        subject=calendar_subject(row),
        by=by,
        changes=_changes(
            CalendarVersion.objects.filter(state=CalendarState.PUBLISHED).first(), row
        ),
    )
    publish("calendar.proposed", key=str(row.number))
    return row


@transaction.atomic
def calendar_publish(*, number: int, seen_version: int, by: Actor) -> CalendarVersion:
    """Bring a proposal into force from now on; the version before it is superseded.

    Raises `NotVisible`, `Stale`, `Conflict("calendar_not_proposed")`, and
    `Forbidden("segregation_of_duties")` for who proposed it (S5).
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    if by.membership_id in {None, row.proposed_by_id}:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    before: CalendarVersion | None = (
        CalendarVersion.objects.lock().filter(state=CalendarState.PUBLISHED).first()
    )
    if before is not None:
        before.state = CalendarState.SUPERSEDED
        before.touched().save()
    row.state = CalendarState.PUBLISHED
    row.published_by_id, row.published_at = by.membership_id, timezone.now()
    row.touched().save()
    changes = _changes(before, row)
    record(AuditAction.CALENDAR_PUBLISHED, subject=calendar_subject(row), by=by, changes=changes)
    publish("calendar.published", key=str(row.number), payload={"number": row.number})
    return row


@transaction.atomic
def calendar_withdraw(*, number: int, seen_version: int, by: Actor) -> CalendarVersion:
    """Take a proposal back; its number is not given out again.

    Raises `NotVisible`, `Stale` and `Conflict("calendar_not_proposed")`.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(number, seen_version)
    row.state = CalendarState.WITHDRAWN
    row.touched().save()
    record(AuditAction.CALENDAR_WITHDRAWN, subject=calendar_subject(row), by=by)
    publish("calendar.withdrawn", key=str(row.number))
    return row


def _queue() -> None:
    """Proposals of one tenant go one after the other, so that each gets its own number."""
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())


def _draft(number: int, seen_version: int) -> CalendarVersion:
    row: CalendarVersion | None = CalendarVersion.objects.lock().filter(number=number).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if not row.is_draft:
        raise Conflict("calendar_not_proposed")
    return row


def _changes(before: CalendarVersion | None, after: CalendarVersion) -> dict[str, Any]:
    """What differs from the calendar in force: weekdays, and each holiday by its day."""
    standing = sorted(before.working_days) if before else sorted(MONDAY_TO_FRIDAY)
    changes: dict[str, Any] = {}
    if standing != after.working_days:
        changes["working_days"] = [_words(standing), _words(after.working_days)]
    old = {row["day"]: row["name"] for row in (before.holidays if before else [])}
    new = {row["day"]: row["name"] for row in after.holidays}
    holidays = {
        day: [old.get(day), new.get(day)]
        for day in sorted(old.keys() | new.keys())
        if old.get(day) != new.get(day)
    }
    return changes | ({"holidays": holidays} if holidays else {})


def _words(numbers: Sequence[int]) -> list[str]:
    return [Weekday.numbered(number).value for number in numbers]
