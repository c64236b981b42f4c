"""Opening exceptions: by hand, and by the product once per cause (E1, E2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.clock import Clock
from approvals.exceptions.choices import Category, ExceptionSource
from approvals.exceptions.clocks import due_after
from approvals.exceptions.models import TITLE_LENGTH, GovernanceException
from approvals.exceptions.notices import tell_opened
from approvals.exceptions.registry import ExceptionSubject, kind_of
from approvals.exceptions.rules import Size, rank_of, tier_of
from approvals.exceptions.selectors import causes_known
from approvals.texts import TEXT_LENGTH
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.selectors import current_calendar
from governance.errors import Forbidden, Invalid
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.text import one_line, prose, text_fault
from governance.tree.models import Node
from governance.tree.services import next_codes
from governance.ui.amounts import amount_of

MONEY_DECIMALS = 2
MOST_DAYS, MOST_REACH = 3650, 1000


@dataclass(frozen=True, slots=True)
class ExceptionDraft:
    """What somebody opens by hand; `amount` is text or a Decimal in the tenant's currency."""

    subject: ExceptionSubject
    title: str
    category: str
    description: str = ""
    amount: object = None
    delay_days: int = 0
    reach: int = 1


@dataclass(frozen=True, slots=True)
class Cause:
    """What the product has found: its source, a key that is the same each time, and its facts."""

    source: ExceptionSource
    key: str
    subject: ExceptionSubject
    category: Category
    size: Size = field(default_factory=Size)
    details: Mapping[str, Any] = field(default_factory=dict)
    is_finance: bool = False


def exception_subject(row: GovernanceException) -> Subject:
    """An exception has a history of its own."""
    return Subject("exception", row.code, row.code)


@transaction.atomic
def exception_open(*, draft: ExceptionDraft, by: Actor) -> GovernanceException:
    """Open an exception by hand; whoever edits its subject may.

    Raises `NotVisible`, `Forbidden("exception_not_yours")`, and `Invalid` by field.
    """
    subject = draft.subject
    by.require(Permission.TREE_VIEW, subject.place.path)
    by.require_writing()
    if by.membership_id is None or not kind_of(subject.type).may_open(subject, by):
        raise Forbidden("exception_not_yours")
    amount = _checked(draft)
    size = Size(amount, draft.delay_days, draft.reach)
    row = _drawn(subject, size, by)
    row.source, row.category = ExceptionSource.MANUAL, draft.category
    row.title, row.description = one_line(draft.title), prose(draft.description)
    return _written(row, by)


def _checked(draft: ExceptionDraft) -> Decimal | None:
    """The amount of a draft; raises `Invalid` for whatever cannot be kept."""
    read = amount_of(draft.amount, MONEY_DECIMALS) if draft.amount not in {None, ""} else None
    faults: dict[str, StrOrPromise | None] = {
        "title": text_fault(one_line(draft.title), limit=TITLE_LENGTH),
        "description": text_fault(prose(draft.description), limit=TEXT_LENGTH, required=False),
        "category": None if draft.category in Category.values else _("Choose one of the list."),
        "delay_days": None if 0 <= draft.delay_days <= MOST_DAYS else _("From 0 to 3650 days."),
        "reach": None if 1 <= draft.reach <= MOST_REACH else _("From 1 to 1000."),
        "amount": None if read is None or isinstance(read, Decimal) else read,
    }
    errors = {name: [fault] for name, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)
    return read if isinstance(read, Decimal) else None


@transaction.atomic
def exception_open_for(*, cause: Cause, by: Actor) -> GovernanceException | None:
    """Open an exception for a cause that has none yet; None where one was ever opened for it.

    Safe to run twice and side by side: the database lets one cause have one open exception.
    """
    if causes_known(cause.source, [cause.key]):
        return None
    row = _drawn(cause.subject, cause.size, by)
    row.source, row.source_key = cause.source, cause.key
    row.category, row.details = cause.category, dict(cause.details)
    row.is_finance = cause.is_finance
    try:
        with transaction.atomic():
            return _written(row, by)
    except IntegrityError as error:
        if "approvals_exception_one_open" in str(error):
            return None
        raise


def _drawn(subject: ExceptionSubject, size: Size, by: Actor) -> GovernanceException:
    """An exception about a subject with its tier, not yet saved."""
    tier = tier_of(size)
    return GovernanceException(
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        place=subject.place,
        tier=tier,
        first_tier=tier,
        amount=size.amount,
        delay_days=size.delay_days,
        reach=size.reach,
        opened_by_id=by.membership_id,
    )


def _written(row: GovernanceException, by: Actor) -> GovernanceException:
    """Start the clock, number the exception and keep it."""
    now, calendar = timezone.now(), current_calendar()
    row.calendar_number = calendar.number
    row.due_at = due_after(row.known_tier, now, Clock(calendar.number))
    row.rank = rank_of(row.amount, row.due_at)
    row.currency = Tenant.objects.get(pk=active_tenant_id()).currency
    row.code = next_codes("exception")[0]
    row.save(force_insert=True)
    changes: dict[str, Any] = {
        "about": [None, row.subject_code],
        "source": [None, row.source],
        "category": [None, row.category],
        "exception_tier": [None, row.tier],
        "due_on": [None, timezone.localdate(row.due_at).isoformat()],
    }
    if row.title:
        changes["title"] = [None, row.title]
    if row.amount is not None:
        changes["amount"] = [None, row.amount]
    record(
        AuditAction.EXCEPTION_OPENED,
        subject=exception_subject(row),
        by=by,
        changes=changes,
        reason=row.description,
    )
    exception_publish("exception.opened", row)
    tell_opened(row, by)
    return row


def exception_publish(topic: str, row: GovernanceException) -> None:
    """Tell of an exception, in the transaction of its change."""
    publish(topic, key=row.code, payload={"exception": row.code, "code": row.subject_code})


def exceptions_follow(subject_type: str, subject_ids: Iterable[int], place: Node) -> None:
    """A subject has moved: rights on its exceptions go by the new place."""
    rows = GovernanceException.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids)
    )
    rows.update(place=place)
