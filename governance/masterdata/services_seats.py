"""Seats in forums: given, confirmed by a second member (S6), taken back."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Forbidden, NotVisible, Refused
from governance.masterdata.choices import Seat
from governance.masterdata.models import Forum, ForumMember
from governance.masterdata.selectors import live_seats
from governance.masterdata.services import master_data_subject
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission
from governance.people.models import Membership
from governance.people.selectors import live_memberships

OF_THE_FORUM = _("Somebody who sits in this forum confirms or refuses this seat (S6).")
SECOND_MEMBER = _("Neither who gave this seat nor who receives it confirms it (S6).")
NOBODY_THERE = "nobody sat there yet who could confirm it"


@transaction.atomic
def forum_member_add(*, forum: Forum, membership: Membership, seat: Seat, by: Actor) -> ForumMember:
    """Give somebody a seat, which counts once another member has confirmed it (S6).

    It counts at once where no internal member is there to confirm; the history says so. Raises
    `Conflict("seat_taken")`, `Refused("grant_to_oneself")` and `Refused("membership_ended")`.
    """
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    if by.membership_id == membership.pk:
        raise Refused("grant_to_oneself")
    member = Membership.objects.lock().get(pk=membership.pk)
    if member.ended_at is not None:
        raise Refused("membership_ended")
    others = _confirmers(forum, but=(by.membership_id, member.pk))
    is_pending = by.membership_id is not None and others.exists()
    try:
        with transaction.atomic():
            row: ForumMember = ForumMember.objects.create(
                forum=forum,
                membership=member,
                seat=seat,
                added_by_id=by.membership_id,
                is_pending=is_pending,
            )
    except IntegrityError as error:
        raise Conflict("seat_taken") from error
    action = AuditAction.FORUM_MEMBER_PROPOSED if is_pending else AuditAction.FORUM_MEMBER_ADDED
    reason = "" if is_pending or by.membership_id is None else NOBODY_THERE
    changes = {"member": [None, membership.email], "seat": [None, seat.value]}
    record(action, subject=master_data_subject(forum), by=by, changes=changes, reason=reason)
    return row


def _confirmers(forum: Forum, *, but: Iterable[int | None]) -> QuerySet[ForumMember]:
    """Seats of live internal members who could confirm another (S7: a consultant confirms none)."""
    internal = live_memberships().filter(kind=MembershipKind.INTERNAL).order_by()
    rows = live_seats().filter(forum=forum, membership_id__in=internal.values("pk"))
    return rows.exclude(membership_id__in=[pk for pk in but if pk is not None])


@transaction.atomic
def seat_confirm(*, forum: Forum, membership: Membership, by: Actor) -> ForumMember:
    """Let a pending seat count.

    Raises `NotVisible`, `Conflict("seat_not_pending")`, `Forbidden` for who does not sit there, and
    `Forbidden("segregation_of_duties")` for giver and receiver (S6).
    """
    row = _pending(forum, membership, by)
    row.is_pending, row.confirmed_by_id, row.confirmed_at = False, by.membership_id, timezone.now()
    row.save()
    _tell(AuditAction.FORUM_MEMBER_CONFIRMED, row, by)
    return row


@transaction.atomic
def seat_refuse(*, forum: Forum, membership: Membership, by: Actor) -> None:
    """Turn a pending seat down; it is gone. Raises as `seat_confirm` does."""
    row = _pending(forum, membership, by)
    ForumMember.objects.filter(pk=row.pk).delete()
    _tell(AuditAction.FORUM_MEMBER_REFUSED, row, by)


def _pending(forum: Forum, membership: Membership, by: Actor) -> ForumMember:
    rows = ForumMember.objects.lock().filter(forum=forum, membership=membership)
    row: ForumMember | None = rows.select_related("forum", "membership__user").first()
    if row is None:
        raise NotVisible
    by.require_writing()
    if not row.is_pending:
        raise Conflict("seat_not_pending")
    refusal = confirm_refusal(row, by, sits=sits_in(forum, by))
    if refusal == SECOND_MEMBER:
        raise Forbidden("segregation_of_duties", refusal, errors={"rule": ["S6"]})
    if refusal:
        raise Forbidden("forbidden", refusal)
    return row


def sits_in(forum: Forum, by: Actor) -> bool:
    """Whether the actor may confirm seats of a forum that others gave to others; one query."""
    return _confirmers(forum, but=()).filter(membership_id=by.membership_id or 0).exists()


def confirm_refusal(row: ForumMember, by: Actor, *, sits: bool) -> StrOrPromise:
    """Why the actor neither confirms nor refuses a pending seat; empty if he may."""
    if by.membership_id in {None, row.added_by_id, row.membership_id}:
        return SECOND_MEMBER
    return "" if sits else OF_THE_FORUM


def _tell(action: AuditAction, row: ForumMember, by: Actor) -> None:
    changes = {"member": row.membership.email, "seat": row.seat}
    record(action, subject=master_data_subject(row.forum), by=by, changes=changes)


@transaction.atomic
def forum_member_remove(*, forum: Forum, membership: Membership, by: Actor) -> None:
    """Take a seat back, pending or not; raises `NotVisible` if there was none."""
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    deleted, _per_model = ForumMember.objects.filter(forum=forum, membership=membership).delete()
    if not deleted:
        raise NotVisible
    changes = {"member": [membership.email, None]}
    record(
        AuditAction.FORUM_MEMBER_REMOVED, subject=master_data_subject(forum), by=by, changes=changes
    )


@transaction.atomic
def seats_take_back(*, membership: Membership, by: Actor) -> None:
    """Take all seats of somebody who leaves; the caller has checked that he may."""
    for seat in ForumMember.objects.filter(membership=membership).select_related("forum"):
        ForumMember.objects.filter(pk=seat.pk).delete()
        changes = {"member": [membership.email, None], "seat": [seat.seat, None]}
        subject = master_data_subject(seat.forum)
        record(AuditAction.FORUM_MEMBER_REMOVED, subject=subject, by=by, changes=changes)
