"""The targets of a node: those in force with their gaps, its children's, and proposing one (H7)."""

import csv
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.ui.charts import Chart, Kind, Series
from governance.ui.parts import Column
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.frame import elsewhere_text, node_crumbs
from kpis.figures.rules import VALUE_KINDS
from kpis.pages.values import this_month
from kpis.rules import fiscal_year, year_label
from kpis.selectors import metrics
from kpis.targets.selectors import waiting
from kpis.targets.services import target_propose
from reporting.pages.target_forms import TargetForm
from reporting.rules import amount_text
from reporting.selectors import RollUp, headline_name, roll_up_by_code
from reporting.targets import Measured, TargetLine, targets_by_year, with_gaps

MOST_WAITING = 100
CSV_COLUMNS = (
    *("metric", "kind", "fiscal_year", "currency", "target", "bankable", "gap"),
    *("bankable_hard", "gap_hard", "below", "difference"),
)
LADDER = ("identified", "hardened", "bankable", "validated")


@require_safe
def node_targets(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Targets in force at a node beside what is bankable, and those of the nodes right below."""
    node = node_by_code(code, by=request.actor)
    figures = roll_up_by_code(code, tenant=request.tenant, by=request.actor)
    below = [child for line in figures.targets for child in line.children]
    labels = _labels(request.tenant)
    context = {
        "node": node,
        "breadcrumbs": node_crumbs(node, _("Targets"), request=request),
        "propose_url": reverse("reporting:target-propose", args=[tenant_slug, node.code]),
        "refusal": propose_refusal(node, request.actor),
        "columns": _columns(),
        "rows": [_row(line, labels, request.tenant) for line in figures.targets],
        "child_columns": gap_columns(),
        "children": [
            gap_row(one, labels, request.tenant) for one in with_gaps(below, request.tenant)
        ],
        "charts": _charts(figures, request.tenant),
        "waiting": _waiting(node, labels, request),
        "waiting_columns": waiting_columns(),
    }
    return render(request, "reporting/node_targets.html", context)


@require_safe
def targets_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The targets of a node beside what is bankable as CSV: exact figures, a header row, UTF-8."""
    figures = roll_up_by_code(code, tenant=request.tenant, by=request.actor)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="targets-{figures.code}.csv"'
    writer = csv.writer(response)
    writer.writerow(CSV_COLUMNS)
    for line in figures.targets:
        own, spread = line.own, line.spread
        gap = None if own is None else own.gap
        amounts: list[Decimal | None] = [None] * 4
        if gap is not None:
            amounts = [gap.bankable, gap.missing, gap.hard, gap.missing_hard]
        cells = [spread.own, *amounts, spread.below, spread.difference]
        named = [line.metric, line.kind, line.fiscal_year, line.currency]
        writer.writerow([*named, *("" if one is None else amount_text(one) for one in cells)])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Propose a target of a node; it counts once somebody else has approved it."""
    node = node_by_code(code, by=request.actor)
    request.actor.require(Permission.TARGET_MANAGE, node.path)
    form = TargetForm(
        request.POST if request.method == "POST" else None,
        metrics=list(metrics(only_active=True)),
        initial=_opening(node, request.tenant),
    )
    url = reverse("reporting:node-targets", args=[tenant_slug, node.code])
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            target_propose(node=node, draft=form.draft, by=request.actor)
            messages.success(request, _("The target was proposed; somebody else approves it now."))
            return redirect(url)
    context = {
        "node": node,
        "form": form,
        "url": url,
        "breadcrumbs": node_crumbs(node, _("Propose a target"), request=request),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "reporting/target_propose.html", context, status=status)


def propose_refusal(node: Node, by: Actor) -> str:
    """Why this person proposes no target here; empty if they may."""
    if by.may(Permission.TARGET_MANAGE, node.path):
        return ""
    if by.may_anywhere(Permission.TARGET_MANAGE):
        return elsewhere_text()
    return _("Targets are proposed by the transformation office or the head of controlling.")


def _opening(node: Node, tenant: Tenant) -> dict[str, Any]:
    return {
        "metric": tenant.headline_metric,
        "fiscal_year": fiscal_year(this_month(), tenant.fiscal_year_start),
        "gap_owner": node.owner.email if node.owner else "",
    }


def _labels(tenant: Tenant) -> dict[str, str]:
    """Names of the metrics by code; one query."""
    return {metric.code: metric.name for metric in metrics()}


def _waiting(node: Node, labels: dict[str, str], request: TenantRequest) -> list[dict[str, Any]]:
    rows = waiting(request.actor).filter(node=node).order_by("id")[:MOST_WAITING]
    return [waiting_row(row, labels, request) for row in rows]


# --- what the pages of targets share ------------------------------------------------------------


def waiting_columns() -> list[Column]:
    return [
        Column("target", _("Target amount")),
        Column("amount", _("Proposed"), numeric=True),
        Column("owner", _("Owner of the gap")),
        Column("by", _("Proposed by")),
    ]


def waiting_row(row: Any, labels: dict[str, str], request: TenantRequest) -> dict[str, Any]:
    """One proposal with the way to its decision."""
    return {
        "target": row,
        "title": title_of(row.metric.code, row, labels, request.tenant),
        "url": reverse("reporting:target", args=[request.tenant.slug, row.public_id]),
        "is_own": row.proposed_by_id == request.actor.membership_id,
    }


def gap_columns() -> list[Column]:
    return [
        Column("place", _("Place")),
        Column("target", _("Target amount"), numeric=True),
        Column("bankable", _("Bankable"), hint=_("decided and beyond, all classes"), numeric=True),
        Column("gap", _("Gap"), numeric=True),
        Column("gap_hard", _("Gap, hard savings only"), numeric=True),
        Column("owner", _("Owner of the gap")),
    ]


def gap_row(one: Measured, labels: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    """One target in force of a place with its gap."""
    target = one.target
    return {
        "title": title_of(target.metric.code, target, labels, tenant),
        "node": target.node,
        "url": reverse("reporting:node-targets", args=[tenant.slug, target.node.code]),
        "target": target,
        "gap": one.gap,
    }


def title_of(metric: str, row: Any, labels: dict[str, str], tenant: Tenant) -> str:
    """`EBITDA, recurring, 2027, EUR`; the name of what is no money tells its unit."""
    kind = dict(KIND_LABELS)[row.kind]
    year = year_label(row.fiscal_year, tenant.fiscal_year_start)
    words = [labels.get(metric, metric), str(kind).lower(), year, row.currency]
    return ", ".join(word for word in words if word)


KIND_LABELS = [(kind.value, kind.label) for kind in VALUE_KINDS]


def _columns() -> list[Column]:
    return [
        Column("target", _("Target amount")),
        Column("amount", _("Amount"), numeric=True),
        Column("bankable", _("Bankable"), hint=_("decided and beyond, all classes"), numeric=True),
        Column("gap", _("Gap"), numeric=True),
        Column("reached", _("Reached"), numeric=True),
        Column("gap_hard", _("Gap, hard savings only"), numeric=True),
        Column("owner", _("Owner of the gap")),
        Column("below", _("Given to the places below"), numeric=True),
        Column(
            "difference",
            _("Not given to any"),
            hint=_("negative: more than the target"),
            numeric=True,
        ),
    ]


def _row(line: TargetLine, labels: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    own = line.own
    return {
        "title": title_of(line.metric, line, labels, tenant),
        "url": ""
        if own is None
        else reverse("reporting:target", args=[tenant.slug, own.target.public_id]),
        "own": own,
        "spread": line.spread,
        "currency": line.currency,
    }


def _charts(figures: RollUp, tenant: Tenant) -> list[Chart]:
    """The value ladder of the headline metric against its targets, recurring and one-off apart."""
    found = []
    for kind in VALUE_KINDS:
        years = targets_by_year(figures.targets, tenant.headline_metric, kind)
        if years:
            found.append(_ladder(figures, kind, years, tenant))
    return found


def _ladder(figures: RollUp, kind: Any, years: Any, tenant: Tenant) -> Chart:
    amounts = figures.headline[kind.value]
    targets = [
        _("Target %(year)s") % {"year": year_label(year, tenant.fiscal_year_start)}
        for year in years
    ]
    names: Sequence[str] = [_("Identified"), _("Hardened"), _("Bankable"), _("Validated")]
    return Chart(
        id=f"ladder-{kind.value}",
        kind=Kind.BAR,
        title=_("%(metric)s, %(kind)s: from idea to proof against the targets")
        % {"metric": headline_name(tenant), "kind": str(kind.label).lower()},
        categories=[*names, *targets],
        series=[Series(_("Amount"), [*(getattr(amounts, n) for n in LADDER), *years.values()])],
        currency=tenant.currency,
        csv_url=reverse("reporting:targets-csv", args=[tenant.slug, figures.code]),
        description=_(
            "The four amounts of all measures below, all classes, and each year's target."
        ),
    )
