"""How to break each constraint of notices and mails."""

import uuid
from datetime import UTC, datetime

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.notifications.choices import MailForm
from governance.notifications.models import Mail, NoticeChoice, NoticeHours, Notification
from governance.notifications.services import mail_drawn
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def mail(house: House) -> Mail:
    row = mail_drawn(
        recipient=house.people["owner"], form=MailForm.NOTICE, key="notice:k", due_at=NOW
    )
    row.save()
    return row


def sent(house: House) -> Mail:
    row = mail(house)
    row.state, row.due_at, row.settled_at, row.tries = "sent", None, NOW, 1
    row.save()
    return row


def notice(house: House) -> Notification:
    row: Notification = Notification.objects.create(
        recipient=house.people["owner"], kind="test", key="k", delivery="at_once"
    )
    return row


def choice(house: House) -> NoticeChoice:
    _told(house)
    row: NoticeChoice = NoticeChoice.objects.create(
        membership=house.people["owner"], kind="test", delivery="off"
    )
    return row


def hours(house: House) -> NoticeHours:
    _told(house)
    row: NoticeHours = NoticeHours.objects.create(membership=house.people["owner"])
    return row


def _told(house: House) -> None:
    record(AuditAction.NOTICE_CHOSEN, subject=Subject("membership", "x", "x"), by=house.system())


def other(**values: object) -> Breaker:
    """The mail a second time, under ids of its own."""
    own = {
        "public_id": lambda _h: uuid.uuid4(),
        "message_id": "<other@localhost>",
        "key": "notice:other",
    }
    return copies(mail, **{**own, **values})


VIOLATIONS: dict[str, Breaker] = {
    "governance_mail_id": copies(mail, message_id="<other@localhost>", key="notice:other"),
    "governance_mail_once": other(key="notice:k"),
    "governance_mail_message_id": copies(
        mail, public_id=lambda _h: uuid.uuid4(), key="notice:other"
    ),
    "governance_mail_state": other(state="maybe", due_at=None, settled_at=NOW),
    "governance_mail_form": other(form="letter"),
    "governance_mail_due_while_open": other(due_at=None),
    "governance_mail_says_why": other(state="failed", due_at=None, settled_at=NOW),
    "governance_mail_is_kept": sets(mail, message_id="<other@localhost>"),
    "governance_notice_choice_once": copies(choice),
    "governance_notice_choice_delivery": sets(choice, delivery="pigeon"),
    "governance_notice_hours_once": copies(hours),
    "governance_notice_hours_begin_and_end": sets(hours, quiet_from=None),
    "governance_notice_hours_digest": sets(hours, digest_hour=24),
    "governance_notification_id": copies(notice, key="other"),
    "governance_notification_once": copies(notice, public_id=lambda _h: uuid.uuid4()),
    "governance_notification_delivery": sets(notice, delivery="pigeon"),
    "governance_notification_off_has_no_mail": sets(notice, delivery="off", mail=mail),
}
AGAIN: dict[str, tuple[str, Breaker]] = {
    "sending a mail again": (
        "governance_mail_is_kept",
        sets(sent, state="waiting", due_at=NOW, settled_at=None),
    ),
    "counting a mail's tries back": ("governance_mail_is_kept", sets(sent, tries=0)),
    "giving a mail to somebody else": (
        "governance_mail_is_kept",
        sets(mail, recipient=lambda h: h.people["pmo"]),
    ),
    "forgetting why a mail was dropped": (
        "governance_mail_says_why",
        other(state="dropped", due_at=None, settled_at=NOW),
    ),
    "a mail that was sent and is due": (
        "governance_mail_due_while_open",
        other(state="sent", settled_at=NOW),
    ),
}
