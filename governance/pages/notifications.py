"""The inbox: what one was told, opening and reading it, and taking that back."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from governance.notifications.choices import NoticeGroup
from governance.notifications.letters import group_of
from governance.notifications.models import Notification
from governance.notifications.registry import kinds, reason, render
from governance.notifications.selectors import MOST_COUNTED, notice_by_id, notices_of
from governance.notifications.services_inbox import (
    notice_read,
    notices_read_all,
    notices_unread_again,
)
from governance.ui.parts import Tab
from governance.web.pages import Order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION = "notices"
PAGE_SIZE = 30
NEWEST_FIRST = Order("newest", "id", is_descending=True)
UNREAD, ALL = "unread", "all"
ICONS = {
    NoticeGroup.ESCALATIONS: "alert-triangle",
    NoticeGroup.EXCEPTIONS: "alert-circle",
    NoticeGroup.DECISIONS: "gavel",
    NoticeGroup.RHYTHM: "calendar",
    NoticeGroup.FIGURES: "chart-bar",
    NoticeGroup.SET_UP: "settings",
}
TONES = {NoticeGroup.ESCALATIONS: "red", NoticeGroup.EXCEPTIONS: "amber"}


def kind_choices() -> list[tuple[str, Any]]:
    """Every kind under its group, and all of them."""
    found: list[tuple[str, Any]] = [("", _("All kinds"))]
    for group in NoticeGroup:
        own = [(kind.code, kind.label) for kind in kinds() if kind.group is group]
        if own:
            found.append((str(group.label), own))
    return found


class NoticeFilter(forms.Form):
    """What the inbox is narrowed by; read from the address."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=kind_choices)


@require_http_methods(["GET", "HEAD"])
def notifications(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What one was told, newest first: what is unread, or all of it."""
    shown = ALL if request.GET.get("show") == ALL else UNREAD
    form = NoticeFilter(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    page = keyset_page(
        notices_of(request.actor, unread=shown == UNREAD, kind=kind),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    address = reverse("governance:notifications", args=[tenant_slug])
    context = {
        "page": page,
        "lines": [_line(row) for row in page.rows],
        "shown": shown,
        "form": form,
        "kind": kind,
        "tabs": _tabs(address, shown, kind, request.unread),
        "reset_url": f"{address}?show={shown}",
        "back": f"?{urlencode({'show': shown, 'kind': kind} if kind else {'show': shown})}",
        "read_at": _moment(request.GET.get("read_at", "")),
    }
    return page_or_region(request, "governance/notifications.html", context, region=REGION)


def _tabs(address: str, shown: str, kind: str, unread: int) -> list[Tab]:
    narrowed = f"&kind={kind}" if kind else ""
    count = min(unread, MOST_COUNTED)
    return [
        Tab(_("Unread"), f"{address}?show={UNREAD}{narrowed}", shown == UNREAD, count),
        Tab(_("All"), f"{address}?show={ALL}{narrowed}", shown == ALL),
    ]


def _line(row: Notification) -> dict[str, Any]:
    """One notice in the reader's language."""
    group = group_of(row)
    return {
        "row": row,
        "rendered": render(row.kind, row.known_params),
        "why": reason(row.kind, row.known_params),
        "icon": ICONS[group],
        "tone": TONES.get(group, "blue"),
        "group": group.label,
    }


def _moment(text: str) -> datetime | None:
    """The moment at which everything was marked read, for taking that back."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@require_http_methods(["GET", "HEAD"])
def notification(request: TenantRequest, tenant_slug: str, notice_id: UUID) -> HttpResponse:
    """Lead to what a notice is about; whoever opens it has read it."""
    row = notice_by_id(notice_id, by=request.actor)
    if request.method == "GET":
        notice_read(notice_id=notice_id, by=request.actor)
    path = render(row.kind, row.known_params).path
    home = reverse("tenant-home", args=[tenant_slug])
    return redirect(f"{home}{path.lstrip('/')}" if path else _inbox(request))


@require_POST
def mark(request: TenantRequest, tenant_slug: str, notice_id: UUID) -> HttpResponse:
    """Mark one notice read, or unread again, and show the list as it was."""
    is_read = request.POST.get("is_read", "1") != "0"
    notice_read(notice_id=notice_id, is_read=is_read, by=request.actor)
    return redirect(_inbox(request))


@require_POST
def read_all(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Mark everything that is unread as read, of one kind or of all; it can be taken back."""
    form = NoticeFilter(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    done = notices_read_all(kind=kind, by=request.actor)
    if not done.count:
        return redirect(_inbox(request))
    text = ngettext(
        "%(count)s notification was marked read.",
        "%(count)s notifications were marked read.",
        done.count,
    )
    messages.success(request, text % {"count": done.count})
    return redirect(_inbox(request, read_at=done.read_at.isoformat()))


@require_POST
def unread_again(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Take back that everything was marked read."""
    moment = _moment(request.POST.get("read_at", ""))
    if moment is not None and notices_unread_again(read_at=moment, by=request.actor):
        messages.success(request, _("They are unread again."))
    return redirect(_inbox(request))


def _inbox(request: TenantRequest, **more: str) -> str:
    """The inbox as the address that was posted to narrows it."""
    query = request.GET.copy()
    for name in ("cursor", "read_at"):
        query.pop(name, None)
    query.update(more)
    address = reverse("governance:notifications", args=[request.tenant.slug])
    return f"{address}?{query.urlencode()}" if query else address
