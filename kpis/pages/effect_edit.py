"""Changing an effect that stands, and recording its reference (V2, V5)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden, Stale
from governance.web.forms import refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.choices import Stage
from initiatives.models import Measure
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.measures import CONFLICT
from initiatives.rules import method_is_frozen, plan_is_frozen
from initiatives.selectors import hands_at, measure_by_code
from kpis.actuals.services.effects import effect_change
from kpis.actuals.services.reference import reference_write
from kpis.choices import Series
from kpis.models import Effect
from kpis.pages.actual_forms import EffectFieldsForm
from kpis.pages.forms import MonthsForm
from kpis.pages.values import chosen_year, this_month, values_url
from kpis.rules import Month, fiscal_year, may_plan, months_of_fiscal_year
from kpis.selectors import effect_by_id, values_of


@require_http_methods(["GET", "HEAD", "POST"])
def effect_edit(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """What an effect is, and who answers for it; after T3 only the latter is open."""
    effect, measure = _effect(request, str(effect_id))
    locked = str(TEXTS["frozen"]) if plan_is_frozen(Stage(measure.stage)) else ""
    data = request.POST if request.method == "POST" else None
    form = EffectFieldsForm(data, effect=effect, locked=locked)
    status = UNPROCESSABLE if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            with refusals_in(form):
                effect_change(
                    effect=effect,
                    seen_version=form.cleaned_data["seen_version"],
                    fields=form.changes(),
                    by=request.actor,
                )
                messages.success(request, _("The effect was saved."))
                return redirect(values_url(measure, request.tenant))
        except Stale as error:
            fresh, _measure = _effect(request, str(effect_id))
            form.current = EffectFieldsForm(effect=fresh, locked=locked).current
            merged = form.merged(error.current)
            form, status = EffectFieldsForm(merged, effect=fresh, locked=locked), CONFLICT
    context = {
        "effect": effect,
        "measure": measure,
        "form": form,
        "is_stale": status == CONFLICT,
        "breadcrumbs": measure_crumbs(measure, _("Effect"), request=request),
        "url": values_url(measure, request.tenant),
    }
    return render(request, "kpis/effect_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def effect_reference(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """How it was before, month by month, until the method is frozen."""
    effect, measure = _effect(request, str(effect_id))
    amounts = values_of([effect])[0].series(Series.REFERENCE)
    months = _months(request, amounts)
    data = request.POST if request.method == "POST" else None
    form = MonthsForm(data, effect=effect, months=months, amounts=amounts)
    status = UNPROCESSABLE if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            with refusals_in(form):
                reference_write(
                    effect=effect,
                    cells=form.cells(),
                    seen_version=form.cleaned_data["seen_version"],
                    by=request.actor,
                )
                messages.success(request, _("The reference was saved."))
                return redirect(values_url(measure, request.tenant))
        except Stale as error:
            fresh, _measure = _effect(request, str(effect_id))
            amounts = values_of([fresh])[0].series(Series.REFERENCE)
            form.current = MonthsForm(effect=fresh, months=months, amounts=amounts).current
            merged = form.merged(error.current)
            form = MonthsForm(merged, effect=fresh, months=months, amounts=amounts)
            status = CONFLICT
    context = {
        "effect": effect,
        "measure": measure,
        "form": form,
        "is_stale": status == CONFLICT,
        "locked": str(TEXTS["frozen"]) if method_is_frozen(Stage(measure.stage)) else "",
        "years": _years(request, months),
        "breadcrumbs": measure_crumbs(measure, _("Reference"), request=request),
        "url": values_url(measure, request.tenant),
    }
    return render(request, "kpis/effect_reference.html", context, status=status)


def _effect(request: TenantRequest, effect_id: str) -> tuple[Effect, Measure]:
    effect = effect_by_id(effect_id, by=request.actor)
    measure = measure_by_code(effect.measure.code, by=request.actor)
    if not may_plan(hands_at(measure, request.actor)):
        raise Forbidden
    return effect, measure


def _months(request: TenantRequest, amounts: dict[Month, Any]) -> list[Month]:
    """The fiscal year asked for; else the latest with a reference, else the last one."""
    start = request.tenant.fiscal_year_start
    opening = fiscal_year(max(amounts), start) if amounts else fiscal_year(this_month(), start) - 1
    return months_of_fiscal_year(chosen_year(request.GET) or opening, start)


def _years(request: TenantRequest, months: Sequence[Month]) -> list[dict[str, Any]]:
    number = fiscal_year(months[0], request.tenant.fiscal_year_start)
    return [
        {"label": str(n), "url": f"?year={n}", "is_current": n == number}
        for n in range(number - 2, number + 2)
    ]
