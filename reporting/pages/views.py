"""The portfolio page, the totals of a node, and the plan as a CSV file."""

import csv
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.people.choices import Permission
from governance.people.rules import is_root
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.selectors import node_by_code
from governance.ui.parts import Column, Tab
from governance.web.requests import TenantRequest
from kpis.choices import EffectClass, EffectKind
from kpis.figures.choices import Lamp
from kpis.figures.leakage import leakage_total
from kpis.pages.publishing import chosen_view, view_tabs, with_view
from kpis.pages.rating import chosen_basis, missing_notes, shown_total, with_rate
from kpis.rates.choices import RateBasis
from kpis.restatements.choices import ReportView
from kpis.restatements.selectors import has_restatements
from reporting.node_lights import NodeLights
from reporting.pages.charts import plan_by_class_chart, year_labels
from reporting.rules import KEPT_DECIMALS, YearTable, amount_text, wide_sum
from reporting.selectors import (
    Overview,
    RollUp,
    headline_name,
    node_overview,
    portfolio_overview,
)

LIGHT_HINT = gettext_lazy("From the measures below, by what they hold of the value (L5)")


@require_safe
def portfolio(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All a person may see: totals by year and program, split by class."""
    basis, view = chosen_basis(request.GET), chosen_view(request.GET)
    overview = portfolio_overview(
        tenant=request.tenant,
        by=request.actor,
        basis=basis,
        as_published=view is ReportView.PUBLISHED,
    )
    context = _context(overview, request, _("Program"))
    return render(request, "reporting/portfolio.html", context)


@require_safe
def node_totals(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The figures of one node; a fragment of its page and a page of its own."""
    node = node_by_code(code, by=request.actor)
    basis, view = chosen_basis(request.GET), chosen_view(request.GET)
    overview = node_overview(
        node,
        tenant=request.tenant,
        by=request.actor,
        basis=basis,
        as_published=view is ReportView.PUBLISHED,
    )
    child = node.known_level.child
    context = _context(overview, request, str(child.label) if child else "")
    context["node"] = node
    is_fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]  # django-htmx sets it
    part = "#totals" if is_fragment else ""
    return render(request, f"reporting/node_totals.html{part}", context)


