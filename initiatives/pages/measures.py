"""The measure page: overview, history, edit, move and early deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Forbidden, Stale
from governance.history import history_of
from governance.pages.kept import opened
from governance.people.choices import Permission
from governance.web.forms import refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.keeping import MEASURE
from initiatives.models import Measure
from initiatives.pages.frame import (
    deletion_refusal,
    measure_crumbs,
    measure_frame,
    measure_url,
    voids_notice,
)
from initiatives.pages.measure_forms import MeasureForm
from initiatives.pages.overview import overview
from initiatives.pages.seen import changed_meanwhile, seen_version
from initiatives.rules import settable_fields
from initiatives.selectors import hands_at, measure_by_code
from initiatives.services import measure_change, measure_delete

CONFLICT = 409


@require_safe
def measure(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """One measure: where it stands, what it lacks, who decides next."""
    row = measure_by_code(code, by=request.actor)
    context = measure_frame(request, row, "initiatives:measure")
    context |= overview(request, row, context["chain"])
    context |= opened(request, MEASURE, row.code)
    return page_or_region(request, "initiatives/measure.html", context, region="panel")


@require_safe
def measure_history(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """What happened to a measure and its values, as sentences (A3)."""
    row = measure_by_code(code, by=request.actor)
    context = measure_frame(request, row, "initiatives:measure-history")
    context["history"] = history_of("measure", row.code, request.GET.get("history_cursor", ""))
    return page_or_region(request, "initiatives/measure_history.html", context, region="panel")


@require_http_methods(["GET", "HEAD", "POST"])
def measure_edit(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Edit what one may set; a late save shows what changed meanwhile and keeps what was typed."""
    row = measure_by_code(code, by=request.actor)
    settable = settable_fields(hands_at(row, request.actor))
    if not settable:
        raise Forbidden
    if request.method != "POST":
        return _edit_page(request, row, MeasureForm(measure=row, settable=settable))
    form = MeasureForm(request.POST, measure=row, settable=settable)
    if form.is_valid():
        try:
            with refusals_in(form):
                measure_change(
                    measure=row,
                    seen_version=form.cleaned_data["seen_version"],
                    fields=form.changes(),
                    by=request.actor,
                )
        except Stale as error:
            return _stale_page(request, form, row, error)
    if not form.is_valid():
        return _edit_page(request, row, form, status=UNPROCESSABLE)
    messages.success(request, _("The measure was saved."))
    return redirect(measure_url(row, request.tenant))


def _edit_page(
    request: TenantRequest, row: Measure, form: MeasureForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "edited": row,
        "subtitle": _("What you may not set is shown with the reason."),
        "form": form,
        "breadcrumbs": measure_crumbs(row, _("Edit"), request=request),
        "url": measure_url(row, request.tenant),
        "voids_notice": voids_notice(row),
        **extra,
    }
    return render(request, "initiatives/edit.html", context, status=status)


def _stale_page(
    request: TenantRequest, form: MeasureForm, row: Measure, error: Stale
) -> HttpResponse:
    """The same form on top of the current version; nothing was saved."""
    row = measure_by_code(row.code, by=request.actor)
    settable = settable_fields(hands_at(row, request.actor))
    form.current = MeasureForm(measure=row, settable=settable).current
    merged = MeasureForm(form.merged(error.current), measure=row, settable=settable)
    meanwhile = changed_meanwhile("measure", row.code, versions=error.current - error.seen)
    return _edit_page(
        request, row, merged, status=CONFLICT, meanwhile=meanwhile, contested=form.contested
    )


@require_http_methods(["GET", "HEAD", "POST"])
def measure_remove(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Delete a measure early (H3), after a question."""
    row = measure_by_code(code, by=request.actor)
    request.actor.require(Permission.MEASURE_DELETE, row.path)
    if request.method == "POST":
        measure_delete(measure=row, seen_version=seen_version(request.POST), by=request.actor)
        messages.success(request, _("%(code)s was deleted.") % {"code": row.code})
        return redirect("initiatives:measures", request.tenant.slug)
    refusal = deletion_refusal(row)
    context = {
        "measure": row,
        "breadcrumbs": measure_crumbs(row, _("Delete"), request=request),
        "url": measure_url(row, request.tenant),
        "refusal": TEXTS[refusal] if refusal else "",
    }
    return render(request, "initiatives/measure_delete.html", context)
