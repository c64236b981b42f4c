"""Closing months: finance earlier by hand, else the calendar; a locked one stays locked (V4)."""

from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record_many
from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Invalid
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.text import prose, text_fault
from kpis.actuals.rules import month_at
from kpis.periods.choices import PeriodState
from kpis.periods.models import Period
from kpis.periods.rules import Closing, may_close
from kpis.periods.selectors import PERIOD_LOCK, closing_of
from kpis.rules import Month

REASON_LENGTH = 2000
ACTIONS = {
    PeriodState.OPEN: AuditAction.PERIOD_REOPENED,
    PeriodState.SUBMITTED: AuditAction.PERIOD_SUBMITTED,
    PeriodState.LOCKED: AuditAction.PERIOD_LOCKED,
}


def period_subject(month: Month) -> Subject:
    return Subject("period", str(month), str(month))


@transaction.atomic
def period_submit(*, month: Month, by: Actor) -> Period:
    """End the claims of a month before its day.

    Raises `Forbidden`, `Conflict("period_not_kept")`, `Conflict("period_not_over")`, and
    `Conflict("period_not_open")` where they have ended already.
    """
    closing, today = _closing(by)
    _refuse_month(month, closing, today)
    if closing.state(month, today) is not PeriodState.OPEN:
        raise Conflict("period_not_open")
    return _moved(month, PeriodState.SUBMITTED, by=by)


@transaction.atomic
def period_lock(*, month: Month, by: Actor) -> Period:
    """Lock a month before its day, for good.

    Raises as `period_submit`, `Conflict("period_closed")` where it is locked, and
    `Conflict("period_out_of_order")` while a month before it is not.
    """
    closing, today = _closing(by)
    _refuse_month(month, closing, today)
    if closing.state(month, today) is PeriodState.LOCKED:
        raise Conflict("period_closed")
    if not closing.is_closed(month.plus(-1), today):
        raise Conflict("period_out_of_order")
    return _moved(month, PeriodState.LOCKED, by=by)


@transaction.atomic
def period_reopen(*, month: Month, reason: str, by: Actor) -> Period:
    """Take claims of a submitted month again, until it locks.

    Raises `Forbidden`, `Conflict("period_closed")` once it is locked,
    `Conflict("period_not_submitted")`, and `Invalid` without a reason.
    """
    closing, today = _closing(by)
    _refuse_month(month, closing, today)
    state = closing.state(month, today)
    if state is PeriodState.LOCKED:
        raise Conflict("period_closed")
    if state is PeriodState.OPEN:
        raise Conflict("period_not_submitted")
    said = prose(reason)
    if fault := text_fault(said, limit=REASON_LENGTH, required=True):
        raise Invalid({"reason": [fault]})
    return _moved(month, PeriodState.OPEN, by=by, reason=said)


@transaction.atomic
def periods_settle(*, by: Actor) -> list[Period]:
    """Write down what is due by date, so that the database refuses what the rules refuse.

    Safe to run twice; answers what it wrote. The rows name nobody: the calendar closed them.
    """
    _take_periods()
    tenant, closing = Tenant.objects.get(pk=active_tenant_id()), closing_of()
    today = today_of(tenant)
    wanted: dict[Month, PeriodState] = {}
    for month in closing.months(today):
        state = closing.state(month, today)
        if state is not PeriodState.OPEN and state is not closing.stored.get(month):
            wanted[month] = state
    return _written(wanted, by=by, person=None) if wanted else []


def _closing(by: Actor) -> tuple[Closing, date]:
    """The right to close months, the lock, and how months close now."""
    by.require_anywhere(Permission.VALUE_VALIDATE)
    if by.membership_id is None or not may_close(by.scope):
        raise Forbidden
    _take_periods()
    return closing_of(), today_of(Tenant.objects.get(pk=active_tenant_id()))


def _take_periods() -> None:
    """Wait for everybody who is claiming or judging, and let nobody begin meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PERIOD_LOCK, active_tenant_id()])


def _refuse_month(month: Month, closing: Closing, today: date) -> None:
    if not closing.is_kept(month):
        raise Conflict("period_not_kept")
    if month >= month_at(today):
        raise Conflict("period_not_over")


def _moved(month: Month, state: PeriodState, *, by: Actor, reason: str = "") -> Period:
    return _written({month: state}, by=by, person=by.membership_id, reason=reason)[0]


def _written(
    wanted: dict[Month, PeriodState], *, by: Actor, person: int | None, reason: str = ""
) -> list[Period]:
    """Months moved to their states, each told; the caller holds the lock of all of them."""
    days = [month.first_day for month in wanted]
    rows = {month_at(row.month): row for row in Period.objects.filter(month__in=days)}
    entries, now = [], timezone.now()
    for month, state in wanted.items():
        row = rows.get(month) or Period(month=month.first_day)
        before = row.state or PeriodState.OPEN.value
        row.state, row.changed_by_id, row.changed_at, row.reason = state, person, now, reason
        row.save()
        rows[month] = row
        changes = {"state": [before, state.value]}
        entries.append(Entry(ACTIONS[state], period_subject(month), changes, reason))
    record_many(entries, by=by)
    for month, state in wanted.items():
        publish(ACTIONS[state].value, key=str(month), payload={"month": str(month)})
    return [rows[month] for month in wanted]
