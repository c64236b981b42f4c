"""The bridge of a place between two days: a chart, its table, and the events behind a step (F8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.calendars.rules import local_day
from governance.calendars.selectors import zone_of
from governance.errors import Invalid
from governance.templatetags.ui import day
from governance.tenancy.models import Tenant
from governance.tree.selectors import node_by_code
from governance.ui.charts import Chart, Kind, Series
from governance.ui.parts import Column, Tab
from governance.web.forms import DayField
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.pages.frame import node_crumbs
from kpis.figures.bridge import Bridge, Turn
from kpis.figures.choices import Step
from kpis.rates.choices import RateBasis
from kpis.rules import FIRST_YEAR, LAST_YEAR
from reporting.bridge_selectors import (
    MovePage,
    Span,
    bridge_by_code,
    default_span,
    moves_of,
    signed_of,
    since_report,
)
from reporting.period_reports.models import PeriodReport
from reporting.selectors import headline_name

WORDS = {
    Turn.CELLS: gettext_lazy("Months changed"),
    Turn.STAGE: gettext_lazy("Stage changed"),
    Turn.OVERLAY: gettext_lazy("Held, cancelled or taken up again"),
    Turn.PLACE: gettext_lazy("Moved"),
    Turn.CREATED: gettext_lazy("Created"),
    Turn.DELETED: gettext_lazy("Deleted"),
    Turn.RATES: gettext_lazy("Other exchange rates"),
}
# In the address of a bridge that begins at the last signed report.
SINCE, REPORT = "since", "report"
# The chart, as the page of a place takes it in.
REGION = "bridge-steps"


class BridgeForm(forms.Form):
    """Two days and a fiscal year."""

    year = forms.IntegerField(
        label=gettext_lazy("Fiscal year, empty for all"),
        required=False,
        min_value=FIRST_YEAR + 1,
        max_value=LAST_YEAR,
    )
    rate = forms.ChoiceField(
        label=gettext_lazy("Exchange rates"), required=False, choices=RateBasis.choices
    )
    step = forms.ChoiceField(
        label=gettext_lazy("Events behind"),
        required=False,
        choices=[("", gettext_lazy("No step")), *Step.choices],
    )
    since = forms.ChoiceField(
        required=False, choices=[("", ""), (REPORT, REPORT)], widget=forms.HiddenInput
    )
    field_order = ("from", "to", "year", "rate", "step", "since")

    def __init__(self, data: QueryDict | dict[str, str]) -> None:
        super().__init__(data)
        days = {"from": _("From the end of"), "to": _("To the end of")}
        for name, label in days.items():
            if name == "to" or not data.get(SINCE):
                self.fields[name] = DayField(label=label)
        self.order_fields(self.field_order)


@require_safe
def bridge(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """How the headline total came from one day to another; raises `Invalid` by field."""
    signed = signed_of(node_by_code(code, by=request.actor))
    form, span, step = _asked(request.GET, request.tenant, signed)
    node, found = bridge_by_code(
        code, span, tenant=request.tenant, by=request.actor, each=step is not None
    )
    url = reverse("reporting:bridge", args=[tenant_slug, node.code])
    drilled = moves_of(found, step, cursor=request.GET.get("cursor", "")) if step else None
    links = {one: f"{url}?{_query(span, one)}" for one in Step}
    context = {
        "node": node,
        "breadcrumbs": node_crumbs(node, _("Bridge"), request=request),
        "form": form,
        "url": url,
        # On the page of a place the chart leads to the page with its table.
        "whole_url": url if request.headers.get("HX-Target") == REGION else "",
        "starts": _starts(span, signed, url, request.tenant),
        "bridge": found,
        "without_rate": ", ".join(sorted(found.without_rate)),
        "rows": [(one.label, amount, links[one]) for one, amount in found.steps.items()],
        "row_columns": [Column("step", _("Step")), Column("amount", _("Amount"), numeric=True)],
        "chart": _chart(found, span, request.tenant, links),
        "span": span,
        "headline_name": headline_name(request.tenant),
        **_drill(drilled, step, span, url, request.tenant),
    }
    return page_or_region(request, "reporting/bridge.html", context, region=REGION)


def _asked(
    query: QueryDict, tenant: Tenant, signed: PeriodReport | None
) -> tuple[BridgeForm, Span, Step | None]:
    usual = default_span(tenant)
    given = {"from": usual.first.isoformat(), "to": usual.last.isoformat()}
    given |= {name: str(query[name]) for name in BridgeForm.field_order if query.get(name)}
    form = BridgeForm(given)
    if not form.is_valid():
        raise Invalid({name: [str(t) for t in texts] for name, texts in form.errors.items()})
    data = form.cleaned_data
    basis = RateBasis(data["rate"] or RateBasis.PLAN)
    span = replace(usual, last=data["to"], year=data["year"], basis=basis)
    if not data[SINCE]:
        span = replace(span, first=data["from"])
    elif signed is None:
        raise Invalid({SINCE: [_("No report of this place was signed yet.")]})
    else:
        span = since_report(span, signed, tenant)
    return form, span, Step(data["step"]) if data["step"] else None


def _starts(span: Span, signed: PeriodReport | None, url: str, tenant: Tenant) -> list[Tab]:
    """Where a bridge may begin; nothing to choose where no report was signed."""
    if signed is None:
        return []
    rest = {"to": span.last.isoformat(), "year": str(span.year or ""), "rate": span.basis.value}
    given = {name: word for name, word in rest.items() if word}
    since = _("Since report %(number)s, signed %(at)s") % {
        "number": signed.number,
        "at": day(local_day(signed.signed_at, zone_of(tenant))),
    }
    return [
        Tab(_("Between two days"), f"{url}?{urlencode(given)}", span.report is None),
        Tab(since, f"{url}?{urlencode({SINCE: REPORT, **given})}", span.report is not None),
    ]


def _query(span: Span, step: Step, **more: str) -> str:
    start = {SINCE: REPORT} if span.report else {"from": span.first.isoformat()}
    given = {**start, "to": span.last.isoformat(), "step": step.value}
    if span.basis is not RateBasis.PLAN:
        given["rate"] = span.basis.value
    return urlencode(given | ({"year": str(span.year)} if span.year else {}) | more)


def _chart(found: Bridge, span: Span, tenant: Tenant, links: Mapping[Step, str]) -> Chart:
    """The steps that moved anything, between the two totals."""
    steps = {step: amount for step, amount in found.steps.items() if amount}
    return Chart(
        id="bridge",
        kind=Kind.WATERFALL,
        title=_("%(metric)s: from %(first)s to %(last)s")
        % {
            "metric": headline_name(tenant),
            "first": day(span.first),
            "last": day(span.last),
        },
        categories=[_("Start"), *(str(step.label) for step in steps), _("End")],
        series=[Series(_("Amount"), [found.start, *steps.values(), found.end])],
        currency=tenant.currency,
        description=_("Forecast of value effects, before the decision their plan; all classes."),
        links=["", *(links[step] for step in steps), ""],
    )


def _drill(
    page: MovePage | None, step: Step | None, span: Span, url: str, tenant: Tenant
) -> dict[str, Any]:
    """The events behind a step, each with the way to its measure."""
    if page is None or step is None:
        return {"moves": None}
    return {
        "step": step.label,
        "total": page.total,
        "next": f"{url}?{_query(span, step, cursor=page.next)}" if page.next else "",
        "move_columns": [
            Column("at", _("When")),
            Column("measure", _("Measure")),
            Column("what", _("What happened")),
            Column("amount", _("Amount"), numeric=True),
        ],
        "moves": [
            {
                "at": move.event.at,
                "measure": move.event.measure,
                "url": reverse("initiatives:measure", args=[tenant.slug, move.event.measure]),
                "what": WORDS[move.event.turn],
                "amount": move.amount,
            }
            for move in page.rows
        ],
    }
