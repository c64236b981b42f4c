"""The page of one KPI: facts, chart, periods, history; its CSV file and its deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.history import history_of
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb, Fact
from governance.web.csv_files import csv_file, csv_text
from governance.web.requests import TenantRequest
from initiatives.pages.frame import Action
from initiatives.pages.seen import seen_version
from kpis.indicators.choices import Rhythm
from kpis.indicators.models import FIGURES, Kpi, KpiPeriod
from kpis.indicators.selectors import kpi_by_code, latest, may_fill, periods_of, standing_of
from kpis.indicators.services.kpis import kpi_delete
from kpis.pages.bowling import cell_of, period_chart, period_label


@require_safe
def kpi(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """One KPI: what it is, what was wanted, what came."""
    row = kpi_by_code(code, by=request.actor)
    periods = periods_of([row])[row.pk]
    last = latest(periods)
    start = request.tenant.fiscal_year_start
    labels = {p.pk: period_label(p.starts_on, Rhythm(row.rhythm), start) for p in periods}
    csv_url = reverse("kpis:kpi-csv", args=[tenant_slug, row.code])
    context = {
        "kpi": row,
        "breadcrumbs": kpi_crumbs(row, request),
        "actions": _actions(row, request),
        "facts": _facts(row, request),
        "last": cell_of(row, last, labels[last.pk]) if last else None,
        "chart": period_chart(row, periods, request.tenant, csv_url=csv_url),
        "columns": _columns(periods),
        "cells": [cell_of(row, period, labels[period.pk]) for period in reversed(periods)],
        "has_band": any(p.has("band_low") or p.has("band_high") for p in periods),
        "may_fill": may_fill(row, request.actor),
        "periods_url": reverse("kpis:kpi-periods", args=[tenant_slug, row.code]),
        "history": history_of("kpi", row.code, request.GET.get("history_cursor", "")),
    }
    return render(request, "kpis/kpi.html", context)


@require_safe
def periods_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The periods of a KPI as CSV: exact figures, a header row, UTF-8."""
    row = kpi_by_code(code, by=request.actor)
    rows = []
    for period in periods_of([row])[row.pk]:
        figures = ["" if (v := getattr(period, n)) is None else f"{v:f}" for n in FIGURES]
        rows.append([period.month, *figures, standing_of(row, period) or "", csv_text(row.unit)])
    return csv_file(row.code, ["period", *FIGURES, "standing", "unit"], rows)


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_remove(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Delete a KPI with its periods, after a question."""
    row = kpi_by_code(code, by=request.actor)
    request.actor.require_anywhere(Permission.METRIC_MANAGE)
    if request.method == "POST":
        kpi_delete(kpi=row, seen_version=seen_version(request.POST), by=request.actor)
        messages.success(request, _("%(code)s was deleted.") % {"code": row.code})
        return redirect("kpis:kpis", tenant_slug)
    context = {
        "kpi": row,
        "breadcrumbs": kpi_crumbs(row, request, _("Delete")),
        "url": kpi_url(row, request),
    }
    return render(request, "kpis/kpi_delete.html", context)


def kpi_url(kpi: Kpi, request: TenantRequest) -> str:
    return reverse("kpis:kpi", args=[request.tenant.slug, kpi.code])


def kpi_crumbs(kpi: Kpi, request: TenantRequest, last: str = "") -> list[Crumb]:
    """The way to a KPI's page, or to one behind it."""
    url = reverse("kpis:kpis", args=[request.tenant.slug])
    home = [
        Crumb(request.tenant.name, reverse("tenant-home", args=[request.tenant.slug])),
        Crumb(_("KPIs"), url),
    ]
    if last:
        return [*home, Crumb(kpi.code, kpi_url(kpi, request)), Crumb(last)]
    return [*home, Crumb(kpi.code)]


def _actions(kpi: Kpi, request: TenantRequest) -> list[Action]:
    """What one may do here; nothing is offered to who only reads."""
    args = [request.tenant.slug, kpi.code]
    actions = []
    if may_fill(kpi, request.actor):
        url = reverse("kpis:kpi-periods", args=args)
        actions.append(Action(_("Enter values"), url, "calendar-stats", tone="primary"))
    if request.actor.may_anywhere(Permission.METRIC_MANAGE):
        actions += [
            Action(_("Edit"), reverse("kpis:kpi-edit", args=args), "pencil"),
            Action(_("Delete"), reverse("kpis:kpi-delete", args=args), "trash", dialog=True),
        ]
    return actions


def _facts(kpi: Kpi, request: TenantRequest) -> list[Fact]:
    url = reverse("kpis:kpis", args=[request.tenant.slug])
    objective, goal = kpi.objective, kpi.objective.parent if kpi.objective else None
    owner = kpi.update_owner
    facts = [
        Fact(_("Goal"), goal.name, f"{url}?objective={goal.code}") if goal else None,
        Fact(_("Objective"), objective.name, f"{url}?objective={objective.code}")
        if objective
        else Fact(_("Objective")),
        Fact(_("Direction"), str(kpi.get_direction_display())),
        Fact(_("Unit"), kpi.unit),
        Fact(_("Kind"), str(kpi.get_kind_display())),
        Fact(_("Rhythm"), str(kpi.get_rhythm_display())),
        Fact(_("Aggregation"), str(kpi.get_aggregation_display())),
        Fact(_("Update owner"), owner.name if owner else ""),
        Fact(_("Data source"), kpi.data_source),
        Fact(_("In use"), _("yes") if kpi.is_active else _("no")),
        Fact(_("Key in the source"), kpi.source_key) if kpi.source_key else None,
    ]
    return [fact for fact in facts if fact is not None]


def _columns(periods: list[KpiPeriod]) -> list[Column]:
    band: list[Any] = []
    if any(p.has("band_low") or p.has("band_high") for p in periods):
        band = [Column("band", _("Band"), numeric=True)]
    return [
        Column("period", _("Period")),
        Column("target", _("Target"), numeric=True),
        Column("actual", _("Actual"), numeric=True),
        *band,
        Column("standing", _("Standing")),
        Column("note", _("Note")),
        Column("written", _("Written")),
    ]
