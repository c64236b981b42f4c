"""The portfolio page and the same page for every node: the answer first, what it rests on after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.people.choices import Permission
from governance.people.rules import is_root
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.selectors import node_by_code
from governance.ui.parts import Column, Tab
from governance.web.requests import TenantRequest
from governance.web.views_bar import opening, views_bar
from kpis.choices import EffectClass, EffectKind
from kpis.figures.leakage import leakage_total
from kpis.pages.publishing import AS
from kpis.pages.rating import RATE, missing_notes, shown_total
from kpis.rates.choices import RateBasis
from kpis.restatements.choices import ReportView
from kpis.restatements.selectors import has_restatements
from kpis.rules import fiscal_year
from reporting.attention import Sought, overdue_by_stage
from reporting.behind.figures import Figure
from reporting.ladder import ladders
from reporting.narrowing import TooMany
from reporting.pages.asked import PORTFOLIO, YEAR, Asked, PageFrame, asked_for
from reporting.pages.attention import attention_context, waiting_context
from reporting.pages.charts import curve_chart, plan_by_class_chart
from reporting.pages.children import children_context, shown_lights
from reporting.pages.filters import filters_context
from reporting.pages.head import head_context
from reporting.pages.parts import (
    curve_of,
    funnel_context,
    this_month,
    year_tabs,
)
from reporting.rules import KEPT_DECIMALS, wide_sum
from reporting.selectors import (
    Overview,
    RollUp,
    headline_name,
    node_overview,
    portfolio_overview,
    portfolio_paths,
)

LIGHT_HINT = gettext_lazy("From the measures below, by what they hold of the value (L5)")


@require_safe
def portfolio(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All a person may see: amounts against target, the S-curve, the funnel, program by program."""
    asked, paths = asked_for(request.GET), portfolio_paths(request.actor)
    bar = views_bar(request, PORTFOLIO)
    if (preferred := opening(request, bar)) is not None:
        return preferred
    asked = replace(asked, home=bar.bare_url)
    context = filters_context(asked, request.path) | {"views": bar}
    with too_many_in(context):
        how = asked.reading(paths)
        overview = portfolio_overview(
            tenant=request.tenant, by=request.actor, basis=asked.basis, how=how
        )
        child = str(Level.PROGRAM.label)
        context |= _context(
            overview, asked, request, child, Sought(request.tenant, paths, how.only)
        )
    return render(request, "reporting/portfolio.html", context)


