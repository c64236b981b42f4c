"""What a check or an import came to: counts, rows by state, the file of results, templates."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exchange.changes import said_changes
from exchange.choices import ImportState, RowState
from exchange.findings import Finding
from exchange.models import Import, ImportRow
from exchange.profiles.base import Target
from exchange.profiles.registry import profile_of
from exchange.selectors import import_by_id, rows_of
from exchange.templates_files import template_csv, template_xlsx
from governance.errors import Forbidden, Invalid, NotVisible
from governance.people.choices import Permission
from governance.ui.parts import Choice, Column
from governance.web.pages import Order, keyset_page
from governance.web.requests import TenantRequest

BY_NUMBER = Order("number", "number")
ROWS_SHOWN = 50
FINDINGS_SHOWN = 4
TONES = {
    RowState.CREATE: "green",
    RowState.CHANGE: "blue",
    RowState.UNCHANGED: "neutral",
    RowState.SKIPPED: "neutral",
    RowState.REFUSED: "red",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row as the page shows it."""

    row: ImportRow
    state: str
    tone: str
    url: str
    changes: Sequence[str]
    findings: Sequence[Finding]
    more: int


def result_context(request: TenantRequest, run: Import) -> dict[str, Any]:
    """Counts, and a page of rows by the state chosen in the address; one query more."""
    wanted, only_odd = chosen(request)
    rows = rows_of(run, state=wanted, only_findings=only_odd)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(rows, order=BY_NUMBER, cursor=cursor, limit=ROWS_SHOWN)
    is_done = run.state in {ImportState.APPLIED, ImportState.UNDONE, ImportState.DISCARDED}
    return {
        "counts": counts_of(run, is_done=is_done),
        "refused": run.counts.get(RowState.REFUSED, 0),
        "to_write": run.counts.get(RowState.CREATE, 0) + run.counts.get(RowState.CHANGE, 0),
        "is_done": is_done,
        "filters": filters_of(run, wanted, only_odd=only_odd, is_done=is_done),
        "page": page,
        "lines": [line_of(row, run, request, is_done=is_done) for row in page.rows],
        "row_columns": [
            Column("number", _("Row"), numeric=True),
            Column("state", _("What becomes of it")),
            Column("label", _("What it is about")),
            Column("findings", _("What changes, what is odd")),
        ],
    }


def chosen(request: TenantRequest) -> tuple[str, bool]:
    """The state asked for, and whether only odd rows are; raises `Invalid` for another one."""
    wanted = request.GET.get("rows", "")
    if wanted == "odd":
        return "", True
    if wanted and wanted not in RowState.values:
        raise Invalid({"rows": [_("There is no such state of rows.")]})
    return wanted, False


def state_words(state: RowState, *, is_done: bool) -> str:
    if is_done:
        return str(state.label)
    return {
        RowState.CREATE: _("will be created"),
        RowState.CHANGE: _("will be changed"),
        RowState.UNCHANGED: _("stay as they are"),
        RowState.SKIPPED: _("are skipped"),
        RowState.REFUSED: _("are refused"),
    }[state]


def row_words(state: RowState, *, is_done: bool) -> str:
    """What becomes of one row: before the import as a plan, afterwards as a fact."""
    if is_done:
        return str(state.label)
    return {
        RowState.CREATE: _("New"),
        RowState.CHANGE: _("Differs"),
        RowState.UNCHANGED: _("The same"),
        RowState.SKIPPED: _("Skipped"),
        RowState.REFUSED: _("Refused"),
    }[state]


def counts_of(run: Import, *, is_done: bool) -> list[dict[str, Any]]:
    return [
        {
            "label": state_words(state, is_done=is_done),
            "count": run.counts.get(state.value, 0),
            "url": f"?rows={state.value}",
            "tone": TONES[state],
        }
        for state in RowState
    ]


def filters_of(run: Import, wanted: str, *, only_odd: bool, is_done: bool) -> list[Choice]:
    choices = [
        Choice(_("All rows"), "?", is_current=not wanted and not only_odd),
        Choice(_("With remarks"), "?rows=odd", is_current=only_odd),
    ]
    return choices + [
        Choice(
            row_words(state, is_done=is_done),
            f"?rows={state.value}",
            is_current=wanted == state.value,
        )
        for state in RowState
        if run.counts.get(state.value, 0)
    ]


def line_of(row: ImportRow, run: Import, request: TenantRequest, *, is_done: bool) -> RowLine:
    findings = [Finding.from_data(data) for data in row.findings]
    findings.sort(key=lambda finding: not finding.is_error)
    state = RowState(row.state)
    return RowLine(
        row=row,
        state=row_words(state, is_done=is_done),
        tone=TONES[state],
        url=subject_url(row, run, request),
        changes=said_changes(row.changes),
        findings=findings[:FINDINGS_SHOWN],
        more=max(0, len(findings) - FINDINGS_SHOWN),
    )


def subject_url(row: ImportRow, run: Import, request: TenantRequest) -> str:
    """The page of what a row became; empty where there is none, or none any more."""
    if not row.subject or (run.state == ImportState.UNDONE and row.state == RowState.CREATE):
        return ""
    target = profile_of(run.profile).target
    slug = request.tenant.slug
    if target is Target.MEASURES:
        return reverse("initiatives:measure", args=[slug, row.subject])
    if target is Target.KPIS:
        return reverse("kpis:kpi", args=[slug, row.subject])
    kind = run.options.get("kind", "")
    return reverse("governance:master-data-entry", args=[slug, kind, row.subject])


@require_safe
def result_file(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Every row with what became of it and why, as CSV."""
    run = import_by_id(str(import_id), by=request.actor)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(result_lines(run))
    return download(f"{run.file_name}-result.csv", text.getvalue().encode("utf-8-sig"), "text/csv")


def result_lines(run: Import) -> Iterator[list[str]]:
    yield [_("Row"), _("What becomes of it"), _("Code"), _("Name"), _("Changes"), _("Remarks")]
    for row in rows_of(run).order_by("number").iterator(chunk_size=2000):
        remarks = [Finding.from_data(data) for data in row.findings]
        yield [
            str(row.number),
            str(RowState(row.state).label),
            row.subject,
            harmless(row.label),
            harmless("; ".join(said_changes(row.changes, most=50))),
            harmless("; ".join(f"{f.column}: {f.text}" if f.column else f.text for f in remarks)),
        ]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@require_safe
def template(
    request: TenantRequest, tenant_slug: str, profile: str, extension: str
) -> HttpResponse:
    """An empty file of a profile with its columns named and explained."""
    if not request.actor.may_anywhere(Permission.IMPORT_RUN):
        raise Forbidden("forbidden", Permission.IMPORT_RUN.label)
    try:
        wanted = profile_of(profile)
    except ValueError as error:
        raise NotVisible from error
    if wanted.is_fixed or extension not in {"csv", "xlsx"}:
        raise NotVisible
    name = f"{profile}.{extension}"
    if extension == "csv":
        return download(name, template_csv(wanted), "text/csv")
    return download(name, template_xlsx(wanted), XLSX)


def download(name: str, content: bytes, content_type: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    headers = {"Content-Disposition": header, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
