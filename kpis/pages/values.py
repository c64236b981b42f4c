"""The value tab of a measure: months by fiscal year, sums, a chart, and the history of a cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.errors import Invalid, NotVisible
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.ui.parts import Column, Tab
from governance.web.lists import offers
from governance.web.refusals import TEXTS
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.pages.frame import measure_crumbs, measure_frame
from initiatives.reading import reading
from initiatives.rules import plan_refusal
from initiatives.selectors import hands_at, measure_by_code
from kpis.choices import Aggregation, EffectClass, EffectKind, Series
from kpis.figures.lighting import Lights, lights_of
from kpis.figures.selectors import measure_facts, sheet_for
from kpis.grid import Group, Line, Sum, groups, total_of, within, years_of
from kpis.models import FIRST_YEAR, LAST_YEAR, Effect
from kpis.pages.charts import month_label, plan_chart
from kpis.pages.figures import figures_context
from kpis.pages.lights import head_of, lights_context
from kpis.pages.publishing import chosen_view, view_tabs
from kpis.pages.rating import Rating, rating_of, shown_total
from kpis.pages.sources import ONE, VALUES
from kpis.pages.sustain import sustain_context
from kpis.restatements.choices import ReportView
from kpis.restatements.selectors import has_restatements
from kpis.rules import Month, fiscal_year, may_plan, month_of, months_of_fiscal_year, year_label
from kpis.selectors import EffectValues, cell_history, effect_by_id, effects_of, values_of

YEAR = "year"


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one effect; empty is not zero."""

    month: str
    amount: Decimal | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where something more about an effect stands."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One effect in the year shown."""

    effect: Effect
    kind: str
    effect_class: str
    is_cost: bool
    cells: Sequence[Cell]
    total: Decimal | None
    edit_url: str
    delete_url: str
    links: Sequence[Link]
    actuals_url: str


@dataclass(frozen=True, slots=True)
class Block:
    """Effects that may be added, in the year shown, with their sums."""

    group: Group
    title: str
    rows: Sequence[Row]
    value: Sequence[Cell]
    cost: Sequence[Cell]
    net: Sequence[Cell]


