"""Master data: lists by kind, adding, renaming, deactivating; of forums the members."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import NotVisible
from governance.history import history_of
from governance.masterdata.choices import KIND_LABELS, Seat, Shown
from governance.masterdata.models import KINDS, Forum, ForumMember, MasterData
from governance.masterdata.selectors import master_datum, seats_of
from governance.masterdata.services import (
    CODE_LENGTH,
    NAME_LENGTH,
    forum_set_quorum,
    master_data_create,
    master_data_rename,
    master_data_set_active,
    master_data_subject,
)
from governance.masterdata.services_seats import confirm_refusal, sits_in
from governance.pages.crumbs import status_of
from governance.pages.sources import ENTRIES
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.selectors import live_memberships
from governance.ui.parts import Column, Crumb, Tab
from governance.web.forms import (
    LineField,
    VersionedForm,
    refusals_in,
    seen_version,
)
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

PAGE_SIZE = 50
SUGGESTIONS = 500


class EntryForm(forms.Form):
    """A new entry."""

    code = LineField(
        label=gettext_lazy("Code"),
        max_length=CODE_LENGTH,
        help_text=gettext_lazy("Short and stable, such as BU-01; it cannot be changed later."),
    )
    name = LineField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)


class RenameForm(VersionedForm):
    """Another name for an entry."""

    name = LineField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)


class ForumForm(RenameForm):
    """A forum's name and quorum."""

    quorum = forms.IntegerField(
        label=gettext_lazy("Quorum"),
        min_value=1,
        max_value=99,
        help_text=gettext_lazy("So many members must take part for a decision to count."),
    )


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat, and why this reader may not confirm it while it waits (empty if he may)."""

    seat: ForumMember
    refusal: str


class SeatForm(forms.Form):
    """A seat for somebody."""

    person = forms.CharField(
        label=gettext_lazy("Person (e-mail)"),
        max_length=254,
        widget=forms.EmailInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    seat = forms.ChoiceField(label=gettext_lazy("Seat"), choices=Seat.choices, initial=Seat.MEMBER)


@require_safe
def overview(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Master data opens on its first list."""
    return redirect("governance:master-data-list", tenant_slug, next(iter(KINDS)))


@require_http_methods(["GET", "HEAD", "POST"])
def entries(request: TenantRequest, tenant_slug: str, kind: str) -> HttpResponse:
    """One list with its filter, and the form that adds to it."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    if kind not in KINDS:
        raise NotVisible
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            row = master_data_create(model=KINDS[kind], by=by, **form.cleaned_data)
            messages.success(request, _("%(name)s was added.") % {"name": row.name})
            return redirect("governance:master-data-list", tenant_slug, kind)
    chosen = ENTRIES[kind].choose(request.GET, by)
    data = chosen.form.data
    cursor = request.GET.get("cursor", "")
    context = {
        "kind": kind,
        "title": KIND_LABELS[kind],
        "tabs": tabs(tenant_slug, kind),
        "form": form,
        "filter": chosen.form,
        "offers": offers(request, kind),
        "active": int(bool(data.get("q"))) + int(data.get("shown", "") not in {"", Shown.ALL}),
        "page": keyset_page(chosen.rows, order=chosen.order, cursor=cursor, limit=PAGE_SIZE),
        "columns": [Column("name", _("Name")), Column("state", _("State"))],
        "refusal": refusal(by),
    }
    return page_or_region(
        request, "governance/master_data.html", context, region="entries", status=status_of(form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: TenantRequest, tenant_slug: str, kind: str, code: str) -> HttpResponse:
    """One entry: its name, its state, its history; of a forum, its quorum and seats as well."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    row = master_datum(kind, code)
    is_forum = isinstance(row, Forum)
    form_class = ForumForm if is_forum else RenameForm
    form = form_class(request.POST or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            save_entry(row, form.cleaned_data, by)
            messages.success(request, _("Saved."))
            return redirect("governance:master-data-entry", tenant_slug, kind, code)
    return entry_page(request, kind, row, form, SeatForm())


def save_entry(row: MasterData, data: dict[str, Any], by: Actor) -> None:
    """Name, and of a forum the quorum: two facts, each with its own event."""
    saved = master_data_rename(row=row, name=data["name"], seen_version=data["seen_version"], by=by)
    if isinstance(saved, Forum):
        forum_set_quorum(forum=saved, quorum=data["quorum"], seen_version=saved.version, by=by)


@require_http_methods(["GET", "HEAD", "POST"])
def set_active(request: TenantRequest, tenant_slug: str, kind: str, code: str) -> HttpResponse:
    """Ask whether to deactivate or activate, then do it."""
    by = request.actor
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    row = master_datum(kind, code)
    if request.method == "POST":
        version = seen_version(request.POST)
        is_active = request.POST.get("is_active") == "1"
        master_data_set_active(row=row, is_active=is_active, seen_version=version, by=by)
        text = _("%(name)s is active again.") if is_active else _("%(name)s is inactive now.")
        messages.success(request, text % {"name": row.name})
        return redirect("governance:master-data-entry", tenant_slug, kind, code)
    context = {"kind": kind, "row": row, "breadcrumbs": crumbs(tenant_slug, kind, row)}
    return render(request, "governance/master_data_active.html", context)


def entry_page(
    request: TenantRequest, kind: str, row: MasterData, form: forms.Form, seat_form: SeatForm
) -> HttpResponse:
    """Render one entry; the forms carry what was typed and what was refused."""
    subject = master_data_subject(row)
    is_forum = isinstance(row, Forum)
    context = {
        "kind": kind,
        "row": row,
        "form": form,
        "refusal": refusal(request.actor),
        "is_forum": is_forum,
        "seats": seat_rows(row, request.actor) if isinstance(row, Forum) else [],
        "seat_form": seat_form,
        "seat_columns": [
            Column("person", _("Person")),
            Column("seat", _("Seat")),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "people": live_memberships()[:SUGGESTIONS] if is_forum else [],
        "history": history_of(subject.type, subject.key, request.GET.get("history_cursor", "")),
        "breadcrumbs": crumbs(request.tenant.slug, kind, row),
    }
    status = status_of(form, seat_form)
    return render(request, "governance/master_data_entry.html", context, status=status)


def seat_rows(forum: Forum, by: Actor) -> list[SeatRow]:
    """Who sits in a forum, and why this reader may not confirm what waits; two queries (S6)."""
    sits = sits_in(forum, by)
    return [SeatRow(seat, str(confirm_refusal(seat, by, sits=sits))) for seat in seats_of(forum)]


def initial_of(row: MasterData) -> dict[str, Any]:
    initial = {"seen_version": row.version, "name": row.name}
    return initial | {"quorum": row.quorum} if isinstance(row, Forum) else initial


def refusal(by: Actor) -> str:
    """Why this person may not change master data; empty if they may."""
    if by.may_anywhere(Permission.MASTER_DATA_MANAGE):
        return ""
    return _("Changing master data needs the role Administrator or Transformation office (PMO).")


def tabs(tenant_slug: str, current: str) -> list[Tab]:
    return [
        Tab(
            str(label),
            reverse("governance:master-data-list", args=[tenant_slug, kind]),
            is_current=kind == current,
        )
        for kind, label in KIND_LABELS.items()
    ]


def crumbs(tenant_slug: str, kind: str, row: MasterData) -> list[Crumb]:
    url = reverse("governance:master-data-list", args=[tenant_slug, kind])
    return [Crumb(_("Master data"), url), Crumb(str(KIND_LABELS[kind]), url), Crumb(row.name)]
