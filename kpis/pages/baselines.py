"""Comparing the baselines of a measure with each other, the plan and the forecast (V3)."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.ui.charts import Chart, Kind, Series, Unit
from governance.ui.parts import Column
from governance.web.csv_files import csv_file, csv_text
from governance.web.requests import TenantRequest
from initiatives.gates.transitions import asked_for
from initiatives.models import Measure
from initiatives.pages.card import card_url
from initiatives.pages.frame import measure_crumbs
from initiatives.selectors import measure_by_code
from kpis.changes.comparing import CURRENT, ORIGINAL, Compared, number_in
from kpis.changes.selectors import LEFT, RIGHT, Baseline, Comparison, comparison
from kpis.choices import EffectKind
from kpis.choices import Series as ValueSeries
from kpis.pages.charts import MOST_MONTHS, month_label
from kpis.pages.values import values_url
from kpis.rules import Month, year_label


def side_label(side: str) -> str:
    """A side for people."""
    known = {
        ORIGINAL: _("Original baseline"),
        CURRENT: _("Current baseline"),
        ValueSeries.PLAN.value: str(ValueSeries.PLAN.label),
        ValueSeries.FORECAST.value: str(ValueSeries.FORECAST.label),
    }
    return known.get(side) or _("Baseline %(number)s") % {"number": number_in(side)}


def comparison_of(request: TenantRequest, code: str) -> tuple[Measure, Comparison]:
    """The measure, and what `?left=&right=` compares; raises `Invalid` by parameter."""
    measure, query = measure_by_code(code, by=request.actor), request.GET
    start = request.tenant.fiscal_year_start
    return measure, comparison(measure, start, query.get(LEFT, ""), query.get(RIGHT, ""))


class SidesForm(forms.Form):
    """Which two views are compared."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(initial={LEFT: comparison.left, RIGHT: comparison.right})
        choices = [(side, side_label(side)) for side in comparison.sides]
        self.fields[LEFT] = forms.ChoiceField(label=_("Compare"), choices=choices)
        self.fields[RIGHT] = forms.ChoiceField(label=_("with"), choices=choices)


@require_safe
def baselines(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Two of baselines, plan and forecast side by side; `?left=&right=` says which."""
    measure, found = comparison_of(request, code)
    start = request.tenant.fiscal_year_start
    query = urlencode({LEFT: found.left, RIGHT: found.right})
    csv_url = f"{reverse('kpis:baselines-csv', args=[tenant_slug, measure.code])}?{query}"
    context = {
        "measure": measure,
        "form": SidesForm(found),
        "comparison": found,
        "blocks": [_block(one, start) for one in found.effects],
        "totals": [_block(one, start) for one in found.totals],
        "columns": _columns(found),
        "chart": _chart(found, request, csv_url),
        "csv_url": csv_url,
        "history": [_written(one, request) for one in found.baselines],
        "history_columns": _history_columns(),
        "breadcrumbs": measure_crumbs(measure, _("Baselines"), request=request),
        "url": values_url(measure, request.tenant),
    }
    return render(request, "kpis/baselines.html", context)


@require_safe
def baselines_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The same by effect and month as CSV: exact figures, a header row, UTF-8."""
    measure, found = comparison_of(request, code)
    header = ["effect", "name", "kind", "unit", "month", found.left, found.right, "difference"]
    rows = [
        [
            one.line.key,
            csv_text(one.line.title),
            one.line.kind.value,
            csv_text(one.line.unit),
            str(month),
            *("" if amount is None else f"{amount:f}" for amount in (pair.left, pair.right)),
            f"{pair.difference:f}",
        ]
        for one in found.effects
        for month, pair in one.months.items()
    ]
    return csv_file(f"{measure.code}-baselines", header, rows)


def _columns(found: Comparison) -> list[Column]:
    return [
        Column("month", _("Month")),
        Column("left", side_label(found.left), numeric=True),
        Column("right", side_label(found.right), numeric=True),
        Column("difference", _("Difference"), numeric=True),
        Column("percent", _("Per cent"), numeric=True),
    ]


def _block(one: Compared, start: int) -> dict[str, Any]:
    """One effect or sum as the table shows it."""
    return {
        "line": one.line,
        "title": one.line.title,
        "kind": str(one.line.kind.label),
        "metric": one.line.metric,
        "total": one.total,
        "years": [
            {
                "label": year_label(year.year, start),
                "total": year.total,
                "months": [(month_label(month), pair) for month, pair in year.months],
            }
            for year in one.years
        ],
    }


def _chart(found: Comparison, request: TenantRequest, csv_url: str) -> Chart | None:
    """What recurs first, both sides by month, or by fiscal year where that is long."""
    drawn = sorted(
        [*found.totals, *found.effects],
        key=lambda one: (one.line.kind is not EffectKind.RECURRING, not one.line.is_money),
    )
    if not drawn:
        return None
    one, start = drawn[0], request.tenant.fiscal_year_start
    if len(one.months) <= MOST_MONTHS:
        points = [(month_label(month), pair) for month, pair in _span(one)]
    else:
        points = [(year_label(year.year, start), year.total) for year in one.years]
    facts = {"metric": one.line.metric, "kind": one.line.kind.label}
    sides = (
        (found.left, [p.left if p else None for _l, p in points], "grey"),
        (found.right, [p.right if p else None for _l, p in points], "brand"),
    )
    return Chart(
        id="baselines",
        kind=Kind.LINE,
        title=_("%(metric)s, %(kind)s: both side by side") % facts,
        categories=[label for label, _pair in points],
        series=[
            Series(side_label(side), values, tone=tone, dashed=tone == "grey")
            for side, values, tone in sides
        ],
        currency=one.line.unit,
        unit=Unit.MONEY if one.line.is_money else Unit.COUNT,
        csv_url=csv_url,
    )


def _span(one: Compared) -> list[tuple[Month, Any]]:
    """All months from the first to the last, those without figures too."""
    months = one.months
    month, last = min(months), max(months)
    found = [(month, months.get(month))]
    while month < last:
        month = month.plus(1)
        found.append((month, months.get(month)))
    return found


def _written(one: Baseline, request: TenantRequest) -> dict[str, Any]:
    """One baseline with the decision that wrote it."""
    wrote = one.request
    return {
        "number": one.number,
        "frozen_at": one.frozen_at,
        "author": one.author.rpartition(" <")[0] or one.author,
        "asks": f"{wrote.transition}: {asked_for(wrote.transition)}" if wrote else "",
        "asked_by": wrote.requested_by.name if wrote and wrote.requested_by else "",
        "url": card_url(wrote, request) if wrote else "",
    }


def _history_columns() -> list[Column]:
    return [
        Column("number", _("Baseline")),
        Column("frozen", _("Frozen")),
        Column("author", _("Decided by")),
        Column("asked", _("Asked by")),
        Column("request", _("Decision")),
    ]
