"""Exports: asking for a list as a file, one's own files with their progress, and their end."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from exchange.choices import ExportFormat, ExportState, Headings
from exchange.exports.answers import file_answer, guard
from exchange.exports.making import QUERY_LENGTH, Wanted
from exchange.exports.selectors import NEWEST_FIRST, export_by_id, exports_of
from exchange.exports.services import export_delete, export_request, is_small, list_take_out
from exchange.models import Export
from governance.errors import Invalid
from governance.ui.parts import Column, Crumb
from governance.web.forms import field_errors
from governance.web.lists import sources
from governance.web.pages import keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION = "exports"
PAGE_SIZE = 30
TONES = {
    ExportState.WAITING: "neutral",
    ExportState.WORKING: "primary",
    ExportState.DONE: "green",
    ExportState.FAILED: "red",
}


def list_choices() -> list[tuple[str, str]]:
    return [(source.name, str(source.title)) for source in sources().values()]


class ExportForm(forms.Form):
    """What the menu «Export» of a list sends."""

    list = forms.ChoiceField(label=gettext_lazy("List"), choices=list_choices)
    query = forms.CharField(
        label=gettext_lazy("Filters"), required=False, max_length=QUERY_LENGTH, strip=False
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=ExportFormat.choices)
    headings = forms.ChoiceField(
        label=gettext_lazy("Headings"), required=False, choices=Headings.choices
    )

    @property
    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(
            data["list"],
            data["query"],
            ExportFormat(data["format"]),
            Headings(data["headings"] or Headings.MACHINE),
        )


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own files; asking for a short list answers with the file itself."""
    if request.method == "POST":
        return _asked(request, tenant_slug)
    page = keyset_page(
        exports_of(request.actor),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "page": page,
        "rows": [_row(export) for export in page.rows],
        "is_under_way": any(export.is_under_way for export in page.rows),
        "columns": [
            Column("list", _("List")),
            Column("state", _("State")),
            Column("created", _("Asked for")),
            Column("actions", _("Actions"), hide_label=True),
        ],
    }
    return page_or_region(request, "exchange/exports.html", context, region=REGION)


def _asked(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Invalid(field_errors(form))
    wanted, by = form.wanted, request.actor
    if is_small(wanted, tenant=request.tenant, by=by):
        made = list_take_out(wanted=wanted, tenant=request.tenant, by=by)
        response = HttpResponse(made.content, content_type=made.content_type)
        response["Content-Disposition"] = f'attachment; filename="{made.name}"'
        guard(response)
        return response
    export_request(wanted=wanted, tenant=request.tenant, by=by)
    messages.success(
        request,
        _("The file is being made. You may leave this page: it waits here for a week."),
    )
    return redirect("exchange:exports", tenant_slug)


def _row(export: Export) -> dict[str, object]:
    source = sources().get(export.list_name)
    return {
        "export": export,
        "title": str(source.title) if source else export.list_name,
        "format": ExportFormat(export.format).label,
        "state": str(export.known_state.label),
        "tone": TONES[export.known_state],
        "failure": str(TEXTS.get(export.failure, "")) if export.failure else "",
    }


@require_safe
def export_file(request: TenantRequest, tenant_slug: str, export_id: UUID) -> HttpResponseBase:
    """The file itself, to be saved and never shown."""
    return file_answer(export_by_id(export_id, by=request.actor))


@require_http_methods(["GET", "HEAD", "POST"])
def export_remove(request: TenantRequest, tenant_slug: str, export_id: UUID) -> HttpResponse:
    """Ask whether to delete one of one's own files, then do it."""
    export = export_by_id(export_id, by=request.actor)
    if request.method == "POST":
        export_delete(export=export, by=request.actor)
        messages.success(request, _("The export was deleted."))
        return redirect("exchange:exports", tenant_slug)
    crumbs = [
        Crumb(_("Exports"), reverse("exchange:exports", args=[tenant_slug])),
        Crumb(_("Delete")),
    ]
    return render(request, "exchange/export_delete.html", {"breadcrumbs": crumbs, **_row(export)})
