"""Changing many measures: choosing the values, seeing what changes, writing, undoing."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance.templatetags.ui import day
from governance.ui.parts import Choice as Link
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in, seen_version
from governance.web.pages import keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.bulk.choices import BulkRowState, BulkState
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import DATES, MOST_MEASURES
from initiatives.bulk.selectors import (
    BY_POSITION,
    NEWEST_FIRST,
    Counts,
    counts_of,
    edit_by_id,
    edits_of,
    rows_in,
)
from initiatives.bulk.services.asking import (
    BulkDraft,
    bulk_edit_apply,
    bulk_edit_check,
    bulk_edit_prepare,
    bulk_edit_undo,
    offered_to,
    require_bulk,
)
from initiatives.pages.bulk_forms import BulkForm, Choice
from initiatives.pages.columns import LABELS

REGION = "bulk-edit"
TONES = {
    BulkRowState.READY: "blue",
    BulkRowState.WRITTEN: "green",
    BulkRowState.UNDONE: "amber",
    BulkRowState.REFUSED: "red",
    BulkRowState.KEPT: "red",
}
PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_edit_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Choose new values for the measures that were chosen on the list."""
    by = request.actor
    require_bulk(by)
    given = request.POST if request.method == "POST" else request.GET
    choice = Choice.of(given)
    form = BulkForm(request.POST if request.method == "POST" else None, offered=offered_to(by))
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            draft = BulkDraft(
                choice.ids(by), form.values, choice.query, form.cleaned_data["voids_requests"]
            )
            edit = bulk_edit_prepare(draft=draft, by=by)
            return redirect("initiatives:bulk-edit", tenant_slug, edit.public_id)
    count = choice.count(by)
    context = {
        "form": form,
        "choice": choice,
        "count": count,
        "is_too_many": count > MOST_MEASURES,
        "most": MOST_MEASURES,
        "back": _list_url(request, choice.query),
        "breadcrumbs": _crumbs(request, _("Change many measures")),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "initiatives/bulk_edit_new.html", context, status=status)


@require_safe
def bulk_edits(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own changes of many measures, newest first."""
    require_bulk(request.actor)
    page = keyset_page(
        edits_of(request.actor),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "page": page,
        "rows": [{"edit": edit, "fields": _field_words(edit)} for edit in page.rows],
        "columns": [
            Column("asked", _("Asked for")),
            Column("fields", _("Fields")),
            Column("measures", _("Measures"), numeric=True),
            Column("state", _("State")),
        ],
    }
    return page_or_region(request, "initiatives/bulk_edits.html", context, region="bulk-edits")


@require_safe
def bulk_edit(request: TenantRequest, tenant_slug: str, edit_id: UUID) -> HttpResponse:
    """What a change does, or did, to each measure; the page looks again while a worker is at it."""
    edit = edit_by_id(edit_id, by=request.actor)
    counts = counts_of(edit)
    chosen = _chosen_state(request)
    page = keyset_page(
        rows_in(edit, state=chosen),
        order=BY_POSITION,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    state = edit.known_state
    context = {
        "edit": edit,
        "state": state,
        "url": request.path,
        "values": [
            {"label": LABELS[name], "value": _said(name, text)}
            for name, text in edit.fields.items()
        ],
        "counts": counts,
        "ready": counts.of(BulkRowState.READY),
        "written": counts.of(BulkRowState.WRITTEN),
        "is_working": state.is_working,
        "may_apply": state is BulkState.CHECKED and counts.of(BulkRowState.READY) > 0,
        "may_undo": state is BulkState.APPLIED and counts.of(BulkRowState.WRITTEN) > 0,
        "voidable": counts.refusals.get("voids_request", 0) if state is BulkState.CHECKED else 0,
        "links": _links(counts, chosen),
        "reasons": [
            {"text": TEXTS.get(code, code), "number": number}
            for code, number in sorted(counts.refusals.items(), key=lambda pair: -pair[1])
        ],
        "page": page,
        "rows": [_row(row, request) for row in page.rows],
        "columns": [
            Column("measure", _("Measure")),
            Column("state", _("State")),
            Column("changes", _("What changes")),
        ],
        "list_url": _list_url(request, edit.query),
        "breadcrumbs": _crumbs(request, _("Change many measures")),
    }
    return page_or_region(request, "initiatives/bulk_edit.html", context, region=REGION)


@require_POST
def bulk_edit_write(request: TenantRequest, tenant_slug: str, edit_id: UUID) -> HttpResponse:
    """Write what was shown."""
    edit = edit_by_id(edit_id, by=request.actor)
    bulk_edit_apply(edit=edit, seen_version=seen_version(request.POST), by=request.actor)
    return redirect("initiatives:bulk-edit", tenant_slug, edit_id)


@require_POST
def bulk_edit_again(request: TenantRequest, tenant_slug: str, edit_id: UUID) -> HttpResponse:
    """Check again, this time with or without the measures on which a request is open."""
    edit = edit_by_id(edit_id, by=request.actor)
    bulk_edit_check(
        edit=edit,
        seen_version=seen_version(request.POST),
        voids_requests=request.POST.get("voids_requests", "") == "on",
        by=request.actor,
    )
    return redirect("initiatives:bulk-edit", tenant_slug, edit_id)


@require_POST
def bulk_edit_back(request: TenantRequest, tenant_slug: str, edit_id: UUID) -> HttpResponse:
    """Take back what was written."""
    edit = edit_by_id(edit_id, by=request.actor)
    bulk_edit_undo(edit=edit, seen_version=seen_version(request.POST), by=request.actor)
    return redirect("initiatives:bulk-edit", tenant_slug, edit_id)


def _chosen_state(request: TenantRequest) -> BulkRowState | None:
    given = request.GET.get("state", "")
    return BulkRowState(given) if given in BulkRowState.values else None


def _links(counts: Counts, chosen: BulkRowState | None) -> list[dict[str, Any]]:
    """All measures, and those of each state that there is."""
    total = sum(counts.by_state.values())
    found = [{"link": Link(_("All"), "?", chosen is None), "number": total}]
    found += [
        {"link": Link(str(state.label), f"?state={state.value}", chosen is state), "number": number}
        for state in BulkRowState
        if (number := counts.of(state))
    ]
    return found


def _row(row: BulkEditRow, request: TenantRequest) -> dict[str, Any]:
    state = row.known_state
    return {
        "row": row,
        "url": reverse("initiatives:measure", args=[request.tenant.slug, row.code]),
        "state": str(state.label),
        "tone": TONES.get(state, "neutral"),
        "changes": [
            {"label": LABELS[name], "before": _said(name, before), "after": _said(name, after)}
            for name, (before, after) in row.changes.items()
        ],
        "reason": str(TEXTS.get(row.refusal, row.refusal)) if row.refusal else "",
    }


def _field_words(edit: BulkEdit) -> str:
    return ", ".join(str(LABELS[name]) for name in edit.fields)


def _said(name: str, text: str | None) -> str | None:
    """A value as people read it: days in their own spelling."""
    found = parse_date(text) if text and name in DATES else None
    return day(found) if found is not None else text


def _list_url(request: TenantRequest, query: str) -> str:
    url = reverse("initiatives:measures", args=[request.tenant.slug])
    return f"{url}?{query}" if query else url


def _crumbs(request: TenantRequest, last: str) -> list[Crumb]:
    url = reverse("initiatives:measures", args=[request.tenant.slug])
    return [Crumb(_("Measures"), url), Crumb(last)]
