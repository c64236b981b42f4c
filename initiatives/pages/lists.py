"""The list of measures: filters in the address, sortable headings, pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.selectors import open_conditions_of, open_requests_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.web.columns import COLUMNS, asked_columns, joined_columns, picker
from governance.web.lists import Chosen, Offer, Reader, filters_in, offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from governance.web.views_bar import opening, views_bar
from initiatives.bulk.services.asking import offered_to
from initiatives.choices import GovernabilityField, Overlay, ShownOverlay, Stage
from initiatives.figures import Money
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure, StatusReport
from initiatives.pages.columns import (
    DEFAULT,
    LABELS,
    NAME,
    ListColumn,
    ShownCell,
    Standing,
    cells_of,
    editable_fields,
    headings,
    series_in,
    shown_columns,
)
from initiatives.pages.filters import GROUP, MeasureFilterForm, offer_choices, parse
from initiatives.pages.frame import measure_url, stage_label
from initiatives.pages.groups import group_links, group_rows, grouped, wanted_part
from initiatives.pages.report_sources import REPORTS
from initiatives.pages.sources import (
    MEASURES,
    choose_measures,
    plan_label,
    standings,
)
from initiatives.rules import Hands, shown_overlay
from initiatives.selectors import hands_in, latest_reports

REGION = "list"
STAGE_TONES = {
    Stage.IDENTIFIED: "neutral",
    Stage.DETAILED: "blue",
    Stage.DECIDED: "primary",
    Stage.IMPLEMENTED: "amber",
    Stage.CLOSED: "green",
}
OVERLAY_TONES = {
    ShownOverlay.PENDING: "blue",
    ShownOverlay.CONDITIONAL: "amber",
    ShownOverlay.ON_HOLD: "amber",
    ShownOverlay.CANCELLED: "red",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One measure as the list shows it; `plan` is empty where nothing is planned."""

    measure: Measure
    url: str
    program: str
    package: str
    stage: str
    tone: str
    overlay: str
    overlay_tone: str
    plan: Sequence[Money]
    missing: Sequence[GovernabilityField]
    report: StatusReport | None
    cells: Sequence[ShownCell]
    is_name_editable: bool


