"""The list of KPIs: by goal and objective, period by period, one rhythm at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.people.choices import Permission
from governance.ui.parts import Column, Tab
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.pages.frame import require_sight
from kpis.indicators.choices import Rhythm
from kpis.indicators.models import Kpi, Objective
from kpis.indicators.selectors import (
    NO_OBJECTIVE,
    ORDERS,
    KpiFilters,
    kpi_list,
    objectives,
    periods_of,
)
from kpis.pages.bowling import Line, columns_of, days_in_sight, line_of
from kpis.pages.kpi_filters import KpiFilterForm, parsed
from kpis.pages.kpi_sources import KPI_PERIODS

REGION = "list"
# As many periods as a wide screen holds beside the name; a year of months.
MOST_PERIODS = {Rhythm.YEAR: 6, Rhythm.QUARTER: 8, Rhythm.MONTH: 12}


@dataclass(frozen=True, slots=True)
class Group:
    """KPIs of one objective under their heading."""

    objective: Objective | None
    lines: Sequence[Line]

    @property
    def goal(self) -> Objective | None:
        return self.objective.parent if self.objective else None


@require_safe
def kpis(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All KPIs that match; `rhythm` says whose periods are the columns."""
    require_sight(request.actor)
    form = parsed(request.GET)
    found = kpi_list(KpiFilters(**form.cleaned_data), by=request.actor)
    counts = _counts(found)
    rhythm = _rhythm(request.GET, counts)
    page = keyset_page(
        found.filter(rhythm=rhythm), order=ORDERS["place"], cursor=request.GET.get("cursor", "")
    )
    if request.headers.get("HX-Target") != REGION:  # the part has no filters to fill
        _offer_objectives(form, request)
    url = reverse("kpis:kpis", args=[tenant_slug])
    context = {
        "form": form,
        "page": page,
        "url": url,
        "tabs": _tabs(request.GET, counts, rhythm),
        "offers": offers(request, KPI_PERIODS.name),
        "may_manage": request.actor.may_anywhere(Permission.METRIC_MANAGE),
        **_table(page.rows, rhythm, request),
    }
    return page_or_region(request, "kpis/kpis.html", context, region=REGION)


def _counts(found: QuerySet[Kpi]) -> dict[Rhythm, int]:
    rows = found.order_by().values_list("rhythm").annotate(count=Count("pk"))
    return {Rhythm(rhythm): count for rhythm, count in rows}


def _rhythm(query: QueryDict, counts: dict[Rhythm, int]) -> Rhythm:
    """The one asked for, else that of most KPIs."""
    if wanted := query.get("rhythm"):
        return Rhythm(wanted)
    return max(counts, key=counts.__getitem__, default=Rhythm.YEAR)


def _tabs(query: QueryDict, counts: dict[Rhythm, int], rhythm: Rhythm) -> list[Tab]:
    """One tab per rhythm that occurs; none where there is nothing to choose."""
    shown = [one for one in Rhythm if counts.get(one) or one is rhythm]
    if len(shown) < 2:  # noqa: PLR2004  # one alone is no choice
        return []
    tabs = []
    for one in shown:
        rest = query.copy()
        rest.pop("cursor", None)
        rest["rhythm"] = one.value
        tabs.append(Tab(str(one.label), f"?{rest.urlencode()}", one is rhythm, counts.get(one, 0)))
    return tabs


def _offer_objectives(form: KpiFilterForm, request: TenantRequest) -> None:
    """Goals with their objectives below them as a select; one query."""
    rows = list(objectives(request.actor))
    options = [(row.code, objective_label(row)) for row in sorted(rows, key=objective_label)]
    chosen = form.cleaned_data["objective"]
    every = [("", _("All objectives")), (NO_OBJECTIVE, _("Without objective"))]
    if chosen and chosen not in {NO_OBJECTIVE, *(code for code, _label in options)}:
        options.append((chosen, chosen))
    form.fields["objective"].widget = forms.Select(choices=[*every, *options])


def objective_label(objective: Objective) -> str:
    """`Goal · Objective`, or the goal alone."""
    goal = objective.parent
    return f"{goal.name} · {objective.name}" if goal else objective.name


def _table(kpis: Sequence[Kpi], rhythm: Rhythm, request: TenantRequest) -> dict[str, Any]:
    """Columns, groups and rows; one query, however many rows."""
    start = request.tenant.fiscal_year_start
    periods = periods_of(kpis)
    every = columns_of(days_in_sight(periods.values(), rhythm), rhythm, start)
    shown = list(every)[-MOST_PERIODS[rhythm] :]
    lines = [
        line_of(
            kpi,
            periods[kpi.pk],
            every,
            most=len(shown),
            url=reverse("kpis:kpi", args=[request.tenant.slug, kpi.code]),
        )
        for kpi in kpis
    ]
    return {
        "columns": [
            Column("kpi", _("KPI")),
            Column("last", _("Last reported")),
            Column("trend", _("Actuals")),
            *(Column(label, label, numeric=True) for label in shown),
        ],
        "groups": list(_groups(lines)),
        "shown": len(lines),
        "has_earlier": len(every) > len(shown),
    }


def _groups(lines: Sequence[Line]) -> Iterator[Group]:
    """Lines that follow each other below the same objective."""
    block: list[Line] = []
    for line in lines:
        if block and block[-1].kpi.objective_id != line.kpi.objective_id:
            yield Group(block[0].kpi.objective, block)
            block = []
        block.append(line)
    if block:
        yield Group(block[0].kpi.objective, block)
