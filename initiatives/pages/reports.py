"""The status of a measure: its reports as a timeline, adding one, correcting the newest (R4)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.forms import refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.models import Measure, StatusReport
from initiatives.pages.editing import Editing, edited
from initiatives.pages.frame import (
    Action,
    elsewhere_text,
    measure_crumbs,
    measure_frame,
    measure_url,
)
from initiatives.pages.report_forms import NewReportForm, ReportForm
from initiatives.pages.seen import seen_version
from initiatives.rules import may_report
from initiatives.selectors import (
    hands_at,
    measure_by_code,
    newest_day,
    report_by_id,
    report_refusal,
    reports_of,
)
from initiatives.services_reports import (
    status_report_add,
    status_report_change,
    status_report_remove,
)

NEWEST_FIRST = Order("reported_on", "reported_on", is_descending=True)
ON_A_PAGE, IN_THE_STRIP = 20, 24
LONG, LEAD = 420, 300


@dataclass(frozen=True, slots=True)
class Told:
    """One report as the timeline shows it; a long commentary has a lead."""

    report: StatusReport
    lead: str
    edit_url: str = ""
    delete_url: str = ""
    reason: str = ""


@require_safe
def reports(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """How a measure was rated, newest first, under a strip of its lights over time."""
    measure = measure_by_code(code, by=request.actor)
    context = measure_frame(request, measure, "initiatives:measure-status")
    strip = list(reports_of(measure).defer("commentary")[:IN_THE_STRIP])[::-1]
    cursor = request.GET.get("cursor", "")
    page = keyset_page(reports_of(measure), order=NEWEST_FIRST, cursor=cursor, limit=ON_A_PAGE)
    newest = strip[-1].reported_on if strip else None
    for report in page.rows:
        report.measure = measure
    context |= {
        "strip": strip,
        "page": page,
        "told": [_told(report, newest, request) for report in page.rows],
        "add": _add_action(measure, request),
    }
    return page_or_region(request, "initiatives/measure_status.html", context, region="panel")


def _told(report: StatusReport, newest: Any, request: TenantRequest) -> Told:
    text = report.commentary
    lead = f"{text[:LEAD].rsplit(None, 1)[0]} …" if len(text) > LONG else ""
    reason = report_refusal(report, newest, by=request.actor)
    if reason is None:
        args = [request.tenant.slug, report.public_id]
        edit, delete = (reverse(f"initiatives:report-{do}", args=args) for do in ("edit", "delete"))
        return Told(report, lead, edit, delete)
    is_reporter = may_report(hands_at(report.measure, request.actor))
    is_newest = newest is not None and report.reported_on >= newest
    return Told(report, lead, reason=str(TEXTS[reason]) if is_reporter and is_newest else "")


def _add_action(measure: Measure, request: TenantRequest) -> Action:
    """The way to a new report; shown refused to those who may not add one."""
    by, label = request.actor, _("Add a report")
    if may_report(hands_at(measure, by)):
        return Action(label, measure_url(measure, request.tenant, "report-new"), "plus")
    if by.may_anywhere(Permission.MEASURE_EDIT_OWN):
        reason = _("You report on the measures you own; you do not own this one.")
    elif by.may_anywhere(Permission.MEASURE_EDIT):
        reason = elsewhere_text()
    else:
        reason = _("The owner, the transformation office or a consultant reports the status.")
    return Action(label, reason=reason)


@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Add a status report to a measure."""
    measure = measure_by_code(code, by=request.actor)
    if not may_report(hands_at(measure, request.actor)):
        raise Forbidden
    form = NewReportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            status_report_add(measure=measure, draft=form.draft, by=request.actor)
            messages.success(request, _("The status report was added."))
            return redirect(_status_url(measure, request))
    status = UNPROCESSABLE if form.is_bound else 200
    return _form_page(request, measure, form, _("New status report"), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: TenantRequest, tenant_slug: str, report_id: UUID) -> HttpResponse:
    """Correct a measure's newest report; a late save keeps what was typed."""
    report, measure = _correctable(request, report_id)
    title = _("Correct a status report")
    editing = Editing(
        make=lambda data: ReportForm(data, report=report),
        change=lambda form: status_report_change(
            report=report,
            seen_version=form.cleaned_data["seen_version"],
            fields=form.changes(),
            by=request.actor,
        ),
        show=lambda form, **extra: _form_page(request, measure, form, title, **extra),
        thanks=_("The status report was corrected."),
        url=_status_url(measure, request),
    )
    return edited(request, editing)


@require_http_methods(["GET", "HEAD", "POST"])
def report_remove(request: TenantRequest, tenant_slug: str, report_id: UUID) -> HttpResponse:
    """Remove a measure's newest report, after a question."""
    report, measure = _correctable(request, report_id)
    if request.method == "POST":
        seen = seen_version(request.POST)
        status_report_remove(report=report, seen_version=seen, by=request.actor)
        messages.success(request, _("The status report was removed."))
        return redirect(_status_url(measure, request))
    context = {
        "report": report,
        "measure": measure,
        "breadcrumbs": measure_crumbs(measure, _("Remove a status report"), request=request),
        "url": _status_url(measure, request),
    }
    return render(request, "initiatives/report_delete.html", context)


def _correctable(request: TenantRequest, report_id: UUID) -> tuple[StatusReport, Measure]:
    """A report that this person may correct as long as it is the newest, and its measure."""
    report = report_by_id(report_id, by=request.actor)
    reason = report_refusal(report, newest_day(report.measure), by=request.actor)
    if reason == "report_of_another":
        raise Forbidden(reason)
    return report, report.measure


def _form_page(
    request: TenantRequest, measure: Measure, form: Any, title: str, **extra: Any
) -> HttpResponse:
    status = extra.pop("status", 200)
    context = {
        "form": form,
        "measure": measure,
        "title": title,
        "breadcrumbs": measure_crumbs(measure, title, request=request),
        "url": _status_url(measure, request),
        **extra,
    }
    return render(request, "initiatives/report_form.html", context, status=status)


def _status_url(measure: Measure, request: TenantRequest) -> str:
    return measure_url(measure, request.tenant, "measure-status")
