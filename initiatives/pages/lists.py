"""The list of measures: filters in the address, sortable headings, pages, matching places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.selectors import open_conditions_of, open_requests_of
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.ui.parts import Column
from governance.web.lists import Reader, offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.choices import GovernabilityField, Overlay, ShownOverlay, Stage
from initiatives.figures import Money
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure, StatusReport
from initiatives.pages.filters import MeasureFilterForm, offer_choices
from initiatives.pages.frame import measure_url, node_url, stage_label
from initiatives.pages.report_sources import REPORTS
from initiatives.pages.sources import (
    MEASURES,
    Standing,
    choose_measures,
    plan_label,
    standings,
)
from initiatives.places import places_found
from initiatives.rules import shown_overlay
from initiatives.selectors import latest_reports

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


@require_safe
def measures(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Measures by filter; the search box of every page leads here with `q`."""
    chosen = choose_measures(request.GET, request.actor)
    form, order = chosen.form, chosen.order
    page = keyset_page(chosen.rows, order=order, cursor=request.GET.get("cursor", ""))
    if request.headers.get("HX-Target") != REGION:  # the part has no filters to fill
        offer_choices(form, request.actor)
    text = form.cleaned_data["q"]
    context = {
        "form": form,
        "ordering": request.GET.get("ordering") or order.spelled,
        "page": page,
        "places": _places(text, request) if text else [],
        "may_create": request.actor.may_anywhere(Permission.MEASURE_CREATE),
        "url": reverse("initiatives:measures", args=[tenant_slug]),
        "chosen": _chosen(form, request.GET),
        "offers": offers(request, MEASURES.name, "values", REPORTS.name),
        **measure_table(page.rows, request),
    }
    return page_or_region(request, "initiatives/measures.html", context, region=REGION)


def measure_table(
    measures: Sequence[Measure], request: TenantRequest, *, sortable: bool = True
) -> dict[str, Any]:
    """Columns and rows of a table of measures; four queries, however many rows."""
    tenant = request.tenant
    metric, found = standings(measures, Reader(request.actor, tenant))
    plan = plan_label(metric)
    reports = latest_reports(measures)
    overlays = shown_overlays(measures)
    hint = _("All planned months, recurring and one-off, all classes, costs left out")
    return {
        "columns": [
            Column("name", _("Measure"), sortable=sortable),
            Column("code", _("Code"), sortable=sortable),
            Column("owner", _("Owner")),
            Column("stage", _("Stage")),
            Column("status", _("Status"), hint=_("The newest status report")),
            Column(
                "value", f"{plan}, {tenant.currency}", numeric=True, sortable=sortable, hint=hint
            ),
            Column("missing", _("Governability")),
            Column("updated_at", _("Updated"), sortable=sortable),
        ],
        "rows": [
            _row(one, reports.get(one.measure.pk), overlays[one.measure.pk], request)
            for one in found
        ],
    }


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
    )


def _chosen(form: MeasureFilterForm, query: QueryDict) -> list[dict[str, str]]:
    """The filters that are set, each with the address of the list without it."""
    found = []
    for name, label, value in form.chosen():
        rest = query.copy()
        for gone in (name, "cursor"):
            rest.pop(gone, None)
        found.append({"label": label, "value": value, "url": f"?{rest.urlencode()}"})
    return found


def _places(text: str, request: TenantRequest) -> list[dict[str, str]]:
    return [
        {
            "code": node.code,
            "name": node.name,
            "level": str(node.known_level.label),
            "url": node_url(node, request.tenant),
        }
        for node in places_found(text, by=request.actor)
    ]
