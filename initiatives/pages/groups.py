"""The list of measures in groups: sums first, the measures of a group where asked for."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from governance.saved_views.addresses import VIEW
from governance.ui.format import plain_number
from governance.ui.parts import Choice, Column
from governance.web.columns import asked_columns
from governance.web.csv_files import csv_file, csv_text
from governance.web.lists import Chosen
from governance.web.pages import keyset_page
from governance.web.requests import TenantRequest
from initiatives.figures import SeriesTotal, plan_totals
from initiatives.grouping import Group, GroupBy, Sums, all_groups, group_page
from initiatives.models import Measure
from initiatives.pages.columns import series_in, shown_columns
from initiatives.pages.filters import GROUP, MeasureFilterForm, parse
from initiatives.pages.sources import choose_measures, plan_label

# The group, the number of measures and their plan.
FIXED_COLUMNS = 3
TARGET = re.compile(r"group-[0-9]{1,4}")


def group_links(request: TenantRequest, chosen: GroupBy | None) -> list[Choice]:
    """The ways to group the list, the present one marked; everything else of the address stays."""
    query = _without(request.GET, GROUP)
    found = [Choice(_("Not grouped"), _address(request, query), chosen is None)]
    for by in GroupBy:
        named = query.copy()
        named[GROUP] = by.value
        found.append(Choice(str(by.label), _address(request, named), chosen is by))
    return found


def grouped(
    request: TenantRequest,
    chosen: Chosen[MeasureFilterForm, Measure],
    by: GroupBy,
    asked: Sequence[str],
) -> dict[str, Any]:
    """What the page shows of the groups; three queries, however many measures.

    Where forecast or actuals are among the columns, one more and those of the plan rates.
    """
    tenant, series = request.tenant, series_in(shown_columns(asked))
    cursor = request.GET.get("cursor", "")
    page = group_page(chosen.rows, by, cursor=cursor, series_of=tenant if series else None)
    plan = plan_label(plan_totals((), tenant).label)
    return {
        "page": page,
        "groups": [
            {
                "group": group,
                "series": series_cells(group.sums, series),
                "id": f"group-{number}",
                "url": _url(request, group, by),
            }
            for number, group in enumerate(page.groups, start=1)
        ],
        "group_total": page.total,
        "series_total": series_cells(page.total, series),
        "groups_csv": _groups_csv(request),
        "group_columns": [
            Column("group", str(by.label)),
            Column("measures", _("Measures"), numeric=True),
            Column("planned", f"{plan}, {tenant.currency}", numeric=True),
            *(Column(one.value, str(one.label), numeric=True) for one in series),
        ],
    }


@require_safe
def groups_csv(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All groups as the list shows them, with their sums below; raises `Invalid` by filter."""
    chosen, tenant = choose_measures(request.GET, request.actor), request.tenant
    by = parse(request.GET).group or GroupBy.PROGRAM
    series = series_in(shown_columns(asked_columns(request.GET)))
    page = all_groups(chosen.rows, by, series_of=tenant if series else None)
    total = Group("", _("All groups"), "", page.total)
    rows = [
        [csv_text(one.name), csv_text(one.code), *_amounts(one.sums, series), tenant.currency]
        for one in (*page.groups, total)
    ]
    names = [by.value, "code", "measures", "plan_total"]
    header = [*names, *(f"{one}_total" for one in series), "currency"]
    return csv_file("measure-groups", header, rows)


def _amounts(sums: Sums, series: Sequence[SeriesTotal]) -> list[object]:
    found = [sums.series.get(one) for one in series]
    amounts = ["" if one is None else plain_number(one) for one in found]
    return [sums.count, plain_number(sums.planned), *amounts]


def _groups_csv(request: TenantRequest) -> str:
    """The address of the file of the groups that are shown."""
    query = _without(request.GET, "ordering")
    url = reverse("initiatives:measure-groups-csv", args=[request.tenant.slug])
    return f"{url}?{query.urlencode()}"


def series_cells(
    sums: Sums, series: Sequence[SeriesTotal]
) -> list[tuple[StrOrPromise, Decimal | None]]:
    """The label and the sum of each series that is shown."""
    return [(one.label, sums.series.get(one)) for one in series]


def wanted_part(request: TenantRequest) -> str:
    """The row below a group that HTMX asks for; empty where it asks for something else."""
    target = request.headers.get("HX-Target", "")
    return target if TARGET.fullmatch(target) else ""


def group_rows(
    request: TenantRequest, chosen: Chosen[MeasureFilterForm, Measure], table: Any, part: str
) -> HttpResponse:
    """The measures of one group, page by page, below its line."""
    page = keyset_page(chosen.rows, order=chosen.order, cursor=request.GET.get("cursor", ""))
    drawn = table(page.rows)
    series = [column for column in drawn["columns"] if column.key in SeriesTotal.values]
    context = {
        "part": part,
        "page": page,
        "url": request.path,
        # The columns of the table of groups, over all of which the measures of one stand.
        "group_width": FIXED_COLUMNS + len(series),
        **drawn,
    }
    return render(request, "initiatives/_group_rows.html", context)


def _url(request: TenantRequest, group: Group, by: GroupBy) -> str:
    """The list of a group's measures; empty for a place above one's own, which is no filter."""
    if group.path and not request.actor.sees(group.path):
        return ""
    query = _without(request.GET, GROUP)
    query[by.value] = group.value
    return _address(request, query)


def _without(given: QueryDict, name: str) -> QueryDict:
    query = given.copy()
    for gone in (name, "cursor", VIEW):
        query.pop(gone, None)
    return query


def _address(request: TenantRequest, query: QueryDict) -> str:
    return f"{request.path}?{query.urlencode()}" if query else f"{request.path}?{VIEW}=all"
