"""Telling people something: one notice per person and key, with its mail where it does not wait."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.audit.rules import plain
from governance.events.rules import secret_names
from governance.events.services import SecretInEvent
from governance.notifications.choices import Delivery, MailForm
from governance.notifications.models import Mail, Notification
from governance.notifications.registry import NoticeKind, kind_of
from governance.notifications.selectors import deliveries_of
from governance.people.actor import Actor
from governance.people.selectors import live_memberships
from governance.tenancy.context import active_tenant_id

# Recipients in a fixed order: two transactions that tell the same people wait, never lock each
# other out.
WRITE = """
INSERT INTO governance_notification
  (tenant_id, public_id, recipient_id, kind, key, params, delivery, caused_by_id)
SELECT %s, gen_random_uuid(), r.recipient, %s, %s, %s::jsonb, r.delivery, %s
FROM json_to_recordset(%s::json) AS r(recipient bigint, delivery text)
ORDER BY r.recipient
ON CONFLICT (tenant_id, recipient_id, key) DO NOTHING
RETURNING id, recipient_id, delivery
"""


class UnknownKind(LookupError):
    """A notice of a kind that no app registered."""


@transaction.atomic
def notify(*, kind: str, to: Iterable[int], key: str, params: Mapping[str, Any], by: Actor) -> int:
    """Tell memberships something, in the caller's transaction; how many had not been told yet.

    A person is told once per `key`, whoever finds it out how often. Who has left, has run out or
    is not of this tenant is passed over. Whom a notice may name is the caller's to decide: `to`
    holds ids of people who may see what it is about. Raises `UnknownKind`, and `SecretInEvent`
    where a name in `params` says that it is a password or a token, since notices stand in tables.
    """
    known = kind_of(kind)
    if known is None:
        raise UnknownKind(kind)
    if names := secret_names(params):
        raise SecretInEvent(f"{kind} carries {', '.join(names)}")
    people = list(live_memberships().filter(pk__in=list(to)).values_list("pk", flat=True))
    if not people:
        return 0
    written = _written(known, people, key, params, by)
    at_once = [(pk, person) for pk, person, delivery in written if delivery == Delivery.AT_ONCE]
    if at_once:
        _mail(at_once, key)
    return len(written)


def notices_settle(*, keys: Iterable[str]) -> int:
    """Mark as read what nobody needs to do any more, whoever was told; how many.

    In the caller's transaction. What is read is left out of the mails that it still waits for.
    """
    unread = Notification.objects.filter(key__in=list(keys), read_at__isnull=True).order_by("id")
    ids = list(unread.values_list("pk", flat=True))
    count: int = Notification.objects.filter(pk__in=ids).update(read_at=timezone.now())
    return count


def _written(
    kind: NoticeKind, people: Sequence[int], key: str, params: Mapping[str, Any], by: Actor
) -> list[tuple[int, int, str]]:
    """The notices that were new: their ids, recipients and deliveries."""
    deliveries = deliveries_of(kind, people)
    told = [{"recipient": pk, "delivery": deliveries[pk].value} for pk in people]
    said = json.dumps(plain(params), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [active_tenant_id(), kind.code, key, said, by.membership_id, json.dumps(told)],
        )
        return list(cursor.fetchall())


def _mail(notices: Sequence[tuple[int, int]], key: str) -> None:
    """A mail for each notice that does not wait, due now."""
    now = timezone.now()
    mails = [
        mail_drawn(recipient_id=person, form=MailForm.NOTICE, key=f"notice:{key}", due_at=now)
        for _notice, person in notices
    ]
    Mail.objects.insert_many(mails)
    pairs = [(notice, mail.pk) for (notice, _person), mail in zip(notices, mails, strict=True)]
    Notification.objects.update_records(["mail"], pairs)


def mail_drawn(**values: Any) -> Mail:
    """A mail that waits, not yet saved; its Message-ID is fixed from now on."""
    public_id = uuid4()
    return Mail(public_id=public_id, message_id=message_id_of(public_id), **values)


def message_id_of(public_id: UUID) -> str:
    """The Message-ID of a mail, with the host that people know the product by."""
    return f"<{public_id}@{urlsplit(settings.PUBLIC_URL).hostname}>"
