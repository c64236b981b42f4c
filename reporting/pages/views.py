"""The portfolio page, the totals of a node, and the plan as a CSV file."""

import csv
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.tenancy.models import Tenant
from governance.tree.selectors import node_by_code
from governance.ui.parts import Column
from governance.web.requests import TenantRequest
from kpis.choices import EffectClass, EffectKind
from kpis.figures.leakage import leakage_total
from reporting.pages.charts import plan_by_class_chart, year_labels
from reporting.rules import ZERO, YearTable
from reporting.selectors import (
    Overview,
    RollUp,
    headline_name,
    node_overview,
    portfolio_overview,
)


@require_safe
def portfolio(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All a person may see: totals by year and program, split by class."""
    overview = portfolio_overview(tenant=request.tenant, by=request.actor)
    context = _context(overview, request.tenant, _("Program"))
    return render(request, "reporting/portfolio.html", context)


@require_safe
def node_totals(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The figures of one node; a fragment of its page and a page of its own."""
    node = node_by_code(code, by=request.actor)
    overview = node_overview(node, tenant=request.tenant, by=request.actor)
    child = node.known_level.child
    context = _context(overview, request.tenant, str(child.label) if child else "")
    context["node"] = node
    is_fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]  # django-htmx sets it
    part = "#totals" if is_fragment else ""
    return render(request, f"reporting/node_totals.html{part}", context)


@require_safe
def plan_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The plan by fiscal year and class as CSV: exact figures, a header row, UTF-8."""
    if code == tenant_slug:
        overview = portfolio_overview(tenant=request.tenant, by=request.actor)
    else:
        node = node_by_code(code, by=request.actor)
        overview = node_overview(node, tenant=request.tenant, by=request.actor)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="plan-{code}.csv"'
    writer = csv.writer(response)
    table = overview.by_class
    writer.writerow(["fiscal_year", *table.rows, "all_classes", "currency"])
    labels = year_labels(table, request.tenant)
    for label, year in zip(labels, table.years, strict=True):
        cells = [table.rows[row].get(year, "") for row in table.rows]
        writer.writerow([label, *cells, table.totals[year], request.tenant.currency])
    return response


def _context(overview: Overview, tenant: Tenant, child_label: str) -> dict[str, Any]:
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
        "columns": [
            Column("child", child_label or _("Total")),
            Column("measures", _("Measures"), numeric=True),
            *(Column(label, label, numeric=True) for label in labels),
            Column("total", _("All years"), numeric=True),
        ],
        "year_totals": [table.totals[year] for year in table.years],
        "table_total": table.total,
        "has_children": bool(child_label),
        "stages": _stages(overview, tenant),
    }


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
        "leakage": [(reason.label, amount) for reason, amount in pooled.items() if amount],
        "leakage_total": sum(pooled.values(), ZERO) if pooled else None,
        "net": [net for net in figures.net if net.metric == tenant.headline_metric],
        "at_risk": [(EffectKind(k).label, amount) for k, amount in figures.at_risk.items()],
    }


def _stages(overview: Overview, tenant: Tenant) -> list[dict[str, Any]]:
    """The funnel by count: each stage links to its measures."""
    url = reverse("initiatives:measures", args=[tenant.slug])
    return [
        {"label": stage.label, "count": count, "url": f"{url}?stage={stage.value}"}
        for stage, count in overview.roll_up.by_stage.items()
    ]


def _classes(overview: Overview) -> list[dict[str, Any]]:
    """Each class with its total, in the order of the vocabulary."""
    table = overview.by_class
    return [
        {"label": effect_class.label, "value": table.total_of(effect_class.value)}
        for effect_class in EffectClass
        if effect_class.value in table.rows
    ]
