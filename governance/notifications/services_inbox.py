"""Reading one's own notices, and taking that back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.notifications.models import Notification
from governance.notifications.selectors import notice_by_id, notices_of
from governance.people.actor import Actor


@dataclass(frozen=True, slots=True)
class ReadAll:
    """How many notices were marked read, and at which moment: by it they are unread again."""

    count: int
    read_at: datetime


@transaction.atomic
def notice_read(*, notice_id: UUID, by: Actor, is_read: bool = True) -> Notification:
    """Mark one of one's own notices read, or unread again; raises `NotVisible`.

    A notice that is read is left out of the mail that it still waits for.
    """
    by.require_writing()
    row = notice_by_id(notice_id, by=by)
    if (row.read_at is not None) is not is_read:
        row.read_at = timezone.now() if is_read else None
        Notification.objects.filter(pk=row.pk).update(read_at=row.read_at)
    return row


@transaction.atomic
def notices_read_all(*, kind: str = "", by: Actor) -> ReadAll:
    """Mark all unread notices read, or those of one kind."""
    by.require_writing()
    moment = timezone.now()
    unread = notices_of(by, unread=True, kind=kind).order_by("id")
    ids = list(unread.values_list("pk", flat=True))
    Notification.objects.filter(pk__in=ids).update(read_at=moment)
    return ReadAll(len(ids), moment)


@transaction.atomic
def notices_unread_again(*, read_at: datetime, by: Actor) -> int:
    """Take back that one's own notices were read at this very moment; how many were."""
    by.require_writing()
    mine = notices_of(by).filter(read_at=read_at).order_by("id")
    ids = list(mine.values_list("pk", flat=True))
    Notification.objects.filter(pk__in=ids).update(read_at=None)
    return len(ids)
