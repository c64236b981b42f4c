"""Sending mails: claimed by one worker, sent, and noted; tried again where the server is away.

What a worker does with one mail stands in transactions of its own, since nothing is held while a
server answers. Killed after the server took the mail and before that is noted, another worker
sends it again when the claim runs out, under the same Message-ID and with the same text.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.selectors import zone_of
from governance.errors import Conflict, NotVisible, Stale
from governance.notifications.choices import (
    FINAL,
    Delivery,
    DropReason,
    MailForm,
    MailState,
)
from governance.notifications.letters import Letter, written
from governance.notifications.models import REASON_LENGTH, Mail, Notification
from governance.notifications.post import Post, fault_of, said
from governance.notifications.registry import kind_of
from governance.notifications.rules import (
    LEASE,
    TEXTS_KEPT,
    Fault,
    is_given_up,
    quiet_until,
    wait_until_next,
)
from governance.notifications.selectors import (
    deliveries_of,
    hours_of,
    mail_by_id,
    mail_of,
    notices_in,
)
from governance.notifications.unsubscribing import off_headers, off_url_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.selectors import live_memberships
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

log = logging.getLogger(__name__)
FINENESS = 1_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that this worker may send until the claim runs out; `tries` says whose claim it is."""

    mail_id: int
    tries: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run ended: mails sent, and whether the mail server is away."""

    count: int
    is_away: bool = False


def mails_send(tenant_id: int, *, post: Post, most: int = 50) -> Sent:
    """Send due mails of one tenant, the longest due first; stops once the server is away.

    Safe to run side by side: each mail is claimed by one worker. Needs no transaction around it.
    """
    count = 0
    for _mail in range(most):
        claim = _claimed(tenant_id, timezone.now())
        if claim is None:
            break
        fault = _sent(tenant_id, claim, post)
        if fault is Fault.AWAY:
            return Sent(count, is_away=True)
        count += fault is None
    return Sent(count)


def _sent(tenant_id: int, claim: Claim, post: Post) -> Fault | None:
    """Write one mail and hand it over; what went wrong, if anything did."""
    try:
        letter = _written(tenant_id, claim)
        if letter is not None:
            post(letter)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with one mail must not stop the others
        fault, text = fault_of(error), said(error, most=REASON_LENGTH)
        log.warning("mail %s of tenant %s: %s", claim.mail_id, tenant_id, text)
        _settle(tenant_id, claim, fault, text)
        return fault
    _settle(tenant_id, claim, None, "")
    return None


def _claimed(tenant_id: int, now: datetime) -> Claim | None:
    """The next mail to be sent, claimed for a while; None where nothing is due.

    On the way, mails that nobody wants any more are dropped, and those in quiet hours wait.
    """
    while True:
        with tenant_transaction(tenant_id):
            due = Mail.objects.filter(due_at__lte=now).order_by("due_at", "id")
            mail: Mail | None = due.select_for_update(
                skip_locked=True, of=("self",), no_key=True
            ).first()
            if mail is None:
                return None
            if _is_ready(mail, tenant_id, now):
                mail.state, mail.due_at = MailState.SENDING, now + LEASE
                mail.tries += 1
                mail.round_tries += 1
                mail.save()
                return Claim(mail.pk, mail.tries)
            mail.save()


def _is_ready(mail: Mail, tenant_id: int, now: datetime) -> bool:
    """Whether a mail is to be sent now; one that is not is changed to say why."""
    is_lost = mail.state == MailState.SENDING
    if is_lost and is_given_up(Fault.LOST, mail.round_tries):
        _end(mail, MailState.FAILED, "The worker ended in the middle of it.", now)
        return False
    # What a server may have taken already is repeated, whatever has changed since.
    if not is_lost and (reason := _unwanted(mail)):
        _end(mail, MailState.DROPPED, reason, now)
        return False
    zone = zone_of(Tenant.objects.get(pk=tenant_id))
    until = quiet_until(now, hours_of([mail.recipient_id])[mail.recipient_id], zone)
    if until is not None:
        mail.state, mail.due_at = MailState.WAITING, until
    return until is None


def _unwanted(mail: Mail) -> DropReason | None:
    """Why nobody wants a mail any more; None where somebody does."""
    if not live_memberships().filter(pk=mail.recipient_id).exists():
        return DropReason.HAS_LEFT
    rows = notices_in(mail)
    unread = [row for row in rows if row.read_at is None]
    if not unread:
        return DropReason.WAS_READ
    if mail.form == MailForm.NOTICE and all(_is_off(row) for row in unread):
        return DropReason.IS_OFF
    return None


def _is_off(notice: Notification) -> bool:
    kind = kind_of(notice.kind)
    recipient = notice.recipient_id
    return kind is not None and deliveries_of(kind, [recipient])[recipient] is Delivery.OFF


def _written(tenant_id: int, claim: Claim) -> Letter | None:
    """The mail as it goes out, kept so that a repeat says the same; None where it is gone."""
    with tenant_transaction(tenant_id):
        mail = mail_of(claim.mail_id)
        tenant = Tenant.objects.get(pk=tenant_id)
        rows = notices_in(mail)
        off_url = off_url_of(mail, rows, tenant)
        if not mail.text:
            unread = [row for row in rows if row.read_at is None] or rows
            mail.subject, mail.text, mail.html = written(mail, unread, tenant, off_url)
        mail.address = mail.recipient.email
        mail.save(update_fields=["subject", "text", "html", "address"])
        return Letter(
            message_id=mail.message_id,
            to=mail.address,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            headers=off_headers(off_url),
        )


def _settle(tenant_id: int, claim: Claim, fault: Fault | None, text: str) -> None:
    """Note how a try ended, unless the claim ran out and another worker has the mail."""
    now = timezone.now()
    with tenant_transaction(tenant_id):
        mail: Mail | None = (
            Mail.objects.lock()
            .filter(pk=claim.mail_id, tries=claim.tries, state=MailState.SENDING)
            .first()
        )
        if mail is None:
            return
        if fault is None:
            _end(mail, MailState.SENT, "", now)
        elif is_given_up(fault, mail.round_tries):
            _end(mail, MailState.FAILED, text, now)
            log.error("mail %s failed after %s tries: %s", mail, mail.tries, text)
        else:
            luck = secrets.randbelow(FINENESS) / FINENESS
            mail.state, mail.reason = MailState.WAITING, text
            mail.due_at = now + wait_until_next(mail.round_tries, luck)
        mail.version += 1
        mail.save()


def _end(mail: Mail, state: MailState, reason: str, now: datetime) -> None:
    mail.state, mail.reason, mail.due_at, mail.settled_at = state, reason, None, now


def texts_forget(*, now: datetime | None = None) -> int:
    """Empty the texts of mails of the active tenant that went long ago; how many.

    That they went, to whom and when is kept; what people were told stands in their notices.
    """
    before = (now or timezone.now()) - TEXTS_KEPT
    old = Mail.objects.filter(state__in=FINAL, settled_at__lt=before).exclude(text="")
    count: int = old.update(text="", html="")
    return count


# --- what people decide -------------------------------------------------------------------------


@transaction.atomic
def mail_retry(*, mail_id: UUID, seen_version: int, by: Actor) -> Mail:
    """Have a failed mail tried again, under its Message-ID.

    Raises `Forbidden`, `NotVisible`, `Stale` and `Conflict("mail_not_failed")`.
    """
    by.require_anywhere(Permission.TENANT_MANAGE)
    mail: Mail | None = Mail.objects.lock().filter(public_id=mail_id).first()
    if mail is None:
        raise NotVisible
    if mail.version != seen_version:
        raise Stale(seen_version, mail.version)
    if mail.state != MailState.FAILED:
        raise Conflict("mail_not_failed")
    mail.state, mail.due_at, mail.settled_at = MailState.WAITING, timezone.now(), None
    mail.round_tries = 0
    mail.version += 1
    mail.save()
    found = mail_by_id(mail_id)
    subject = Subject("mail", str(mail.public_id), found.address or found.recipient.email)
    record(AuditAction.MAIL_RETRIED, subject=subject, by=by)
    return found
