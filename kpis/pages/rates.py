"""Exchange rates: one kind and fiscal year at a time, what waits for confirmation, proposing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.errors import Conflict, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.ui.parts import Column, Crumb, Tab
from governance.web.pages import Order, keyset_page
from governance.web.refusals import refusal_text
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.frame import require_sight
from kpis.actuals.rules import month_at
from kpis.grid import years_of
from kpis.pages.charts import month_label
from kpis.pages.rate_forms import RatesForm
from kpis.pages.values import chosen_year, this_month
from kpis.rates.choices import RateKind
from kpis.rates.models import Rate
from kpis.rates.rules import Converter
from kpis.rates.selectors import (
    RateFilters,
    converter,
    foreign_currencies,
    months_with_rates,
    rates_matching,
    waiting,
)
from kpis.rates.services import rates_confirm, rates_propose, rates_refuse, rates_withdraw
from kpis.rules import Month, fiscal_year, months_of_fiscal_year, year_label

ORDER = Order("added", "id")
PAGE_SIZE = 50
KIND, TICK = "kind", "tick"
DECISIONS = {"confirm": rates_confirm, "refuse": rates_refuse, "withdraw": rates_withdraw}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The kind and fiscal year that an address asks for, and the months that have a rate there."""

    kind: RateKind
    year: int
    months: Sequence[Month]

    @property
    def query(self) -> str:
        return f"?{KIND}={self.kind.value}&year={self.year}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One currency in one month: the rate in force, and one that waits."""

    label: str
    rate: Decimal | None
    proposed: Decimal | None


