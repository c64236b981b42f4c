"""The text of mails: one notice or the notices of a day, as text and as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.notifications.choices import MailForm, NoticeGroup
from governance.notifications.models import Mail, Notification
from governance.notifications.registry import Rendered, kind_of, reason, render
from governance.people.models import Membership
from governance.tenancy.models import Tenant
from governance.text import one_line

SUBJECT_LENGTH = 200
# More than anybody reads at one go; the inbox has the rest.
MOST_IN_DIGEST = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A notice as a mail shows it."""

    rendered: Rendered
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """The notices of one group."""

    label: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)


def language_of(person: Membership, tenant: Tenant) -> str:
    """The language in which a person is written to."""
    return person.user.language or tenant.language


def written(
    mail: Mail, notices: Sequence[Notification], tenant: Tenant, off_url: str
) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail in its recipient's language and the tenant's time zone.

    `off_url` turns off what the mail is about; empty where that must arrive.
    """
    language = language_of(mail.recipient, tenant)
    with translation.override(language), timezone.override(tenant.time_zone):
        sections = sections_of(notices[:MOST_IN_DIGEST], tenant)
        subject = subject_of(mail, notices)
        context = {
            "tenant": tenant,
            "person": mail.recipient,
            "language": language,
            "title": subject,
            "sections": sections,
            "left_out": max(0, len(notices) - MOST_IN_DIGEST),
            "inbox_url": address("governance:notifications", tenant.slug),
            "settings_url": address("governance:notification-settings", tenant.slug),
            "off_url": off_url,
            "is_digest": mail.form == MailForm.DIGEST,
        }
        text = render_to_string("mail/notices.txt", context)
        return subject, text, render_to_string("mail/notices.html", context)


def subject_of(mail: Mail, notices: Sequence[Notification]) -> str:
    """The subject in the active language."""
    if mail.form == MailForm.DIGEST:
        count = len(notices)
        text = ngettext("%(count)s new notification", "%(count)s new notifications", count)
        return text % {"count": count}
    title = render(notices[0].kind, notices[0].known_params).title if notices else _("Notice")
    return one_line(title)[:SUBJECT_LENGTH]


def sections_of(notices: Iterable[Notification], tenant: Tenant) -> list[Section]:
    """Notices by group, escalations first, in the order in which they came."""
    order = {group: place for place, group in enumerate(NoticeGroup)}
    placed = sorted(notices, key=lambda row: (order[group_of(row)], row.pk))
    return [
        Section(str(group.label), [item_of(row, tenant) for row in rows])
        for group, rows in groupby(placed, key=group_of)
    ]


def group_of(notice: Notification) -> NoticeGroup:
    """What a notice is about; a kind that is gone stands with the set-up, last."""
    kind = kind_of(notice.kind)
    return kind.group if kind else NoticeGroup.SET_UP


def item_of(notice: Notification, tenant: Tenant) -> Item:
    """One notice in the active language."""
    return Item(
        rendered=render(notice.kind, notice.known_params),
        url=address("governance:notification", tenant.slug, notice.public_id),
        why=reason(notice.kind, notice.known_params),
    )


def address(name: str, *args: object) -> str:
    """An absolute address, good outside the product."""
    return settings.PUBLIC_URL + reverse(name, args=args)
