"""Writing value: a new effect, its deletion, and the plan of one fiscal year."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Conflict, Forbidden, Stale
from governance.ui.amounts import shown_amount
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.models import Measure
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.measures import CONFLICT
from initiatives.pages.seen import seen_version
from initiatives.selectors import hands_at, measure_by_code
from kpis.choices import Aggregation, Series
from kpis.models import Effect
from kpis.pages.forms import EffectForm, MonthsForm, SpreadForm
from kpis.pages.values import chosen_year, plan_lock, this_month, values_url
from kpis.phasing import spread
from kpis.rules import Month, fiscal_year, may_plan, months_of_fiscal_year, year_label
from kpis.selectors import effect_by_id, last_changes, metrics, values_of
from kpis.services import effect_create, effect_delete, values_write

SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class Year:
    """One effect in one fiscal year, as its form shows it."""

    effect: Effect
    measure: Measure
    number: int
    label: str
    months: Sequence[Month]
    amounts: dict[Month, Decimal]

    @property
    def locked(self) -> str:
        """Why these months are frozen (V2); empty while they are not."""
        return plan_lock(self.measure)

    def form(self, data: Any = None) -> MonthsForm:
        form = MonthsForm(data, effect=self.effect, months=self.months, amounts=self.amounts)
        for name in form.current if self.locked else ():
            form.fields[name].disabled = True
        return form

    def spread_form(self, data: Any = None) -> SpreadForm:
        return SpreadForm(data, effect=self.effect, months=self.months)


@require_http_methods(["GET", "HEAD", "POST"])
def effect_new(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Add an effect to a measure; its months follow on the next page."""
    measure = measure_by_code(code, by=request.actor)
    _require_plan(measure, request)
    offered = list(metrics(only_active=True))
    data = request.POST if request.method == "POST" else None
    form = EffectForm(data, metrics=offered, currency=request.tenant.currency)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            effect = effect_create(measure=measure, draft=form.draft, by=request.actor)
            messages.success(request, _("The effect was added. Plan its months now."))
            return redirect("kpis:effect-values", tenant_slug, effect.public_id)
    context = {
        "form": form,
        "measure": measure,
        "has_metrics": bool(offered),
        "breadcrumbs": measure_crumbs(measure, _("New effect"), request=request),
        "url": values_url(measure, request.tenant),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/effect_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def effect_remove(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """Delete an effect with its plan, after a question."""
    effect = effect_by_id(str(effect_id), by=request.actor)
    measure = measure_by_code(effect.measure.code, by=request.actor)
    _require_plan(measure, request)
    url = values_url(measure, request.tenant)
    if request.method == "POST":
        seen = seen_version(request.POST)
        effect_delete(effect=effect, seen_version=seen, by=request.actor)
        messages.success(request, _("The effect was deleted."))
        return redirect(url)
    context = {
        "effect": effect,
        "measure": measure,
        "breadcrumbs": measure_crumbs(measure, _("Delete an effect"), request=request),
        "url": url,
    }
    return render(request, "kpis/effect_delete.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def effect_values(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """Plan one effect's fiscal year: twelve amounts, or one amount spread over them (V9)."""
    effect = effect_by_id(str(effect_id), by=request.actor)
    measure = measure_by_code(effect.measure.code, by=request.actor)
    _require_plan(measure, request)
    year = _year(request, effect, measure)
    if request.method != "POST":
        return _page(request, year, year.form())
    if year.locked:
        raise Conflict("frozen")
    # The Enter key presses the first button: an amount that waits to be spread is not passed over.
    if request.POST.get("action") == SPREAD or request.POST.get("spread-amount", "").strip():
        return _spread(request, year)
    form = year.form(request.POST)
    if form.is_valid():
        try:
            with refusals_in(form):
                values_write(
                    effect=effect,
                    series=Series.PLAN,
                    cells=form.cells(),
                    seen_version=form.cleaned_data["seen_version"],
                    by=request.actor,
                )
        except Stale as error:
            return _stale_page(request, form, year, error)
    if not form.is_valid():
        return _page(request, year, form, status=UNPROCESSABLE)
    messages.success(request, _("The plan for %(year)s was saved.") % {"year": year.label})
    return redirect(values_url(measure, request.tenant, year.number))


def _spread(request: TenantRequest, year: Year) -> HttpResponse:
    """Fill the months of the form; nothing is saved until the person saves them."""
    helper = year.spread_form(request.POST)
    if not helper.is_valid():
        form = _unjudged(year, request.POST)
        return _page(request, year, form, helper=helper, status=UNPROCESSABLE)
    data = helper.cleaned_data
    chosen = [month for month in year.months if data["first"] <= str(month) <= data["last"]]
    decimals = year.effect.metric.decimals
    if Aggregation(year.effect.metric.aggregation) is Aggregation.SUM:
        cells = spread(data["amount"], chosen, decimals)
    else:
        cells = dict.fromkeys(chosen, data["amount"])
    language = get_language() or "en"
    texts = {str(m): shown_amount(amount, language, decimals) for m, amount in cells.items()}
    form = _unjudged(year, {**request.POST.dict(), **texts})
    return _page(request, year, form, is_filled=True)


def _unjudged(year: Year, data: Any) -> MonthsForm:
    """The months as typed, without complaints about what may still be being typed."""
    form = year.form(data)
    form.errors.clear()
    return form


def _stale_page(request: TenantRequest, form: MonthsForm, year: Year, error: Stale) -> HttpResponse:
    """The same months on top of the current plan; nothing was saved."""
    effect = effect_by_id(str(year.effect.public_id), by=request.actor)
    year = _year(request, effect, year.measure)
    form.current = year.form().current
    merged = year.form(form.merged(error.current))
    changed = [month for month in year.months if form.seen(str(month)) != form.current[str(month)]]
    return _page(
        request,
        year,
        merged,
        status=CONFLICT,
        meanwhile=last_changes(effect, Series.PLAN, changed),
        contested=form.contested,
    )


def _page(
    request: TenantRequest, year: Year, form: MonthsForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    is_sum = Aggregation(year.effect.metric.aggregation) is Aggregation.SUM
    context = {
        "effect": year.effect,
        "measure": year.measure,
        "year": year,
        "form": form,
        "helper": year.spread_form(),
        "is_sum": is_sum,
        "years": _neighbours(request, year),
        "breadcrumbs": measure_crumbs(year.measure, _("Plan"), request=request),
        "url": values_url(year.measure, request.tenant, year.number),
        **extra,
    }
    return render(request, "kpis/effect_values.html", context, status=status)


def _year(request: TenantRequest, effect: Effect, measure: Measure) -> Year:
    start = request.tenant.fiscal_year_start
    amounts = values_of([effect])[0].series(Series.PLAN)
    first = min(amounts, default=None)
    opening = fiscal_year(first or this_month(), start)
    number = chosen_year(request.GET) or opening
    months = months_of_fiscal_year(number, start)
    return Year(effect, measure, number, year_label(number, start), months, amounts)


def _neighbours(request: TenantRequest, year: Year) -> list[dict[str, Any]]:
    start = request.tenant.fiscal_year_start
    return [
        {"label": year_label(n, start), "url": f"?year={n}", "is_current": n == year.number}
        for n in range(year.number - 1, year.number + 3)
    ]


def _require_plan(measure: Measure, request: TenantRequest) -> None:
    if not may_plan(hands_at(measure, request.actor)):
        raise Forbidden
