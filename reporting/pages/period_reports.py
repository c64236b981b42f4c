"""Signed reports of a node: their list, one of them, and its files (R4)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.errors import NotVisible
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.ui.parts import Column, Crumb
from governance.web.csv_files import csv_file, csv_text
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.pages.frame import node_crumbs
from reporting.pages.period_report_changes import shown_changes, shown_lists
from reporting.pages.period_report_view import content_context
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import differences
from reporting.period_reports.selectors import (
    base_of,
    last_report,
    refusal_to_sign,
    replaced_by,
    report_by_number,
    reports_of,
    said,
    signing_of,
)
from reporting.period_reports.verifying import first_fault

SINCE = re.compile(r"[1-9][0-9]{0,8}")
NEWEST_FIRST = Order("number", "number", is_descending=True)


@require_safe
def report_list(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The signed reports of a node, newest first, and what waits to be signed; or their check."""
    node = node_by_code(code, by=request.actor)
    signing = signing_of(node, request.tenant, last_report(node))
    page = keyset_page(
        reports_of(node), order=NEWEST_FIRST, cursor=request.GET.get("cursor", ""), limit=50
    )
    context = {
        "node": node,
        "signing": signing,
        "page": page,
        "next_url": f"?{urlencode({'cursor': page.next})}" if page.next else "",
        "previous_url": f"?{urlencode({'cursor': page.previous})}" if page.previous else "",
        "proof": first_fault(node) if "check" in request.GET else None,
        "refusal": refusal_text_of(node, request),
        "sign_url": reverse("reporting:period-report-sign", args=[tenant_slug, node.code]),
        "columns": [
            Column("number", _("Number")),
            Column("period", _("Period")),
            Column("signed", _("Signed")),
            Column("replaces", _("Replaces")),
            Column("hash", _("SHA-256")),
        ],
        "breadcrumbs": node_crumbs(node, _("Reports"), request=request),
    }
    return render(request, "reporting/period_reports.html", context)


@require_safe
def report(request: TenantRequest, tenant_slug: str, code: str, number: int) -> HttpResponse:
    """One frozen report with its hash, and what changed since the one before."""
    row = report_by_number(code, number, by=request.actor)
    content, base = said(row), base_of(row, _since(request))
    correction = replaced_by(row)
    args = [tenant_slug, row.node.code, row.number]
    may_correct = correction is None and _is_newest(row)
    context = {
        "node": row.node,
        "report": row,
        "base": base,
        "correction": correction,
        "correct_url": f"{_sign_url(request, row.node)}?replaces={row.number}"
        if may_correct
        else "",
        "refusal": refusal_text_of(row.node, request) if may_correct else "",
        "json_url": reverse("reporting:period-report-json", args=args),
        "csv_url": reverse("reporting:period-report-csv", args=args),
        "check_url": f"{list_url(request, row.node)}?check=1",
        "list_url": list_url(request, row.node),
        **changes_context(content, base),
        **content_context(content, tenant_slug),
        "breadcrumbs": report_crumbs(request, row.node, str(row.number)),
    }
    return render(request, "reporting/period_report.html", context)


@require_safe
def report_json(request: TenantRequest, tenant_slug: str, code: str, number: int) -> HttpResponse:
    """The very bytes that were hashed: SHA-256 of the file is the hash of the report."""
    row = report_by_number(code, number, by=request.actor)
    response = HttpResponse(row.body.encode(), content_type="application/json")
    name = f"report-{row.node.code}-{row.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def report_csv(request: TenantRequest, tenant_slug: str, code: str, number: int) -> HttpResponse:
    """A frozen report as a table of what it says: where it stands, and the value."""
    row = report_by_number(code, number, by=request.actor)
    lines = [("hash", row.hash), *_lines(said(row))]
    return csv_file(
        f"report-{row.node.code}-{row.number}",
        ("name", "value"),
        [(name, csv_text(value)) for name, value in lines],
    )


def _lines(part: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Single values with the way to them; entries of lists are numbered from 1."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _lines(value, f"{name}.{key}" if name else str(key))
    elif isinstance(part, list):
        for place, value in enumerate(part, start=1):
            yield from _lines(value, f"{name}.{place}")
    else:
        yield name, part if isinstance(part, str) else json.dumps(part)


def changes_context(content: Mapping[str, Any], base: PeriodReport | None) -> dict[str, Any]:
    found = differences(said(base), content) if base is not None else None
    return {
        "changes": shown_changes(found, get_language() or "en") if found else [],
        "changed_lists": shown_lists(found) if found else [],
        "change_columns": [
            Column("what", _("What")),
            Column("before", _("Before"), numeric=True),
            Column("now", _("Now"), numeric=True),
            Column("difference", _("Difference"), numeric=True),
        ],
    }


def _since(request: TenantRequest) -> int | None:
    text = request.GET.get("since", "")
    if text and SINCE.fullmatch(text) is None:
        raise NotVisible
    return int(text) if text else None


def _is_newest(row: PeriodReport) -> bool:
    newest = last_report(row.node)
    return newest is not None and newest.pk == row.pk


def refusal_text_of(node: Node, request: TenantRequest) -> str:
    """Why this person does not sign here, in words; empty where they do."""
    code = refusal_to_sign(node, request.actor)
    if code is None:
        return ""
    if code in TEXTS and code != "forbidden":
        return str(TEXTS[code])
    return _("The lead of this place or of one above signs, or the transformation office (PMO).")


def report_crumbs(request: TenantRequest, node: Node, last: str) -> list[Crumb]:
    *above, _name = node_crumbs(node, last, request=request)
    return [*above, Crumb(_("Reports"), list_url(request, node)), Crumb(last)]


def list_url(request: TenantRequest, node: Node) -> str:
    return reverse("reporting:period-reports", args=[request.tenant.slug, node.code])


def _sign_url(request: TenantRequest, node: Node) -> str:
    return reverse("reporting:period-report-sign", args=[request.tenant.slug, node.code])


def report_url(row: PeriodReport, request: TenantRequest) -> str:
    return reverse("reporting:period-report", args=[request.tenant.slug, row.node.code, row.number])