@require_safe
def measures(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Measures by filter; places and people are found by the search of every page."""
    if len(request.GET.getlist(COLUMNS)) > 1:  # as the form of columns sends them
        return redirect(joined_columns(request))
    bar = views_bar(request, MEASURES.name)
    if answer := opening(request, bar):
        return answer
    chosen = choose_measures(request.GET, request.actor)
    form, asked = chosen.form, asked_columns(request.GET)
    if part := wanted_part(request):
        return group_rows(request, chosen, partial(_rows_in_group, request, asked), part)
    by = parse(request.GET).group
    if request.headers.get("HX-Target") != REGION:  # the part has no filters to fill
        offer_choices(form, request.actor)
    context = {
        "form": form,
        "ordering": request.GET.get("ordering") or chosen.order.spelled,
        "may_create": request.actor.may_anywhere(Permission.MEASURE_CREATE),
        "url": reverse("initiatives:measures", args=[tenant_slug]),
        "chosen": _chosen(form, request.GET, bar.bare_url),
        "views": bar,
        "may_pick": bool(offered_to(request.actor)),
        "offers": _offers(request, asked),
        "picker": picker(request.GET, LABELS, shown=asked or DEFAULT, fixed=NAME),
        "asked_columns": ",".join(asked),
        "cell_query": cell_query(asked),
        "group_by": by,
        "group_links": group_links(request, by),
        **(grouped(request, chosen, by, asked) if by else _listed(request, chosen, asked)),
    }
    return page_or_region(request, "initiatives/measures.html", context, region=REGION)


def _listed(
    request: TenantRequest,
    chosen: Chosen[MeasureFilterForm, Measure],
    asked: Sequence[str],
) -> dict[str, Any]:
    """A page of the measures themselves."""
    cursor = request.GET.get("cursor", "")
    page = keyset_page(chosen.rows, order=chosen.order, cursor=cursor)
    return {"page": page, **measure_table(page.rows, request, asked=asked, is_editable=True)}


def _rows_in_group(
    request: TenantRequest, asked: Sequence[str], measures: Sequence[Measure]
) -> dict[str, Any]:
    """A page of measures below the line of their group."""
    return {
        "cell_query": cell_query(asked),
        "may_pick": bool(offered_to(request.actor)),
        **measure_table(measures, request, asked=asked, sortable=False, is_editable=True),
    }


def _offers(request: TenantRequest, asked: Sequence[str]) -> list[Offer]:
    """The list as it is shown, then with all that an import takes, then what hangs on it."""
    query = request.GET.copy()
    query.pop(GROUP, None)  # a file holds the measures, one a row
    query[COLUMNS] = ",".join(asked or DEFAULT)
    shown = offers(request, MEASURES.name, query=filters_in(query))
    query.pop(COLUMNS)
    full = offers(request, MEASURES.name, "values", REPORTS.name, query=filters_in(query))
    return [
        *(replace(offer, title=_("Measures, the columns shown")) for offer in shown),
        *(
            replace(offer, title=_("Measures, all columns"))
            if offer.name == MEASURES.name
            else offer
            for offer in full
        ),
    ]


def cell_query(asked: Sequence[str]) -> str:
    """What the address of a cell says of the columns of its list."""
    return f"?{COLUMNS}={','.join(asked)}" if asked else ""


def measure_table(
    measures: Sequence[Measure],
    request: TenantRequest,
    *,
    asked: Sequence[str] = (),
    sortable: bool = True,
    is_editable: bool = False,
) -> dict[str, Any]:
    """Columns and rows of a table of measures; the same queries, however many rows.

    With `is_editable` each row says which of its fields this person may change in their cells.
    """
    tenant = request.tenant
    columns = shown_columns(asked)
    metric, found = standings(
        measures, Reader(request.actor, tenant), with_series=bool(series_in(columns))
    )
    reports = latest_reports(measures)
    overlays = shown_overlays(measures)
    editable = _editable(measures, request.actor) if is_editable else {}
    return {
        "columns": headings(
            columns, f"{plan_label(metric)}, {tenant.currency}", is_sortable=sortable
        ),
        "rows": [
            _row(
                one,
                reports.get(one.measure.pk),
                overlays[one.measure.pk],
                request,
                columns,
                editable.get(one.measure.pk, frozenset()),
            )
            for one in found
        ],
    }


def _editable(measures: Sequence[Measure], by: Actor) -> dict[int, frozenset[str]]:
    """What this person may change of each measure, asked once a place; no query."""
    hands: dict[str, Hands] = {}
    found = {}
    for measure in measures:
        if measure.path not in hands:
            hands[measure.path] = hands_in(measure.path, by)
        is_owner = by.membership_id is not None and measure.owner_id == by.membership_id
        found[measure.pk] = editable_fields(
            measure, replace(hands[measure.path], is_owner=is_owner)
        )
    return found


def shown_overlays(measures: Sequence[Measure]) -> dict[int, ShownOverlay]:
    """What is shown over each stage; two queries for all of them."""
    ids = [measure.pk for measure in measures]
    asked, owing = open_requests_of(SUBJECT, ids), open_conditions_of(SUBJECT, ids)
    return {
        measure.pk: shown_overlay(
            Overlay(measure.overlay),
            is_asked_about=measure.pk in asked,
            has_conditions=measure.pk in owing,
        )
        for measure in measures
    }


def _row(
    standing: Standing,
    report: StatusReport | None,
    overlay: ShownOverlay,
    request: TenantRequest,
    columns: Sequence[ListColumn],
    editable: frozenset[str],
) -> Row:
    measure = standing.measure
    stage = Stage(measure.stage)
    return Row(
        measure=measure,
        url=measure_url(measure, request.tenant),
        program=standing.name_above(Level.PROGRAM),
        package=measure.package.name,
        stage=stage_label(measure, stage),
        tone=STAGE_TONES[stage],
        overlay="" if overlay is ShownOverlay.ACTIVE else str(overlay.label),
        overlay_tone=OVERLAY_TONES.get(overlay, "neutral"),
        plan=standing.plan,
        missing=standing.missing,
        report=report,
        cells=cells_of(columns, standing, editable),
        is_name_editable=NAME in editable,
    )


def _chosen(form: MeasureFilterForm, query: QueryDict, bare_url: str) -> list[dict[str, str]]:
    """The filters that are set, each with the address of the list without it."""
    found = []
    for name, label, value in form.chosen():
        rest = query.copy()
        for gone in (name, "cursor"):
            rest.pop(gone, None)
        url = f"?{rest.urlencode()}" if rest else bare_url
        found.append({"label": label, "value": value, "url": url})
    return found
