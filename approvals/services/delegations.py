"""Letting somebody decide in one's place: person, scope, end date (G7)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.models import Delegation
from approvals.rules import delegation_refusal
from approvals.sod import SegregationOfDuties
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.services import membership_subject
from governance.permissions.selectors import scope_of
from governance.text import one_line, text_fault
from governance.tree.models import Node

MOST_DAYS = 366
NOTE_LENGTH = 200
TEXTS: dict[str, tuple[str, StrOrPromise]] = {
    "ends_before_start": ("ends_on", _("The end cannot come before the start.")),
    "has_passed": ("ends_on", _("This day has passed.")),
    "too_long": ("ends_on", _("A delegation lasts a year at most.")),
}


@dataclass(frozen=True, slots=True)
class DelegationDraft:
    """Who decides in whose place, where, and from when until when (both days included)."""

    delegate: Membership
    place: Node
    starts_on: date
    ends_on: date
    note: str = ""


@transaction.atomic
def delegation_give(*, draft: DelegationDraft, by: Actor) -> Delegation:
    """Give one's own voice to somebody at a place; both names will stand in the log (G7).

    Raises `Invalid` by field; `SegregationOfDuties("S7")` for a consultant on either side and
    `("S10")` for somebody who only audits; `NotVisible` where the place is out of sight.
    """
    by.require(Permission.TREE_VIEW, draft.place.path)
    by.require_writing()
    if by.membership_id is None:
        raise Forbidden
    delegate: Membership = (
        Membership.objects.lock().select_related("user").get(pk=draft.delegate.pk)
    )
    _refuse(draft, delegate, by)
    row: Delegation = Delegation.objects.create(
        delegator_id=by.membership_id,
        delegate=delegate,
        place=draft.place,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        note=one_line(draft.note),
    )
    changes = {
        "delegate": [None, delegate.email],
        "node": [None, draft.place.code],
        "starts_on": [None, draft.starts_on.isoformat()],
        "ends_on": [None, draft.ends_on.isoformat()],
    }
    record(
        AuditAction.DELEGATION_GIVEN,
        subject=membership_subject(_delegator(row)),
        by=by,
        changes=changes,
        reason=row.note,
    )
    publish("delegation.given", key=str(row.public_id), payload={"to": delegate.email})
    return row


def _refuse(draft: DelegationDraft, delegate: Membership, by: Actor) -> None:
    errors: dict[str, list[StrOrPromise]] = {}
    today = timezone.localdate()
    if reason := delegation_refusal(draft.starts_on, draft.ends_on, today, MOST_DAYS):
        field, text = TEXTS[reason]
        errors[field] = [text]
    if delegate.pk == by.membership_id:
        errors["delegate"] = [_("Choose somebody other than yourself.")]
    elif not delegate.is_live:
        errors["delegate"] = [_("This person is not a member any more.")]
    if fault := text_fault(draft.note, limit=NOTE_LENGTH, required=False):
        errors["note"] = [fault]
    if errors:
        raise Invalid(errors)
    _refuse_people(draft, delegate, by)


def _refuse_people(draft: DelegationDraft, delegate: Membership, by: Actor) -> None:
    """S7, S10: consultants and auditors carry nobody's voice; and one must see what one judges."""
    if by.is_consultant or delegate.is_consultant:
        raise SegregationOfDuties("S7")
    scope = scope_of(delegate.pk)
    if not scope.allows(Permission.TREE_VIEW, draft.place.path):
        raise Invalid({"delegate": [_("This person does not see that place of the tree.")]})
    if set(scope.roles_at(draft.place.path)) == {Role.AUDITOR}:
        raise SegregationOfDuties("S10")


@transaction.atomic
def delegation_revoke(*, delegation: Delegation, by: Actor) -> Delegation:
    """Take a delegation back; its giver does, and whoever carries it may lay it down.

    Raises `NotVisible` for others and `Conflict("delegation_over")`.
    """
    rows = Delegation.objects.lock().select_related("delegate__user", "delegator__user")
    row: Delegation | None = rows.filter(pk=delegation.pk).first()
    if row is None or by.membership_id not in {row.delegator_id, row.delegate_id}:
        raise NotVisible
    by.require_writing()
    if row.revoked_at is not None or row.ends_on < timezone.localdate():
        raise Conflict("delegation_over")
    row.revoked_at = timezone.now()
    row.touched().save()
    changes = {"delegate": [row.delegate.email, None]}
    subject = membership_subject(_delegator(row))
    record(AuditAction.DELEGATION_REVOKED, subject=subject, by=by, changes=changes)
    return row


def _delegator(row: Delegation) -> Membership:
    member: Membership = Membership.objects.select_related("user").get(pk=row.delegator_id)
    return member
