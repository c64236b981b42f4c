"""Mails of the tenant: those that failed, with another try; in the demo every one, to be read."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import NotVisible
from governance.notifications.choices import OPEN, MailState
from governance.notifications.models import Mail
from governance.notifications.selectors import mail_by_id, mail_counts, mails_in
from governance.notifications.services_mails import mail_retry
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb, Tab
from governance.web.forms import seen_version
from governance.web.pages import Order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION = "mails"
PAGE_SIZE = 30
NEWEST_FIRST = Order("newest", "id", is_descending=True)
# What each tab shows; the first one is shown where none is asked for.
SHOWN: dict[str, tuple[MailState, ...]] = {
    "failed": (MailState.FAILED,),
    "waiting": OPEN,
    "sent": (MailState.SENT,),
    "dropped": (MailState.DROPPED,),
}
TONES = {
    MailState.WAITING: "amber",
    MailState.SENDING: "primary",
    MailState.SENT: "green",
    MailState.FAILED: "red",
    MailState.DROPPED: "neutral",
}


def mailbox_is_open() -> bool:
    """Whether texts of mails are shown here: only where none leaves the machine, as in the demo."""
    backend: str = settings.EMAIL_BACKEND
    return backend.endswith("filebased.EmailBackend")


@require_safe
def mail_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Mails by where they stand, newest first."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    usual = "sent" if mailbox_is_open() else "failed"
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else usual
    page = keyset_page(
        mails_in(SHOWN[shown]),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "page": page,
        "rows": [{"mail": row, "tone": TONES[row.known_state]} for row in page.rows],
        "shown": shown,
        "tabs": _tabs(tenant_slug, shown),
        "is_open": mailbox_is_open(),
        "columns": [
            Column("person", _("Recipient")),
            Column("subject", _("Subject")),
            Column("state", _("State")),
            Column("tries", _("Tries"), numeric=True),
            Column("when", _("When")),
        ],
    }
    return page_or_region(request, "governance/mails.html", context, region=REGION)


def _tabs(tenant_slug: str, shown: str) -> list[Tab]:
    address, counts = reverse("governance:mails", args=[tenant_slug]), mail_counts()
    words = {
        "failed": _("Failed"),
        "waiting": _("Waiting"),
        "sent": _("Sent"),
        "dropped": _("Not sent"),
    }
    return [
        Tab(
            words[name], f"{address}?show={name}", name == shown, sum(counts[one] for one in states)
        )
        for name, states in SHOWN.items()
    ]


@require_safe
def mail(request: TenantRequest, tenant_slug: str, mail_id: UUID) -> HttpResponse:
    """One mail: how its sending went and, where no mail leaves the machine, what it says."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    row = mail_by_id(mail_id)
    failed = row.state == MailState.FAILED
    context = {
        "row": row,
        "tone": TONES[row.known_state],
        "is_open": mailbox_is_open(),
        "refusal": "" if failed else _("Only a mail that failed is tried again."),
        "title": _title(row),
        "breadcrumbs": _crumbs(tenant_slug, _title(row)),
    }
    return render(request, "governance/mail.html", context)


def _title(row: Mail) -> str:
    """The subject where it may be read, else whom the mail is for."""
    if mailbox_is_open() and row.subject:
        return row.subject
    return _("Mail to %(person)s") % {"person": row.recipient.name}


def _crumbs(tenant_slug: str, title: str) -> list[Crumb]:
    return [Crumb(_("Mails"), reverse("governance:mails", args=[tenant_slug])), Crumb(title)]


@require_safe
def mail_html(request: TenantRequest, tenant_slug: str, mail_id: UUID) -> HttpResponse:
    """The HTML of a mail as a document of its own that may run and load nothing."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    row = mail_by_id(mail_id)
    if not mailbox_is_open() or not row.html:
        raise NotVisible
    response = HttpResponse(row.html)
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
        " allow-popups allow-popups-to-escape-sandbox"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: TenantRequest, tenant_slug: str, mail_id: UUID) -> HttpResponse:
    """Ask whether to have a failed mail tried again, then do it."""
    by = request.actor
    by.require_anywhere(Permission.TENANT_MANAGE)
    row = mail_by_id(mail_id)
    if request.method == "POST":
        mail_retry(mail_id=mail_id, seen_version=seen_version(request.POST), by=by)
        messages.success(request, _("The mail is tried again within seconds."))
        return redirect("governance:mail", tenant_slug, mail_id)
    context = {
        "row": row,
        "question": {
            "title": _("Try the mail to %(person)s again?") % {"person": row.recipient.name},
            "text": _(
                "It goes under the same Message-ID, so that one which came twice shows once."
            ),
            "label": _("Try again"),
        },
        "breadcrumbs": _crumbs(tenant_slug, _title(row)),
    }
    return render(request, "governance/mail_confirm.html", context)
