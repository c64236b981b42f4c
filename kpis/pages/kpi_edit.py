"""Writing KPIs: a new one, its fields, and the values of its periods."""

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden, Invalid, Stale
from governance.people.choices import Permission
from governance.ui.parts import Crumb
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.measures import CONFLICT
from initiatives.pages.seen import changed_meanwhile
from kpis.choices import Source
from kpis.indicators.choices import Rhythm
from kpis.indicators.models import FIRST_DAY, LAST_DAY, Kpi, KpiPeriod
from kpis.indicators.rules import begins_period
from kpis.indicators.selectors import kpi_by_code, may_fill, periods_of
from kpis.indicators.services.kpis import kpi_change, kpi_create
from kpis.indicators.services.periods import kpi_periods_write
from kpis.pages.bowling import period_label
from kpis.pages.kpi_forms import FIGURE_LABELS, NEW, KpiForm, NewKpiForm, PeriodsForm
from kpis.pages.kpi_page import kpi_crumbs, kpi_url
from kpis.rules import Month, month_of

SHOWN, BEFORE, AFTER = 24, 12, 12
POSTED = re.compile(r"seen-([0-9]{4}-[0-9]{2})\.target")


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Add a KPI; its values follow on the next page."""
    request.actor.require_anywhere(Permission.METRIC_MANAGE)
    data = request.POST if request.method == "POST" else None
    form = NewKpiForm(data, by=request.actor, objective=request.GET.get("objective", ""))
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            row = kpi_create(draft=form.draft, by=request.actor)
            text = _("%(code)s was added. Enter its values now.") % {"code": row.code}
            messages.success(request, text)
            return redirect("kpis:kpi-periods", tenant_slug, row.code)
    url = reverse("kpis:kpis", args=[tenant_slug])
    context = {
        "form": form,
        "url": url,
        "breadcrumbs": [Crumb(_("KPIs"), url), Crumb(_("New KPI"))],
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/kpi_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_edit(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Edit a KPI; a late save shows what changed meanwhile and keeps what was typed."""
    by = request.actor
    row = kpi_by_code(code, by=by)
    by.require_anywhere(Permission.METRIC_MANAGE)
    if request.method != "POST":
        return _edit_page(request, row, KpiForm(kpi=row, by=by))
    form = KpiForm(request.POST, kpi=row, by=by)
    if form.is_valid():
        try:
            with refusals_in(form):
                seen, fields = form.cleaned_data["seen_version"], form.changes()
                kpi_change(kpi=row, seen_version=seen, fields=fields, by=by)
        except Stale as error:
            row = kpi_by_code(code, by=by)
            form.current = KpiForm(kpi=row, by=by).current
            merged = KpiForm(form.merged(error.current), kpi=row, by=by)
            return _edit_page(request, row, merged, status=CONFLICT, **_meanwhile(row, form, error))
    if not form.is_valid():
        return _edit_page(request, row, form, status=UNPROCESSABLE)
    messages.success(request, _("The KPI was saved."))
    return redirect(kpi_url(row, request))


def _edit_page(
    request: TenantRequest, row: Kpi, form: KpiForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "edited": row,
        "form": form,
        "breadcrumbs": kpi_crumbs(row, request, _("Edit")),
        "url": kpi_url(row, request),
        **extra,
    }
    return render(request, "initiatives/edit.html", context, status=status)


