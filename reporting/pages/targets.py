"""Targets across places: what waits for approval, the gaps one answers for, and deciding (H7)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb, Tab
from governance.web.forms import refusals_in
from governance.web.pages import Order, Page, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.frame import elsewhere_text, node_crumbs, require_sight
from kpis.choices import ProposalState
from kpis.models import Target
from kpis.selectors import metrics
from kpis.targets.selectors import gaps_owned, same_key, target_by_id, waiting
from kpis.targets.services import (
    FOR_CLIENTS,
    SECOND_PERSON,
    target_approve,
    target_refuse,
    target_withdraw,
)
from reporting.pages.node_targets import (
    gap_columns,
    gap_row,
    title_of,
    waiting_columns,
    waiting_row,
)
from reporting.pages.target_forms import DecisionForm
from reporting.targets import with_gaps

SHOW, WAITING, GAPS = "show", "waiting", "gaps"
OLDEST_FIRST = Order("added", "id")
MOST_VERSIONS = 50


@require_safe
def target_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Proposals of the places a person sees, or with `?show=gaps` the gaps they answer for."""
    require_sight(request.actor)
    shown = request.GET.get(SHOW, "") or WAITING
    if shown not in {WAITING, GAPS}:
        raise Invalid({SHOW: [_("Choose one of the list.")]})
    is_gaps = shown == GAPS
    rows = gaps_owned(request.actor, request.tenant) if is_gaps else waiting(request.actor)
    page = keyset_page(rows, order=OLDEST_FIRST, cursor=request.GET.get("cursor", ""))
    labels = {metric.code: metric.name for metric in metrics()}
    url = reverse("reporting:targets", args=[tenant_slug])
    context = {
        "tabs": [
            Tab(_("Waiting for approval"), url, not is_gaps),
            Tab(_("Gaps I answer for"), f"{url}?{SHOW}={GAPS}", is_gaps),
        ],
        "is_gaps": is_gaps,
        "page": page,
        "breadcrumbs": [Crumb(_("Targets"))],
        **(_gaps(page, labels, request) if is_gaps else _waiting(page, labels, request)),
    }
    return render(request, "reporting/targets.html", context)


def _gaps(page: Page[Target], labels: dict[str, str], request: TenantRequest) -> dict[str, Any]:
    found = with_gaps(page.rows, request.tenant)
    return {
        "columns": gap_columns(),
        "rows": [gap_row(one, labels, request.tenant) for one in found],
    }


def _waiting(page: Page[Target], labels: dict[str, str], request: TenantRequest) -> dict[str, Any]:
    return {
        "columns": [Column("place", _("Place")), *waiting_columns()],
        "rows": [waiting_row(row, labels, request) for row in page.rows],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def target(request: TenantRequest, tenant_slug: str, target_id: Any) -> HttpResponse:
    """One target with its versions; whoever manages targets there decides on a proposal."""
    row = target_by_id(target_id, by=request.actor)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        request.actor.require(Permission.TARGET_MANAGE, row.node.path)
        if form.is_valid():
            with refusals_in(form):
                _decide(row, form.cleaned_data, request.actor)
                messages.success(request, _("The target was decided."))
                return redirect("reporting:node-targets", tenant_slug, row.node.code)
    labels = {metric.code: metric.name for metric in metrics()}
    refusals = decision_refusals(row, request.actor)
    context = {
        "target": row,
        "title": title_of(row.metric.code, row, labels, request.tenant),
        "is_waiting": row.state == ProposalState.PROPOSED,
        "form": form,
        "refuse_reason": refusals["approve"],
        "withdraw_reason": refusals["withdraw"],
        "versions": _versions(row),
        "version_columns": _version_columns(),
        "url": reverse("reporting:node-targets", args=[tenant_slug, row.node.code]),
        "breadcrumbs": node_crumbs(row.node, _("Target amount"), request=request),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "reporting/target.html", context, status=status)


def _decide(row: Target, given: dict[str, str], by: Actor) -> None:
    decide: dict[str, Callable[[], Target]] = {
        "approve": lambda: target_approve(target=row, remark=given["remark"], by=by),
        "refuse": lambda: target_refuse(target=row, remark=given["remark"], by=by),
        "withdraw": lambda: target_withdraw(target=row, by=by),
    }
    decide[given["action"]]()


def decision_refusals(row: Target, by: Actor) -> dict[str, str]:
    """Why this person may not approve (or refuse), or withdraw; empty where they may."""
    if not by.may(Permission.TARGET_MANAGE, row.node.path):
        reason = _("Targets are decided by the transformation office or the head of controlling.")
        if by.may_anywhere(Permission.TARGET_MANAGE):
            reason = elsewhere_text()
        return {"approve": reason, "withdraw": reason}
    is_own = by.membership_id == row.proposed_by_id
    approve = str(SECOND_PERSON) if is_own else str(FOR_CLIENTS) if by.is_consultant else ""
    return {"approve": approve, "withdraw": "" if is_own else str(TEXTS["target_of_another"])}


def _version_columns() -> list[Column]:
    return [
        Column("state", _("State")),
        Column("amount", _("Amount"), numeric=True),
        Column("owner", _("Owner of the gap")),
        Column("proposed", _("Proposed by")),
        Column("decided", _("Decided by")),
        Column("why", _("Reason and remark")),
    ]


def _versions(row: Target) -> list[Target]:
    """All versions and proposals of the same key, newest first; one query."""
    people = ("gap_owner__user", "proposed_by__user", "decided_by__user")
    return list(same_key(row).select_related(*people).order_by("-id")[:MOST_VERSIONS])
