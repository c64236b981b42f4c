"""The rows behind a figure: the measures or places that add up to it, each with its part."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.ui.format import percent
from governance.ui.parts import Column, Crumb, Tab
from governance.web.csv_files import csv_file, csv_text
from governance.web.requests import TenantRequest
from initiatives.models import Measure
from initiatives.pages.frame import measure_url, node_crumbs
from kpis.choices import EffectClass, EffectKind, Series
from kpis.figures.choices import LeakageReason
from reporting.behind.figures import SIZE, WEIGHED, Figure, Parts
from reporting.behind.selectors import MOST_MEASURES, Behind, By, Row, rows_behind
from reporting.pages.behind_asked import Shown, chips, shown_of
from reporting.rules import amount_text
from reporting.selectors import headline_name

LABELS: dict[str, Any] = {
    **{series.value: series.label for series in Series},
    **{reason.value: reason.label for reason in LeakageReason},
    **{of_class.value: of_class.label for of_class in EffectClass},
    **{kind.value: kind.label for kind in EffectKind},
    **{figure.value: figure.label for figure in Figure},
    "value": gettext_lazy("Value"),
    "net_hard": gettext_lazy("Net value, hard savings only"),
    SIZE: gettext_lazy("Value by size"),
    WEIGHED: gettext_lazy("Weighted by stage"),
}
# Where months are told by series or by class, the word `plan` says another thing.
OF_FIGURE: dict[Figure, dict[str, Any]] = {
    Figure.CURVE: {"plan": Series.PLAN.label},
    Figure.PLAN: {"plan": gettext_lazy("All classes")},
    Figure.NET: {"hard": gettext_lazy("of it hard savings")},
}
EXPLAINED: dict[Figure, Any] = {
    Figure.IDENTIFIED: gettext_lazy("The value of every live measure."),
    Figure.UNDECIDED: gettext_lazy("What is identified and not bankable yet."),
    Figure.HARDENED: gettext_lazy("The value of live measures, weighted by their stage."),
    Figure.BANKABLE: gettext_lazy("The value of live measures that are decided and beyond."),
    Figure.VALIDATED: gettext_lazy(
        "What finance has proven: recurring as a run-rate, one-off in all. Cancelled measures "
        "count too."
    ),
    Figure.PARKED: gettext_lazy("The value of measures on hold."),
    Figure.TO_DATE: gettext_lazy("What finance has validated up to the last closed month."),
    Figure.VALUE: gettext_lazy("The value of the measures that stand there."),
    Figure.DEGREE: gettext_lazy(
        "The value of each live measure by its size, and the same weighted by its stage: the "
        "second divided by the first is the degree."
    ),
    Figure.AT_RISK: gettext_lazy("What the forecast of decided measures falls short of."),
    Figure.LEAKAGE: gettext_lazy("First baseline less validated, up to the last closed month."),
    Figure.NET: gettext_lazy("All expected months of live measures, less their costs."),
    Figure.CURVE: gettext_lazy("The months of live measures added up, costs left out."),
    Figure.PLAN: gettext_lazy("The planned months of live measures, costs left out."),
}


@require_safe
def behind(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The rows of one figure, the largest first; raises `Invalid` by field."""
    shown = shown_of(request, code)
    found = rows_behind(shown.spot, shown.wanted, by=shown.by, page=shown.page)
    wanted, node = shown.wanted, shown.node
    columns, last = _columns(shown, found), _("Rows behind a figure")
    headings = _headings(columns, shown, found)
    labels = [heading.label for heading in headings[1:]]
    home = Crumb(_("Portfolio"), shown.home_url)
    context = {
        "title": _title(shown),
        "explained": EXPLAINED[wanted.figure],
        "place": request.tenant if node is None else node,
        "headline_name": headline_name(request.tenant),
        "breadcrumbs": node_crumbs(node, last, request=request) if node else [home, Crumb(last)],
        "behind": found,
        "most": MOST_MEASURES,
        "tabs": _tabs(shown, found),
        "chips": chips(shown),
        "columns": headings,
        "rows": [
            _line(row, shown, request) | {"cells": _cells(row.parts, columns, labels)}
            for row in found.rows
        ],
        "totals": _cells(found.total, columns, labels),
        "degree": _degree(found.total) if wanted.figure is Figure.DEGREE else "",
        "previous_url": shown.url(page=str(found.page - 1)) if found.page > 1 else "",
        "next_url": shown.url(page=str(found.page + 1)) if found.page < found.pages else "",
        "home_url": shown.home_url,
        "csv_url": shown.csv_url,
    }
    return render(request, "reporting/behind.html", context)


@require_safe
def behind_csv(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """All rows of one figure, exact."""
    shown = shown_of(request, code)
    found = rows_behind(shown.spot, shown.wanted, by=shown.by, limit=0)
    names, currency = shown.wanted.columns, request.tenant.currency
    rows = [
        [row.thing.code, csv_text(row.thing.name), *_texts(row.parts, names), currency]
        for row in found.rows
    ]
    header = ["code", "name", *names, "currency"]
    return csv_file(f"{shown.wanted.figure.value}-{code}", header, rows)


def _texts(parts: Parts, names: Sequence[str]) -> list[str]:
    return [amount_text(parts[name]) if name in parts else "" for name in names]


def _title(shown: Shown) -> str:
    figure, kind = shown.wanted.figure.label, shown.wanted.kind
    return f"{figure}, {kind.label}" if kind else str(figure)


def _columns(shown: Shown, found: Behind) -> list[str]:
    """Columns that hold anything, and always the one by which rows are sorted."""
    wanted = shown.wanted
    return [name for name in wanted.columns if name == wanted.lead or found.total.get(name)]


def _headings(columns: Sequence[str], shown: Shown, found: Behind) -> list[Column]:
    labels = LABELS | OF_FIGURE.get(shown.wanted.figure, {})
    first = _("Measure") if found.by is By.MEASURES else _("Place")
    return [
        Column("row", first),
        *(Column(name, str(labels[name]), numeric=True) for name in columns),
    ]


def _tabs(shown: Shown, found: Behind) -> list[Tab]:
    """Measures or places, where there is a choice."""
    if len(found.offered) == 1:
        return []
    labels = {By.MEASURES: _("By measure"), By.PLACES: _("By place")}
    return [Tab(labels[one], shown.url(by=one.value), one is found.by) for one in found.offered]


def _degree(total: Parts) -> str:
    size = total.get(SIZE)
    return percent(total[WEIGHED] / size if size else None, get_language() or "en")


def _cells(
    parts: Parts, columns: Sequence[str], labels: Sequence[str]
) -> list[tuple[str, Decimal | None]]:
    """The label and the amount of each column."""
    return [(label, parts.get(name)) for name, label in zip(columns, labels, strict=True)]


def _line(row: Row, shown: Shown, request: TenantRequest) -> dict[str, Any]:
    thing = row.thing
    line = {"name": thing.name, "code": thing.code}
    if isinstance(thing, Measure):
        owner = thing.owner.name if thing.owner else ""
        note = " · ".join(filter(None, [thing.package.name, owner]))
        return line | {"url": measure_url(thing, request.tenant), "note": note}
    given = {name: word for name, word in shown.given.items() if name != "by"}
    url = shown.frame.of_node(thing).behind(shown.wanted.figure, **given)
    return line | {"url": url, "note": str(thing.known_level.label)}
