"""The list of measures in groups: sums first, the measures of a group where asked for."""

import re
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from governance.saved_views.addresses import VIEW
from governance.ui.parts import Choice, Column
from governance.web.lists import Chosen, Reader
from governance.web.pages import keyset_page
from governance.web.requests import TenantRequest
from initiatives.figures import plan_totals
from initiatives.grouping import Group, GroupBy, group_page
from initiatives.models import Measure
from initiatives.pages.filters import GROUP, MeasureFilterForm
from initiatives.pages.sources import plan_label

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
    request: TenantRequest, chosen: Chosen[MeasureFilterForm, Measure], by: GroupBy
) -> dict[str, Any]:
    """What the page shows of the groups; three queries, however many measures."""
    page = group_page(chosen.rows, by, cursor=request.GET.get("cursor", ""))
    reader = Reader(request.actor, request.tenant)
    plan = plan_label(plan_totals((), reader.tenant).label)
    return {
        "page": page,
        "groups": [
            {
                "group": group,
                "id": f"group-{number}",
                "url": _url(request, group, by),
            }
            for number, group in enumerate(page.groups, start=1)
        ],
        "group_total": page.total,
        "group_columns": [
            Column("group", str(by.label)),
            Column("measures", _("Measures"), numeric=True),
            Column("planned", f"{plan}, {request.tenant.currency}", numeric=True),
        ],
    }


def wanted_part(request: TenantRequest) -> str:
    """The row below a group that HTMX asks for; empty where it asks for something else."""
    target = request.headers.get("HX-Target", "")
    return target if TARGET.fullmatch(target) else ""


def group_rows(
    request: TenantRequest, chosen: Chosen[MeasureFilterForm, Measure], table: Any, part: str
) -> HttpResponse:
    """The measures of one group, page by page, below its line."""
    page = keyset_page(chosen.rows, order=chosen.order, cursor=request.GET.get("cursor", ""))
    context = {"part": part, "page": page, "url": request.path, **table(page.rows)}
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