def _meanwhile(row: Kpi, form: Any, error: Stale) -> dict[str, Any]:
    versions = error.current - error.seen
    sentences = changed_meanwhile("kpi", row.code, versions=versions)
    return {"meanwhile": sentences, "contested": form.contested}


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_periods(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Enter targets, actuals and bands, and add a period; an emptied line removes its period."""
    row = kpi_by_code(code, by=request.actor)
    if not may_fill(row, request.actor):
        raise Forbidden
    if request.method != "POST":
        return _periods_page(request, row, _periods_form(request, row))
    form = _periods_form(request, row, request.POST)
    if form.is_valid():
        try:
            with refusals_in(form):
                _write(request, row, form)
        except Stale as error:
            row = kpi_by_code(code, by=request.actor)
            merged = _merged(request, row, form, error)
            extra = _meanwhile(row, form, error)
            return _periods_page(request, row, merged, status=CONFLICT, **extra)
    if not form.is_valid():
        return _periods_page(request, row, form, status=UNPROCESSABLE)
    messages.success(request, _("The values were saved."))
    return redirect(kpi_url(row, request))


def _write(request: TenantRequest, row: Kpi, form: PeriodsForm) -> None:
    try:
        kpi_periods_write(
            kpi=row,
            periods=form.drafts(),
            seen_version=form.cleaned_data["seen_version"],
            by=request.actor,
            source=Source.FORM,
        )
    except Invalid as error:
        raise Invalid(
            {form.place_of(name): texts for name, texts in error.errors.items()}
        ) from error


def _merged(request: TenantRequest, row: Kpi, form: PeriodsForm, error: Stale) -> PeriodsForm:
    """The same grid on top of the current values, with what others added meanwhile."""
    fresh = _periods_form(request, row).current
    added = {name: text for name, text in fresh.items() if name not in form.current}
    form.current = {name: fresh.get(name, "") for name in form.current}
    data = {
        **added,
        **{f"seen-{name}": text for name, text in added.items()},
        **form.merged(error.current),
        NEW: request.POST.get(NEW, ""),
    }
    return _periods_form(request, row, data)


def _periods_form(request: TenantRequest, row: Kpi, data: Any = None) -> PeriodsForm:
    """The last periods, or all of them; of what was posted, just the periods that it showed."""
    start, rhythm = request.tenant.fiscal_year_start, Rhythm(row.rhythm)
    periods = {period.starts_on: period for period in periods_of([row])[row.pk]}
    days = sorted(periods)
    if data is not None:
        days = sorted(_posted(data))
    elif "all" not in request.GET:
        days = days[-SHOWN:]
    return PeriodsForm(
        data,
        kpi=row,
        labels={day: period_label(day, rhythm, start) for day in days},
        periods=periods,
        offered={
            day: period_label(day, rhythm, start)
            for day in _free_days(periods, rhythm, start)
            if day not in days
        },
    )


def _posted(data: QueryDict | dict[str, str]) -> set[date]:
    """Periods that a posted grid shows, some of which may have been removed meanwhile."""
    found = (POSTED.fullmatch(name) for name in data)
    months = (month_of(match.group(1)) for match in found if match)
    return {month.first_day for month in months if month}


def _free_days(periods: dict[date, KpiPeriod], rhythm: Rhythm, start: int) -> list[date]:
    """First days of periods that may be added, the one after the last first."""
    today = timezone.localdate()
    last = max(periods, default=today)
    now = Month(last.year, last.month)
    while not begins_period(now.first_day, rhythm, start):
        now = now.plus(-1)
    steps = range(-BEFORE, AFTER + 1)
    days = [now.plus(step * rhythm.months).first_day for step in steps]
    free = [day for day in days if day not in periods and FIRST_DAY <= day <= LAST_DAY]
    coming = [day for day in free if day >= now.first_day]
    return [*coming, *reversed([day for day in free if day < now.first_day])]


def _periods_page(
    request: TenantRequest, row: Kpi, form: PeriodsForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    hidden = len(periods_of([row])[row.pk]) - len(form.labels)
    context = {
        "kpi": row,
        "form": form,
        "figure_labels": FIGURE_LABELS.values(),
        "has_more": hidden > 0,
        "breadcrumbs": kpi_crumbs(row, request, _("Enter values")),
        "url": kpi_url(row, request),
        **extra,
    }
    return render(request, "kpis/kpi_periods.html", context, status=status)
