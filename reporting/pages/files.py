"""The figures of the portfolio page and of nodes as CSV files: exact, a header row, UTF-8."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from governance.tree.selectors import node_by_code
from governance.web.requests import TenantRequest
from kpis.figures.choices import AMOUNTS, LightName
from kpis.figures.rules import VALUE_KINDS
from reporting.curve import OF_CURVE
from reporting.funnel import Standing
from reporting.pages.asked import Asked, asked_for
from reporting.pages.charts import year_labels
from reporting.pages.parts import curve_of
from reporting.rules import amount_text
from reporting.selectors import (
    Overview,
    RollUp,
    node_overview,
    plan_by_class,
    portfolio_overview,
    portfolio_paths,
    portfolio_roll_up,
    roll_up_of,
)

Cell = str | int
Row = Sequence[Cell]


@require_safe
def plan_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The plan by fiscal year and class."""
    figures, _asked = _roll_up(request, code)
    table, currency = plan_by_class(figures, request.tenant), request.tenant.currency
    rows: list[Row] = [["fiscal_year", *table.rows, "all_classes", "currency"]]
    labels = year_labels(table, request.tenant)
    for label, year in zip(labels, table.years, strict=True):
        found = [_text(years.get(year)) for years in table.rows.values()]
        rows.append([label, *found, _text(table.totals[year]), currency])
    return _file(f"plan-{code}.csv", rows)


@require_safe
def curve_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The S-curve: each series by month, and added up."""
    figures, asked = _roll_up(request, code)
    curve = curve_of(figures, request.tenant, asked)
    series = [one for one in OF_CURVE if one in curve.monthly]
    names = [name for one in series for name in (one.value, f"{one.value}_added_up")]
    rows: list[Row] = [["month", *names, "currency"]]
    for at, month in enumerate(curve.months):
        found = [_text(table[one][at]) for one in series for table in (curve.monthly, curve.added)]
        rows.append([str(month), *found, request.tenant.currency])
    return _file(f"curve-{code}.csv", rows)


@require_safe
def funnel_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The stage funnel: numbers and value at each stage, what went on, what is held or was lost."""
    figures, _asked = _roll_up(request, code)
    head = ["stage"]
    for name in ("live", "on_hold", "cancelled"):
        head += [f"{name}_measures", *(f"{name}_{kind.value}" for kind in VALUE_KINDS)]
    rows: list[Row] = [[*head, "reached", "goes_on", "days_in_stage", "currency"]]
    for step in figures.funnel:
        counted = [
            cell for one in (step.live, step.held, step.cancelled) for cell in _standing(one)
        ]
        share = "" if step.goes_on is None else f"{step.goes_on:.4f}"
        days = "" if step.days is None else step.days
        last: Row = [step.reached, share, days, request.tenant.currency]
        rows.append([step.stage.value, *counted, *last])
    return _file(f"funnel-{code}.csv", rows)


@require_safe
def amounts_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The amounts of every metric, kind and class (F3), which never add up across them (V7)."""
    figures, _asked = _roll_up(request, code)
    rows: list[Row] = [["metric", "kind", "class", *AMOUNTS]]
    for metric, kinds in sorted(figures.amounts.items()):
        for kind, classes in sorted(kinds.items()):
            for name, amounts in sorted(classes.items()):
                found = [_text(getattr(amounts, amount)) for amount in AMOUNTS]
                rows.append([metric, kind, name, *found])
    return _file(f"amounts-{code}.csv", rows)


@require_safe
def children_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The nodes right below: lights, amounts of the headline metric by kind, money at risk."""
    overview = _overview(request, code)
    names = ("identified", "bankable", "validated")
    values = [f"{kind.value}_{name}" for kind in VALUE_KINDS for name in names]
    lights = [name.value for name in LightName]
    rows: list[Row] = [["code", "name", "measures", *lights, *values, "value_at_risk", "currency"]]
    for child in overview.children.shown:
        amounts = [
            _text(getattr(child.amounts[kind], name)) for kind in VALUE_KINDS for name in names
        ]
        lamps = [child.lights[name].value for name in LightName]
        about: Row = [child.node.code, child.node.name, child.measures]
        rows.append([*about, *lamps, *amounts, _text(child.at_risk), request.tenant.currency])
    return _file(f"children-{code}.csv", rows)


def _standing(one: Standing) -> list[Cell]:
    return [one.number, *(_text(one.value[kind]) for kind in VALUE_KINDS)]


def _roll_up(request: TenantRequest, code: str) -> tuple[RollUp, Asked]:
    """The same figures as the page, without the nodes below; by the tenant's slug all one sees."""
    asked, tenant, by = asked_for(request.GET), request.tenant, request.actor
    if code == tenant.slug:
        how = asked.reading(portfolio_paths(by))
        found = portfolio_roll_up(tenant=tenant, by=by, basis=asked.basis, how=how)
    else:
        node = node_by_code(code, by=by)
        found = roll_up_of(node, tenant, asked.basis, asked.reading([node.path]))
    return found, asked


def _overview(request: TenantRequest, code: str) -> Overview:
    """The same with the nodes below."""
    asked, tenant, by = asked_for(request.GET), request.tenant, request.actor
    if code == tenant.slug:
        how = asked.reading(portfolio_paths(by))
        return portfolio_overview(tenant=tenant, by=by, basis=asked.basis, how=how)
    node = node_by_code(code, by=by)
    how = asked.reading([node.path])
    return node_overview(node, tenant=tenant, basis=asked.basis, how=how)


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else amount_text(amount)


def _file(name: str, rows: Iterable[Row]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(response).writerows(rows)
    return response
