"""Goals and objectives: their list, a new one, and the deletion of an unused one."""

from collections import Counter

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.frame import require_sight
from initiatives.pages.seen import seen_version
from kpis.indicators.models import Kpi
from kpis.indicators.selectors import objective_by_code, objectives
from kpis.indicators.services.objectives import objective_create, objective_delete
from kpis.pages.kpi_forms import ObjectiveForm
from kpis.pages.kpi_list import objective_label


@require_safe
def objective_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All goals, each with its objectives and how many KPIs they have."""
    require_sight(request.actor)
    counted = Kpi.objects.order_by().values_list("objective_id").annotate(count=Count("pk"))
    counts = Counter(dict(counted))
    rows = sorted(objectives(request.actor), key=objective_label)
    below = Counter(counts)  # a goal's own and those of its objectives
    for row in rows:
        below[row.parent_id] += counts[row.pk]
    parents = {row.parent_id for row in rows}
    may_manage = request.actor.may_anywhere(Permission.METRIC_MANAGE)
    context = {
        "rows": [
            {
                "objective": row,
                "kpis": below[row.pk],
                "may_delete": may_manage and row.pk not in parents and not counts[row.pk],
            }
            for row in rows
        ],
        "columns": [
            Column("name", _("Goal or objective")),
            Column("code", _("Code")),
            Column("kpis", _("KPIs"), numeric=True),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "may_manage": may_manage,
        "list_url": reverse("kpis:kpis", args=[tenant_slug]),
        "breadcrumbs": _crumbs(request, _("Objectives")),
    }
    return render(request, "kpis/objectives.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def objective_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Add a goal, or an objective of a goal."""
    request.actor.require_anywhere(Permission.METRIC_MANAGE)
    goals = list(objectives(request.actor).filter(parent__isnull=True))
    form = ObjectiveForm(request.POST if request.method == "POST" else None, goals=goals)
    url = reverse("kpis:objectives", args=[tenant_slug])
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            row = objective_create(draft=form.draft, by=request.actor)
            messages.success(request, _("%(code)s was added.") % {"code": row.code})
            return redirect(url)
    context = {"form": form, "url": url, "breadcrumbs": _crumbs(request, _("New objective"))}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/objective_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def objective_remove(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Delete an objective that nothing belongs to, after a question."""
    row = objective_by_code(code, by=request.actor)
    request.actor.require_anywhere(Permission.METRIC_MANAGE)
    url = reverse("kpis:objectives", args=[tenant_slug])
    if request.method == "POST":
        objective_delete(objective=row, seen_version=seen_version(request.POST), by=request.actor)
        messages.success(request, _("%(code)s was deleted.") % {"code": row.code})
        return redirect(url)
    context = {"objective": row, "url": url, "breadcrumbs": _crumbs(request, _("Delete"))}
    return render(request, "kpis/objective_delete.html", context)


def _crumbs(request: TenantRequest, last: str) -> list[Crumb]:
    args = [request.tenant.slug]
    crumbs = [Crumb(_("KPIs"), reverse("kpis:kpis", args=args))]
    if last != _("Objectives"):
        crumbs.append(Crumb(_("Objectives"), reverse("kpis:objectives", args=args)))
    return [*crumbs, Crumb(last)]
