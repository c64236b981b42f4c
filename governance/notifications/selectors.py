"""Reading notices and mails: inboxes, choices, what is to be sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, IntegerField, Min, OuterRef, QuerySet, Subquery
from django.utils import timezone

from governance.errors import NotVisible
from governance.notifications.choices import Delivery, MailState
from governance.notifications.models import Mail, NoticeChoice, NoticeHours, Notification
from governance.notifications.registry import NoticeKind, kinds
from governance.notifications.rules import Hours, delivery_of
from governance.operations.registry import Waiting
from governance.people.actor import Actor
from governance.people.models import Membership


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a person wants to be told: for every kind, and when."""

    deliveries: dict[str, Delivery]
    hours: Hours
    version: int


# --- choices ------------------------------------------------------------------------------------


def deliveries_of(kind: NoticeKind, people: Collection[int]) -> dict[int, Delivery]:
    """How each of these memberships hears of a kind. One query."""
    rows = NoticeChoice.objects.filter(kind=kind.code, membership_id__in=people)
    chosen = dict(rows.values_list("membership_id", "delivery"))
    offered = kind.choices()
    return {pk: delivery_of(chosen.get(pk), kind.default, offered) for pk in people}


def wishes_of(membership_id: int) -> Wishes:
    """A person's choices, with the defaults where they chose nothing. Two queries."""
    rows = NoticeChoice.objects.filter(membership_id=membership_id)
    chosen = dict(rows.values_list("kind", "delivery"))
    known = NoticeHours.objects.filter(membership_id=membership_id).first()
    deliveries = {
        kind.code: delivery_of(chosen.get(kind.code), kind.default, kind.choices())
        for kind in kinds()
    }
    return Wishes(deliveries, known.hours if known else Hours(), known.version if known else 1)


def hours_of(people: Collection[int]) -> dict[int, Hours]:
    """When each of these memberships wants mails. One query."""
    rows = NoticeHours.objects.filter(membership_id__in=people)
    found = {row.membership_id: row.hours for row in rows}
    return {pk: found.get(pk, Hours()) for pk in people}


# --- the inbox ----------------------------------------------------------------------------------


def notices_of(by: Actor, *, unread: bool = False, kind: str = "") -> QuerySet[Notification]:
    """What a person was told, unordered, with who caused it."""
    rows: QuerySet[Notification] = Notification.objects.filter(recipient_id=by.membership_id or 0)
    if unread:
        rows = rows.filter(read_at__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.select_related("caused_by__user")


def notice_by_id(public_id: UUID, *, by: Actor) -> Notification:
    """One of a person's own notices; raises `NotVisible`."""
    row = notices_of(by).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


# More is shown as 99+; counting on would cost the more the less somebody reads.
MOST_COUNTED = 100


class _Counted(Subquery):
    """How many rows a query finds."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def with_unread(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """Memberships with how much they have not read, within the query that finds them."""
    unread = Notification.objects.filter(recipient_id=OuterRef("pk"), read_at__isnull=True)
    return rows.annotate(unread=_Counted(unread.values("pk").order_by()[:MOST_COUNTED]))


def unread_of(membership: Membership) -> int:
    """What `with_unread` counted, up to `MOST_COUNTED`."""
    count: int = membership.unread  # type: ignore[attr-defined]  # annotated above
    return count


def unread_shown(count: int) -> str:
    """How much is unread, in few letters; empty for nothing."""
    if count >= MOST_COUNTED:
        return f"{MOST_COUNTED - 1}+"
    return str(count) if count else ""


# --- mails --------------------------------------------------------------------------------------


def mails() -> QuerySet[Mail]:
    """All mails of the tenant, with whom they are for."""
    rows: QuerySet[Mail] = Mail.objects.select_related("recipient__user")
    return rows


def mail_by_id(public_id: UUID) -> Mail:
    """One mail; raises `NotVisible`."""
    row = mails().filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def mails_in(states: Sequence[MailState]) -> QuerySet[Mail]:
    """Mails in these states."""
    return mails().filter(state__in=list(states))


def mail_counts() -> dict[MailState, int]:
    """How many mails stand in each state. One query."""
    rows = Mail.objects.values("state").annotate(count=Count("pk")).order_by()
    found = {row["state"]: row["count"] for row in rows}
    return {state: found.get(state.value, 0) for state in MailState}


def mail_of(mail_id: int) -> Mail:
    """A mail with its recipient; raises `NotVisible`."""
    row = mails().filter(pk=mail_id).first()
    if row is None:
        raise NotVisible
    return row


def notices_in(mail: Mail) -> list[Notification]:
    """What a mail carries, oldest first."""
    return list(Notification.objects.filter(mail=mail).order_by("id"))


def digests_waiting() -> QuerySet[Notification]:
    """Notices for a daily mail that nobody has read and no mail carries yet, oldest first."""
    rows: QuerySet[Notification] = Notification.objects.filter(
        delivery=Delivery.DIGEST, mail__isnull=True, read_at__isnull=True
    )
    return rows.order_by("id")


def mails_waiting() -> Waiting:
    """Mails of the tenant that are due, and since when. One query."""
    due = Mail.objects.filter(due_at__lte=timezone.now())
    found = due.aggregate(count=Count("pk"), oldest_at=Min("due_at"))
    return Waiting(**found)