@require_safe
def values(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The plan of a measure, one fiscal year at a time; `?year=` says which."""
    measure = measure_by_code(code, by=request.actor)
    found = values_of(effects_of(measure))
    start = request.tenant.fiscal_year_start
    months = [month for row in found for month in row.series(Series.PLAN)]
    years = years_of(months, start, today=this_month())
    year = chosen_year(request.GET) or _opening_year(months, start)
    lines = [line_of(row) for row in found]
    figures, found_lights = _figures(request, measure, year)
    rating = rating_of(request, lines)
    head = head_of(measure, request.tenant, found_lights)
    context = {
        **measure_frame(request, measure, "kpis:measure-values", lights=head),
        **figures,
        "year": year_label(year, start),
        "year_tabs": _year_tabs(measure, rating, [*years, year], year),
        "rate_tabs": rating.tabs(values_url(measure, request.tenant, year)),
        "month_columns": _columns(year, request.tenant),
        "blocks": _blocks(request.tenant, found, lines, year),
        "totals": _all_years(rating),
        "chart": plan_chart(rating.lines, request.tenant),
        # Not `offers`: these stand within the part that HTMX swaps.
        "value_offers": offers(request, VALUES.name, query=urlencode({ONE: measure.code})),
        "may_plan": may_plan(hands_at(measure, request.actor)),
        "plan_reason": _plan_reason(measure, request),
        "locked": plan_lock(measure),
        "grid_url": f"{reverse('kpis:value-grid', args=[tenant_slug, measure.code])}?{YEAR}={year}",
        "change_url": _change_url(measure, tenant_slug),
        "baselines_url": reverse("kpis:baselines", args=[tenant_slug, measure.code]),
        "new_url": reverse("kpis:effect-new", args=[tenant_slug, measure.code]),
    }
    return page_or_region(request, "kpis/values.html", context, region="panel")


def _figures(request: TenantRequest, measure: Measure, year: int) -> tuple[dict[str, Any], Lights]:
    """Figures and lights; how months close is read once for both."""
    tenant, view = request.tenant, chosen_view(request.GET)
    as_published = view is ReportView.PUBLISHED
    with reading():
        facts = measure_facts(measure, tenant, as_published=as_published)
        sheet = sheet_for(facts, tenant, year, as_published=as_published)
        # Lights say how it is now.
        lights = lights_of(measure, tenant, None if as_published else facts)
        context = {
            **figures_context(sheet),
            **lights_context(measure, tenant, lights),
            **sustain_context(request, measure, facts),
            "view_tabs": view_tabs(
                values_url(measure, tenant, year),
                view,
                has_restatements=has_restatements(measure),
            ),
        }
    return context, lights


@require_safe
def cell(request: TenantRequest, tenant_slug: str, effect_id: str, month: str) -> HttpResponse:
    """Every value one month ever had, with source, author, time and cause (V10, F8).

    The plan's, or of the series in `?series=`.
    """
    effect = effect_by_id(str(effect_id), by=request.actor)
    wanted, series = month_of(month), request.GET.get("series", Series.PLAN.value)
    if wanted is None or series not in Series.values:
        raise NotVisible
    measure = measure_by_code(effect.measure.code, by=request.actor)
    context = {
        "effect": effect,
        "month": wanted.first_day,
        "series": Series(series).label,
        "history": cell_history(effect, Series(series), wanted),
        "breadcrumbs": measure_crumbs(measure, _("History of a month"), request=request),
        "url": values_url(measure, request.tenant, fiscal_year(wanted, _start(request))),
    }
    return render(request, "kpis/cell_history.html", context)


def chosen_year(query: QueryDict) -> int | None:
    """The fiscal year in an address; raises `Invalid` for what is none."""
    text = query.get(YEAR, "")
    if not text:
        return None
    year = int(text) if text.isascii() and text.isdigit() and len(text) == len("2026") else 0
    if not FIRST_YEAR < year <= LAST_YEAR:
        limits = {"first": FIRST_YEAR + 1, "last": LAST_YEAR}
        raise Invalid({YEAR: [_("A year from %(first)s to %(last)s.") % limits]})
    return year


def values_url(measure: Measure, tenant: Tenant, year: int | None = None) -> str:
    url = reverse("kpis:measure-values", args=[tenant.slug, measure.code])
    return f"{url}?{YEAR}={year}" if year else url


def line_of(row: EffectValues) -> Line:
    """An effect as the arithmetic of the grid sees it."""
    effect = row.effect
    return Line(
        key=effect.pk,
        metric=effect.metric.name,
        unit=effect.currency or effect.metric.unit,
        kind=EffectKind(effect.kind),
        effect_class=EffectClass(effect.effect_class),
        aggregation=Aggregation(effect.metric.aggregation),
        decimals=effect.metric.decimals,
        months=row.series(Series.PLAN),
        is_money=effect.metric.is_monetary,
    )


def plan_lock(measure: Measure) -> str:
    """Why nothing of the plan may change any more (V2); empty while it may."""
    code = plan_refusal(Stage(measure.stage), Overlay(measure.overlay))
    return str(TEXTS[code]) if code else ""


def _change_url(measure: Measure, tenant_slug: str) -> str:
    """Where a frozen plan is asked to change (T15); empty while it is open, or locked for good."""
    if plan_refusal(Stage(measure.stage), Overlay(measure.overlay)) != "frozen":
        return ""
    return reverse("kpis:plan-change", args=[tenant_slug, measure.code])


def this_month() -> Month:
    today = timezone.localdate()
    return Month(today.year, today.month)


def _opening_year(months: Sequence[Month], start: int) -> int:
    """The fiscal year with values that is nearest to the present one; that one without any."""
    current = fiscal_year(this_month(), start)
    with_values = {fiscal_year(month, start) for month in months} or {current}
    return min(with_values, key=lambda year: (abs(year - current), -year))


def _blocks(
    tenant: Tenant, found: Sequence[EffectValues], lines: Sequence[Line], year: int
) -> list[Block]:
    months = months_of_fiscal_year(year, tenant.fiscal_year_start)
    effects = {row.effect.pk: row.effect for row in found}
    in_year = [replace(line, months=within(line.months, months)) for line in lines]
    return [_block(group, effects, months, tenant, year) for group in groups(in_year)]


def _block(
    group: Group, effects: dict[int, Effect], months: Sequence[Month], tenant: Tenant, year: int
) -> Block:
    return Block(
        group=group,
        title=f"{group.metric}, {group.unit}" if group.unit else group.metric,
        rows=[_row(line, effects[line.key], months, tenant, year) for line in group.lines],
        value=_sum_cells(group.value, months),
        cost=_sum_cells(group.cost, months),
        net=_sum_cells(group.net, months),
    )


def _row(line: Line, effect: Effect, months: Sequence[Month], tenant: Tenant, year: int) -> Row:
    args = [tenant.slug, effect.public_id]
    cells = [
        Cell(
            str(month),
            line.months.get(month),
            reverse("kpis:cell-history", args=[*args, str(month)]) if month in line.months else "",
        )
        for month in months
    ]
    return Row(
        effect=effect,
        kind=str(line.kind.label),
        effect_class=str(line.effect_class.label),
        is_cost=line.kind.is_cost,
        cells=cells,
        total=total_of(line.months, line.aggregation, line.decimals),
        edit_url=f"{reverse('kpis:effect-values', args=args)}?{YEAR}={year}",
        delete_url=reverse("kpis:effect-delete", args=args),
        links=[
            Link(_("Effect"), reverse("kpis:effect-edit", args=args)),
            Link(_("Reference"), reverse("kpis:effect-reference", args=args)),
        ],
        actuals_url=reverse("kpis:effect-actuals", args=args),
    )


def _sum_cells(sums: Sum, months: Sequence[Month]) -> list[Cell]:
    return [Cell(str(month), sums.months.get(month)) for month in months]


def _all_years(rating: Rating) -> list[dict[str, Any]]:
    """What the whole plan comes to, by metric and unit, recurring and one-off apart (V7, V8)."""
    rows = []
    for group in groups(rating.lines):
        kinds = []
        for kind in EffectKind:
            of_kind = [line for line in group.lines if line.kind is kind]
            if of_kind:
                months = groups(of_kind)[0]
                sums = months.cost if kind.is_cost else months.value
                total = shown_total(sums.total, group.lines[0].decimals)
                kinds.append({"label": str(kind.label), "total": total})
        title = f"{group.metric}, {group.unit}" if group.unit else group.metric
        notes = [_total_note(group.lines[0].aggregation), *rating.notes(group)]
        rows.append(
            {
                "title": title,
                "unit": group.unit,
                "kinds": kinds,
                "is_money": group.lines[0].is_money,
                "note": "; ".join(notes),
            }
        )
    return rows


def _total_note(aggregation: Aggregation) -> str:
    """How a total over all years came about (V1)."""
    notes = {
        Aggregation.SUM: _("plan, all years, all classes"),
        Aggregation.AVERAGE: _("plan, average of all months, all classes"),
        Aggregation.LAST: _("plan, last month, all classes"),
    }
    return notes[aggregation]


def _columns(year: int, tenant: Tenant) -> list[Column]:
    months = months_of_fiscal_year(year, tenant.fiscal_year_start)
    names = [Column(str(month), month_label(month), numeric=True) for month in months]
    return [
        Column("effect", _("Effect")),
        *names,
        Column("total", year_label(year, tenant.fiscal_year_start), numeric=True),
    ]


def _year_tabs(measure: Measure, rating: Rating, years: Sequence[int], year: int) -> list[Tab]:
    tenant = rating.tenant
    return [
        Tab(
            year_label(other, tenant.fiscal_year_start),
            rating.kept_in(values_url(measure, tenant, other)),
            other == year,
        )
        for other in sorted(set(years))
    ]


def _plan_reason(measure: Measure, request: TenantRequest) -> str:
    """Why somebody who plans elsewhere cannot plan here; empty where there is nothing to say."""
    by = request.actor
    if may_plan(hands_at(measure, by)):
        return ""
    if by.may_anywhere(Permission.VALUE_PLAN_OWN):
        return _("You plan the measures you own; you do not own this one.")
    if by.may_anywhere(Permission.VALUE_PLAN):
        return _("Your role covers other places of the tree, not this one.")
    return ""


def _start(request: TenantRequest) -> int:
    return request.tenant.fiscal_year_start