@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Rates in force of one kind and fiscal year, and all that waits for confirmation."""
    if request.method != "POST":
        require_sight(request.actor)
        return _page(request)
    request.actor.require_anywhere(Permission.RATE_MANAGE)
    decide, ids = DECISIONS.get(request.POST.get("action", "")), _ticked(request.POST)
    if decide is None or not ids:
        messages.info(request, _("Nothing was chosen, so nothing was decided."))
        return redirect("kpis:rates", tenant_slug)
    try:
        done = decide(ids=ids, by=request.actor)
    except (Conflict, Forbidden) as error:
        messages.error(request, refusal_text(error))
        return _page(request, status=error.status)
    text = ngettext("%(count)s rate was decided.", "%(count)s rates were decided.", len(done))
    messages.success(request, text % {"count": len(done)})
    return redirect("kpis:rates", tenant_slug)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Propose rates of one kind: by the months of a fiscal year, and by pasted lines."""
    request.actor.require_anywhere(Permission.RATE_MANAGE)
    chosen = _chosen(request)
    found = converter(chosen.kind, request.tenant)
    form = RatesForm(
        request.POST if request.method == "POST" else None,
        labels=_labels(chosen, request.tenant),
        standing={
            currency: {month: found.rate(currency, month) for month in chosen.months}
            for currency in foreign_currencies(request.tenant)
        },
    )
    url = f"{reverse('kpis:rates', args=[tenant_slug])}{chosen.query}"
    if form.is_bound and form.is_valid():
        try:
            made = rates_propose(kind=chosen.kind, rates=form.rates, by=request.actor)
        except (Conflict, Invalid) as error:
            form.refuse(error)
        else:
            messages.success(request, _told(len(made)))
            return redirect(url)
    context = {
        "form": form,
        "title": _title(chosen, request.tenant),
        "home": request.tenant.currency,
        "example": f"USD {chosen.months[0]} 0.9251",
        "url": url,
        "breadcrumbs": [Crumb(_("Exchange rates"), url), Crumb(_("Propose"))],
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/rates_propose.html", context, status=status)


def _told(count: int) -> str:
    text = ngettext(
        "%(count)s rate was proposed; somebody else confirms it now.",
        "%(count)s rates were proposed; somebody else confirms them now.",
        count,
    )
    return text % {"count": count}


def _chosen(request: TenantRequest) -> Chosen:
    """What the address asks for; raises `Invalid`."""
    word, start = request.GET.get(KIND, "") or RateKind.PLAN.value, request.tenant.fiscal_year_start
    if word not in RateKind.values:
        raise Invalid({KIND: [_("Choose one of the list.")]})
    kind = RateKind(word)
    year = chosen_year(request.GET) or fiscal_year(this_month(), start)
    months = months_of_fiscal_year(year, start)
    return Chosen(kind, year, months[:1] if kind is RateKind.PLAN else months)


def _ticked(data: QueryDict) -> list[UUID]:
    try:
        return [UUID(text) for text in data.getlist(TICK)]
    except ValueError as error:
        raise Invalid({TICK: [_("This names no rate.")]}) from error


def _page(request: TenantRequest, *, status: int = 200) -> HttpResponse:
    chosen, tenant, by = _chosen(request), request.tenant, request.actor
    cursor = request.GET.get("cursor", "")
    page = keyset_page(waiting(), order=ORDER, cursor=cursor, limit=PAGE_SIZE)
    labels = _labels(chosen, tenant)
    years = years_of(months_with_rates(), tenant.fiscal_year_start, today=this_month())
    title = _title(chosen, tenant)
    context = {
        "title": title,
        "home": tenant.currency,
        "columns": [
            Column("currency", _("Currency")),
            *(Column(str(month), label, numeric=True) for month, label in labels.items()),
        ],
        "rows": _rows(chosen, labels, tenant),
        "kind_tabs": _kind_tabs(chosen, request),
        "year_tabs": _year_tabs(chosen, [*years, chosen.year], request),
        "propose_url": f"{reverse('kpis:rates-propose', args=[tenant.slug])}{chosen.query}",
        "refusal": _refusal(by),
        "page": page,
        "lines": _lines(page.rows, request),
        "breadcrumbs": [Crumb(_("Exchange rates"))],
    }
    return render(request, "kpis/rates.html", context, status=status)


def _labels(chosen: Chosen, tenant: Tenant) -> dict[Month, str]:
    if chosen.kind is RateKind.PLAN:
        return {chosen.months[0]: year_label(chosen.year, tenant.fiscal_year_start)}
    return {month: month_label(month) for month in chosen.months}


def _title(chosen: Chosen, tenant: Tenant) -> str:
    year = year_label(chosen.year, tenant.fiscal_year_start)
    return f"{chosen.kind.label}, {year}"


def _rows(
    chosen: Chosen, labels: Mapping[Month, str], tenant: Tenant
) -> list[tuple[str, list[Cell]]]:
    """Currencies by months; three queries and those of the currencies."""
    found = converter(chosen.kind, tenant)
    filters = RateFilters(kind=chosen.kind, year=chosen.year, state="proposed")
    pending = {
        (row.currency, month_at(row.month)): row.rate for row in rates_matching(filters, tenant)
    }
    return [
        (
            currency,
            [
                Cell(label, found.rate(currency, month), pending.get((currency, month)))
                for month, label in labels.items()
            ],
        )
        for currency in foreign_currencies(tenant)
    ]


def _lines(rows: Sequence[Rate], request: TenantRequest) -> list[dict[str, Any]]:
    """What waits, each with the rate in force and whether its reader proposed it."""
    kinds = {RateKind(row.kind) for row in rows}
    standing: dict[RateKind, Converter] = {kind: converter(kind, request.tenant) for kind in kinds}
    ticked = set(request.POST.getlist(TICK))
    return [
        {
            "rate": row,
            "now": standing[RateKind(row.kind)].rate(row.currency, month_at(row.month)),
            "is_own": row.proposed_by_id == request.actor.membership_id,
            "is_ticked": str(row.public_id) in ticked,
        }
        for row in rows
    ]


def _kind_tabs(chosen: Chosen, request: TenantRequest) -> list[Tab]:
    url = reverse("kpis:rates", args=[request.tenant.slug])
    return [
        Tab(str(kind.label), f"{url}?{KIND}={kind.value}&year={chosen.year}", kind is chosen.kind)
        for kind in RateKind
    ]


def _year_tabs(chosen: Chosen, years: Sequence[int], request: TenantRequest) -> list[Tab]:
    url, start = reverse("kpis:rates", args=[request.tenant.slug]), request.tenant.fiscal_year_start
    return [
        Tab(
            year_label(year, start),
            f"{url}?{KIND}={chosen.kind.value}&year={year}",
            year == chosen.year,
        )
        for year in sorted(set(years))
    ]


def _refusal(by: Actor) -> str:
    """Why this person may neither propose nor confirm rates; empty if they may."""
    if by.may_anywhere(Permission.RATE_MANAGE):
        return ""
    return _(
        "Exchange rates need the role Controller, Second finance signature or Head of controlling "
        "on the whole tenant."
    )
