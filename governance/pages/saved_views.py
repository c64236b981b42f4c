"""Saved views: one's own and shared ones on a page, saved, renamed, shared, deleted, restored."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from governance.errors import Conflict, Forbidden
from governance.pages.crumbs import status_of
from governance.people.choices import Permission
from governance.saved_views.models import NAME_LENGTH, PAGE_LENGTH, QUERY_LENGTH, SavedView
from governance.saved_views.registry import page_named, pages
from governance.saved_views.selectors import deleted_view, may_change, view_by_id, views_for
from governance.saved_views.services import (
    ViewDraft,
    saved_view_change,
    saved_view_create,
    saved_view_delete,
    saved_view_prefer,
    saved_view_restore,
)
from governance.ui.parts import Column, Crumb
from governance.web.forms import LineField, VersionedForm, refusals_in, seen_version
from governance.web.pages import Order, keyset_page
from governance.web.refusals import refusal_text
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from governance.web.views_bar import view_url

REGION = "views"
NEWEST_FIRST = Order("newest", "id", is_descending=True)
NAME_LABEL = gettext_lazy("Name")
SHARE_LABEL = gettext_lazy("Share with everybody in the tenant")


class NewViewForm(forms.Form):
    """A view to keep; page and address come from the page it is saved on."""

    page = LineField(max_length=PAGE_LENGTH, widget=forms.HiddenInput)
    query = LineField(max_length=QUERY_LENGTH, required=False, widget=forms.HiddenInput)
    name = LineField(label=NAME_LABEL, max_length=NAME_LENGTH)
    is_shared = forms.BooleanField(label=SHARE_LABEL, required=False)
    replaces = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def draft(self) -> ViewDraft:
        return ViewDraft(**self.cleaned_data)


class ViewForm(VersionedForm):
    """A view that exists."""

    name = LineField(label=NAME_LABEL, max_length=NAME_LENGTH)
    is_shared = forms.BooleanField(label=SHARE_LABEL, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_views(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All views one may open; saving one more comes here from the menu of its page."""
    if request.method != "POST":
        return _overview(request)
    form = NewViewForm(request.POST)
    is_taken = False
    if form.is_valid():
        try:
            with refusals_in(form):
                view = saved_view_create(draft=form.draft, by=request.actor)
                messages.success(request, _("The view «%(name)s» is saved.") % {"name": view.name})
                return redirect(view_url(view, request.tenant))
        except Forbidden as error:
            form.add_error("is_shared", refusal_text(error))
        is_taken = _is_taken(form, request)
    return _overview(request, form=form, is_taken=is_taken)


def _is_taken(form: NewViewForm, request: TenantRequest) -> bool:
    """Whether saving failed for the name alone: then the older view may be replaced."""
    text = refusal_text(Conflict("view_name_taken"))
    return text in form.non_field_errors()


def _overview(request: TenantRequest, **extra: Any) -> HttpResponse:
    by = request.actor
    page = keyset_page(views_for(by), order=NEWEST_FIRST, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "rows": [_row(view, request) for view in page.rows],
        "columns": [
            Column("name", _("View")),
            Column("page", _("Page")),
            Column("owner", _("Of")),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "may_share": by.may_anywhere(Permission.VIEW_SHARE),
        "restore_url": _restore_url(request),
        **extra,
    }
    status = status_of(extra["form"]) if "form" in extra else 200
    if request.method == "POST":
        return render(request, "governance/saved_views.html", context, status=status)
    return page_or_region(request, "governance/saved_views.html", context, region=REGION)


def _restore_url(request: TenantRequest) -> str:
    """Where the view that was just deleted is restored."""
    try:
        deleted = UUID(request.GET.get("deleted", ""))
    except ValueError:
        return ""
    return reverse("governance:saved-view-restore", args=[request.tenant.slug, deleted])


def _row(view: SavedView, request: TenantRequest) -> dict[str, Any]:
    known = page_named(view.page)
    return {
        "view": view,
        "url": view_url(view, request.tenant),
        "page": str(known.title) if known else view.page,
        "is_own": view.owner_id == request.actor.membership_id,
        "may_change": may_change(view, request.actor),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, tenant_slug: str, view_id: UUID) -> HttpResponse:
    """Rename a view, share it or not."""
    view = view_by_id(view_id, by=request.actor)
    if not may_change(view, request.actor):
        raise Forbidden
    if request.method == "POST":
        form = ViewForm(request.POST)
    else:
        form = ViewForm(
            initial={
                "seen_version": view.version,
                "name": view.name,
                "is_shared": view.is_shared,
            }
        )
    if form.is_bound and form.is_valid():
        fields = dict(form.cleaned_data)
        seen = fields.pop("seen_version")
        with refusals_in(form):
            changed = saved_view_change(
                view=view, seen_version=seen, fields=fields, by=request.actor
            )
            messages.success(request, _("The view «%(name)s» is saved.") % {"name": changed.name})
            return redirect("governance:saved-views", tenant_slug)
    own = Crumb(_("Saved views"), reverse("governance:saved-views", args=[tenant_slug]))
    context = {
        "view": view,
        "form": form,
        "may_share": request.actor.may_anywhere(Permission.VIEW_SHARE),
        "breadcrumbs": [own, Crumb(view.name)],
    }
    return render(request, "governance/saved_view_edit.html", context, status=status_of(form))


@require_POST
def delete(request: TenantRequest, tenant_slug: str, view_id: UUID) -> HttpResponse:
    """Delete a view; the page then offers to take that back."""
    view = view_by_id(view_id, by=request.actor)
    saved_view_delete(view=view, seen_version=seen_version(request.POST), by=request.actor)
    back = reverse("governance:saved-views", args=[tenant_slug])
    if view.owner_id == request.actor.membership_id:
        return redirect(f"{back}?deleted={view.public_id}")
    messages.success(request, _("The view «%(name)s» was deleted.") % {"name": view.name})
    return redirect(back)


@require_POST
def restore(request: TenantRequest, tenant_slug: str, view_id: UUID) -> HttpResponse:
    """Take the deletion of a view back."""
    view = deleted_view(view_id, by=request.actor)
    saved_view_restore(view=view, by=request.actor)
    messages.success(request, _("The view «%(name)s» is back.") % {"name": view.name})
    return redirect("governance:saved-views", tenant_slug)


@require_POST
def prefer(request: TenantRequest, tenant_slug: str, view_id: UUID) -> HttpResponse:
    """Let a page open with a view, or no more."""
    view = view_by_id(view_id, by=request.actor)
    is_preferred = request.POST.get("is_preferred", "1") != "0"
    saved_view_prefer(view=view, is_preferred=is_preferred, by=request.actor)
    page = pages().get(view.page)
    names = {"name": view.name, "page": str(page.title) if page else view.page}
    if is_preferred:
        messages.success(request, _("«%(page)s» now opens with «%(name)s».") % names)
    else:
        messages.success(request, _("«%(page)s» now opens without a view.") % names)
    return redirect("governance:saved-views", tenant_slug)
