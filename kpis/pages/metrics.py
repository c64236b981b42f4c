"""Metrics: their list, a new one, and the fields of one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb
from governance.web.forms import LineField, refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.frame import require_sight
from initiatives.pages.measure_forms import Section
from initiatives.pages.measures import CONFLICT
from initiatives.pages.seen import SeenForm, changed_meanwhile, disabled
from kpis.choices import Aggregation
from kpis.metrics.choices import Sign, StatementLine
from kpis.metrics.selectors import metric_named, uses_of
from kpis.metrics.services import (
    CODE_LENGTH,
    EDITABLE,
    FIXED_BY_USE,
    NAME_LENGTH,
    UNIT_LENGTH,
    MetricDraft,
    metric_change,
    metric_create,
)
from kpis.models import DECIMALS, Metric
from kpis.selectors import metrics

PAGE_SIZE = 50
ORDER = Order("name", "sort_key")


def _fields() -> dict[str, forms.Field]:
    """Fields of a metric, in the order of their sections."""
    return {
        "name": LineField(label=_("Name"), max_length=NAME_LENGTH),
        "sign": forms.ChoiceField(label=_("Direction"), choices=Sign.choices),
        "pl_line": forms.ChoiceField(
            label=_("Line of the statements"),
            choices=StatementLine.choices,
            initial=StatementLine.NONE,
        ),
        "is_monetary": forms.BooleanField(
            label=_("Amounts of money"),
            required=False,
            initial=True,
            help_text=_("Each effect then has a currency instead of the unit."),
        ),
        "unit": LineField(
            label=_("Unit"),
            required=False,
            max_length=UNIT_LENGTH,
            help_text=_("For what is not money, such as t or MWh."),
        ),
        "aggregation": forms.ChoiceField(label=_("Aggregation"), choices=Aggregation.choices),
        "decimals": forms.IntegerField(
            label=_("Decimals"), min_value=0, max_value=DECIMALS, initial=2
        ),
    }


def _sections(form: forms.Form) -> list[Section]:
    visible = form.visible_fields()
    return [
        Section("", [f for f in visible if f.name not in FIXED_BY_USE]),
        Section(_("How it is measured"), [f for f in visible if f.name in FIXED_BY_USE]),
    ]


class NewMetricForm(forms.Form):
    """A metric to be."""

    code = LineField(
        label=gettext_lazy("Code"),
        max_length=CODE_LENGTH,
        help_text=gettext_lazy("Short and stable, such as ENERGY; it cannot be changed later."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields |= _fields()

    @property
    def sections(self) -> list[Section]:
        return _sections(self)

    @property
    def draft(self) -> MetricDraft:
        return MetricDraft(**self.cleaned_data)


class MetricForm(SeenForm):
    """A metric that exists; what its effects have fixed is shown and not to be set (V1)."""

    def __init__(self, data: Any = None, *, metric: Metric, uses: int) -> None:
        super().__init__(data, current={name: _shown(metric, name) for name in EDITABLE})
        self.fields |= _fields()
        self.fields["is_active"] = forms.BooleanField(
            label=_("In use"),
            required=False,
            help_text=_("Out of use it stays where it is and is not offered for new effects."),
        )
        for name in FIXED_BY_USE if uses else ():
            disabled(self.fields[name], _("Effects use this metric, so this stays as it is (V1)."))
        self.initial["seen_version"] = metric.version

    @property
    def sections(self) -> list[Section]:
        return _sections(self)


def _shown(metric: Metric, name: str) -> str:
    """A field as its input would send it."""
    value = getattr(metric, name)
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value)


@require_safe
def metric_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All metrics by name, each with the number of effects that use it."""
    require_sight(request.actor)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(metrics(), order=ORDER, cursor=cursor, limit=PAGE_SIZE)
    uses = uses_of(page.rows)
    context = {
        "page": page,
        "rows": [{"metric": row, "effects": uses.get(row.pk, 0)} for row in page.rows],
        "headline": request.tenant.headline_metric,
        "columns": [
            Column("name", _("Metric")),
            Column("unit", _("Unit")),
            Column("aggregation", _("Aggregation")),
            Column("sign", _("Direction")),
            Column("line", _("Line of the statements")),
            Column("effects", _("Effects"), numeric=True),
            Column("state", _("State")),
        ],
        "refusal": _refusal(request.actor),
        "breadcrumbs": [Crumb(_("Metrics"))],
    }
    return render(request, "kpis/metrics.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def metric_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Add a metric."""
    request.actor.require_anywhere(Permission.METRIC_MANAGE)
    form = NewMetricForm(request.POST if request.method == "POST" else None)
    url = reverse("kpis:metrics", args=[tenant_slug])
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            row = metric_create(draft=form.draft, by=request.actor)
            messages.success(request, _("%(name)s was added.") % {"name": row.name})
            return redirect(url)
    context = {"form": form, "url": url, "breadcrumbs": _crumbs(url, _("New metric"))}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/metric_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def metric_edit(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Edit a metric; a late save shows what changed meanwhile and keeps what was typed."""
    by = request.actor
    row = metric_named(code, by=by)
    by.require_anywhere(Permission.METRIC_MANAGE)
    uses = uses_of([row]).get(row.pk, 0)
    if request.method != "POST":
        return _edit_page(request, row, MetricForm(metric=row, uses=uses))
    form = MetricForm(request.POST, metric=row, uses=uses)
    if form.is_valid():
        try:
            with refusals_in(form):
                seen, fields = form.cleaned_data["seen_version"], form.changes()
                metric_change(metric=row, seen_version=seen, fields=fields, by=by)
        except Stale as error:
            row = metric_named(code, by=by)
            form.current = MetricForm(metric=row, uses=uses).current
            merged = MetricForm(form.merged(error.current), metric=row, uses=uses)
            versions = error.current - error.seen
            more = {
                "meanwhile": changed_meanwhile("metric", row.code, versions=versions),
                "contested": form.contested,
            }
            return _edit_page(request, row, merged, status=CONFLICT, **more)
    if not form.is_valid():
        return _edit_page(request, row, form, status=UNPROCESSABLE)
    messages.success(request, _("The metric was saved."))
    return redirect("kpis:metrics", tenant_slug)


def _edit_page(
    request: TenantRequest, row: Metric, form: MetricForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    url = reverse("kpis:metrics", args=[request.tenant.slug])
    context = {
        "edited": row,
        "form": form,
        "url": url,
        "breadcrumbs": _crumbs(url, row.name),
        **extra,
    }
    return render(request, "initiatives/edit.html", context, status=status)


def _refusal(by: Actor) -> str:
    """Why this person may not change metrics; empty if they may."""
    if by.may_anywhere(Permission.METRIC_MANAGE):
        return ""
    return _(
        "Changing metrics needs the role Transformation office (PMO) or Head of controlling on the "
        "whole tenant."
    )


def _crumbs(url: str, last: str) -> list[Crumb]:
    return [Crumb(_("Metrics"), url), Crumb(last)]