@require_safe
def node_totals(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The same of one node; a fragment of its page and a page of its own."""
    node, asked = node_by_code(code, by=request.actor), asked_for(request.GET)
    context = filters_context(asked, request.path) | {"node": node, "target": "#totals"}
    with too_many_in(context):
        how = asked.reading([node.path])
        overview = node_overview(node, tenant=request.tenant, basis=asked.basis, how=how)
        level = node.known_level.child
        child = str(level.label) if level else ""
        sought = Sought(request.tenant, [node.path], how.only)
        context |= _context(overview, asked, request, child, sought)
    is_fragment = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]  # django-htmx sets it
    part = "#totals" if is_fragment else ""
    return render(request, f"reporting/node_totals.html{part}", context)


@contextmanager
def too_many_in(context: dict[str, Any]) -> Iterator[None]:
    """The page says so itself where more measures match than are computed while one waits."""
    try:
        yield
    except TooMany as error:
        context["too_many"] = error.detail


def _context(
    overview: Overview,
    asked: Asked,
    request: TenantRequest,
    child_label: str,
    sought: Sought,
) -> dict[str, Any]:
    tenant, figures, now = request.tenant, overview.roll_up, timezone.now()
    metric = headline_name(tenant)
    language = get_language() or "en"
    frame = PageFrame(tenant, Level.of_word(figures.level), figures.code, asked, language)
    targets_url = _targets_url(figures, request)
    found = curve_of(overview.roll_up, tenant, asked)
    year = asked.year or fiscal_year(this_month(tenant), frame.start)
    steps = ladders(figures.headline, figures.targets, tenant.headline_metric, year)
    kind = steps[0].kind
    return {
        "overview": overview,
        "figures": figures,
        "headline_name": metric,
        "curve": curve_chart(found, frame, metric),
        "chart": plan_by_class_chart(overview, frame, metric),
        "year_tabs": year_tabs(found, frame, request.path),
        "rate_tabs": _rate_tabs(figures, asked, request.path),
        "view_tabs": _view_tabs(asked, request.path),
        "rate_label": str(figures.rates.basis.label) if figures.rates.factors else "",
        "missing_rates": missing_notes(figures.missing, figures.rates.basis, tenant),
        "light_hint": LIGHT_HINT,
        "lights": shown_lights(figures.lights),
        "watermelons_url": _watermelons_url(figures, tenant),
        "targets_url": targets_url,
        "bridge_url": _bridge_url(figures, targets_url, asked, tenant),
        "is_narrowed": sought.only is not None,
        "amounts_csv": frame.address("amounts-csv"),
        **head_context(figures, frame, steps, targets_url),
        **funnel_context(figures.funnel, overdue_by_stage(sought, now), frame),
        **_value_context(figures, frame),
        **attention_context(request, frame, sought, now),
        **waiting_context(request, sought, now),
        **children_context(overview, frame, kind, year, this_month(tenant), child_label),
        "classes": _classes(overview),
        "class_total": _shown(overview.by_class.total),
        "plan_url": frame.behind(Figure.PLAN),
    }


def _value_context(figures: RollUp, frame: PageFrame) -> dict[str, Any]:
    """The four amounts of the headline metric, and its leakage and net value (F3, F5, F7)."""
    metric = frame.tenant.headline_metric
    leaked = figures.leakage.get(metric, {})
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
            (
                EffectKind(kind).label,
                [(getattr(amounts, n), frame.behind(Figure(n), kind=kind)) for n in names],
                amounts.is_short,
            )
            for kind, amounts in figures.headline.items()
        ],
        "leakage": [(r.label, _shown(amount)) for r, amount in pooled.items() if amount],
        "leakage_total": _shown(wide_sum(pooled.values())) if pooled else None,
        "net": [
            {"all_classes": _shown(net.all_classes), "hard_only": _shown(net.hard_only)}
            for net in figures.net
            if net.metric == metric
        ],
        "net_url": frame.behind(Figure.NET),
        "leakage_url": frame.behind(Figure.LEAKAGE),
        "at_risk": [
            (EffectKind(k).label, _shown(amount), frame.behind(Figure.AT_RISK, kind=k))
            for k, amount in figures.at_risk.items()
        ],
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


def _bridge_url(figures: RollUp, targets_url: str, asked: Asked, tenant: Tenant) -> str:
    """Empty where targets are: a bridge tells of one whole place. By the same rates and year."""
    if not targets_url or asked.narrowing.given:
        return ""
    url = reverse("reporting:bridge", args=[tenant.slug, figures.code])
    given = {name: word for name, word in asked.given.items() if name in {RATE, YEAR}}
    return f"{url}?{urlencode(given)}" if given else url


def _shown(amount: Decimal) -> Decimal | None:
    return shown_total(amount, KEPT_DECIMALS)


def _rate_tabs(figures: RollUp, asked: Asked, path: str) -> list[Tab]:
    """The choice of rates; nothing to choose where there are neither rates nor amounts for them."""
    if not figures.rates.factors and not figures.unconverted:
        return []
    return [
        Tab(
            str(one.label),
            asked.kept_in(path, **{RATE: "" if one is RateBasis.PLAN else one.value}),
            one is asked.basis,
        )
        for one in RateBasis
    ]


def _view_tabs(asked: Asked, path: str) -> list[Tab]:
    """Reports as they are now or as published (V4); nothing to choose without a restatement."""
    if not has_restatements() and not asked.as_published:
        return []
    return [
        Tab(
            str(one.label),
            asked.kept_in(path, **{AS: "" if one is ReportView.CURRENT else one.value}),
            one is asked.view,
        )
        for one in ReportView
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