@require_safe
def plan_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The plan by fiscal year and class as CSV: exact figures, a header row, UTF-8."""
    by, basis = request.actor, chosen_basis(request.GET)
    if code == tenant_slug:
        overview = portfolio_overview(tenant=request.tenant, by=by, basis=basis)
    else:
        node = node_by_code(code, by=by)
        overview = node_overview(node, tenant=request.tenant, by=by, basis=basis)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="plan-{code}.csv"'
    writer = csv.writer(response)
    table = overview.by_class
    writer.writerow(["fiscal_year", *table.rows, "all_classes", "currency"])
    labels = year_labels(table, request.tenant)
    for label, year in zip(labels, table.years, strict=True):
        found = (years.get(year) for years in table.rows.values())
        cells = ["" if amount is None else amount_text(amount) for amount in found]
        total = amount_text(table.totals[year])
        writer.writerow([label, *cells, total, request.tenant.currency])
    return response


def _context(overview: Overview, request: TenantRequest, child_label: str) -> dict[str, Any]:
    tenant, rates = request.tenant, overview.roll_up.rates
    labels = year_labels(overview.by_child, tenant)
    table: YearTable = overview.by_child
    metric = headline_name(tenant)
    return {
        "overview": overview,
        "figures": overview.roll_up,
        "chart": plan_by_class_chart(overview, tenant, metric),
        "headline_name": metric,
        "classes": _classes(overview),
        **_value_context(overview.roll_up, tenant),
        "rate_tabs": _rate_tabs(overview, request),
        "view_tabs": _view_tabs(overview, request),
        "rate_label": str(rates.basis.label) if rates.factors else "",
        "missing_rates": missing_notes(overview.roll_up.missing, rates.basis, tenant),
        "columns": [
            Column("child", child_label or _("Total")),
            Column("measures", _("Measures"), numeric=True),
            Column("lights", _("Lights"), hint=str(LIGHT_HINT)),
            *(Column(label, label, numeric=True) for label in labels),
            Column("total", _("All years"), numeric=True),
        ],
        "year_totals": [table.totals[year] for year in table.years],
        "table_total": _shown(table.total),
        "class_total": _shown(overview.by_class.total),
        "has_children": bool(child_label),
        "stages": _stages(overview, tenant),
        "light_hint": LIGHT_HINT,
        "watermelons_url": _watermelons_url(overview.roll_up, tenant),
        "targets_url": _targets_url(overview.roll_up, request),
        "lights": shown_lights(overview.roll_up.lights),
        "children": [(row, shown_lights(row.lights)) for row in overview.children],
    }


def shown_lights(lights: NodeLights) -> list[tuple[str, str, str]]:
    """Name, lamp and word of each light of a node."""
    return [(str(name.label), lamp.value, str(Lamp(lamp).label)) for name, lamp in lights.items()]


def _value_context(figures: RollUp, tenant: Tenant) -> dict[str, Any]:
    """The four amounts of the headline metric, and its leakage and net value (F3, F5, F7)."""
    leaked = figures.leakage.get(tenant.headline_metric, {})
    pooled = leakage_total(leaked.values()) or {}
    names = ("identified", "hardened", "bankable", "validated", "parked", "validated_to_date")
    return {
        "amount_columns": [
            Column("kind", _("All classes")),
            Column("identified", _("Identified"), numeric=True),
            Column("hardened", _("Hardened"), hint=_("weighted by stage"), numeric=True),
            Column("bankable", _("Bankable"), hint=_("decided and beyond"), numeric=True),
            Column("validated", _("Validated"), hint=_("run-rate; one-off: all"), numeric=True),
            Column("parked", _("Parked"), hint=_("on hold"), numeric=True),
            Column("to_date", _("Validated to date"), numeric=True),
        ],
        "amount_rows": [
            (EffectKind(kind).label, [getattr(amounts, name) for name in names], amounts.is_short)
            for kind, amounts in figures.headline.items()
        ],
        "leakage": [(r.label, _shown(amount)) for r, amount in pooled.items() if amount],
        "leakage_total": _shown(wide_sum(pooled.values())) if pooled else None,
        "net": [
            {"all_classes": _shown(net.all_classes), "hard_only": _shown(net.hard_only)}
            for net in figures.net
            if net.metric == tenant.headline_metric
        ],
        "at_risk": [(EffectKind(k).label, _shown(amount)) for k, amount in figures.at_risk.items()],
    }


def _watermelons_url(figures: RollUp, tenant: Tenant) -> str:
    """The portfolio page holds all that a person sees, which is what the list shows by itself."""
    url = reverse("reporting:watermelons", args=[tenant.slug])
    return url if figures.code == tenant.slug else f"{url}?node={figures.code}"


def _targets_url(figures: RollUp, request: TenantRequest) -> str:
    """Empty on the portfolio of who sees some places only: together they have no target."""
    paths = request.actor.scope.paths(Permission.TREE_VIEW)
    if figures.code == request.tenant.slug and not all(map(is_root, paths)):
        return ""
    return reverse("reporting:node-targets", args=[request.tenant.slug, figures.code])


def _shown(amount: Decimal) -> Decimal | None:
    return shown_total(amount, KEPT_DECIMALS)


def _rate_tabs(overview: Overview, request: TenantRequest) -> list[Tab]:
    """The choice of rates; nothing to choose where there are neither rates nor amounts for them."""
    figures = overview.roll_up
    if not figures.rates.factors and not figures.unconverted:
        return []
    view = _view(figures)
    return [
        Tab(
            str(basis.label),
            with_view(with_rate(request.path, basis), view),
            basis is figures.rates.basis,
        )
        for basis in RateBasis
    ]


def _view_tabs(overview: Overview, request: TenantRequest) -> list[Tab]:
    """Reports as they are now or as published (V4); nothing to choose without a restatement."""
    figures = overview.roll_up
    is_rated = bool(figures.rates.factors)
    url = with_rate(request.path, figures.rates.basis) if is_rated else request.path
    return view_tabs(url, _view(figures), has_restatements=has_restatements())


def _view(figures: RollUp) -> ReportView:
    return ReportView.PUBLISHED if figures.as_published else ReportView.CURRENT


def _stages(overview: Overview, tenant: Tenant) -> list[dict[str, Any]]:
    """The funnel by count with the mean age in each stage.

    It links to its measures where their list can be narrowed to the place.
    """
    figures = overview.roll_up
    ages = figures.stage_ages
    places = {Level.TENANT.word: {}, Level.PROGRAM.word: {"program": figures.code}}
    place: dict[str, str] | None = places.get(figures.level)
    url = reverse("initiatives:measures", args=[tenant.slug])
    return [
        {
            "label": stage.label,
            "count": count,
            "days": ages[stage],
            "url": "" if place is None else f"{url}?{urlencode(place | {'stage': stage.value})}",
        }
        for stage, count in figures.by_stage.items()
    ]


def _classes(overview: Overview) -> list[dict[str, Any]]:
    """Each class with its total, in the order of the vocabulary."""
    table = overview.by_class
    return [
        {
            "label": effect_class.label,
            "value": _shown(table.total_of(effect_class.value)),
        }
        for effect_class in EffectClass
        if effect_class.value in table.rows
    ]
