"""The page of watermelons: what looks well and is not, the largest value first (L6)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.errors import Invalid
from governance.tree.selectors import node_named
from governance.ui.parts import Column, Crumb
from governance.web.forms import LineField
from governance.web.requests import TenantRequest
from governance.web.serializers import CODE_LENGTH
from initiatives.pages.frame import measure_url
from kpis.figures.choices import Lamp, LightName
from kpis.figures.lights import Light
from kpis.pages.lights import WHY, lights_url
from reporting.selectors import headline_name
from reporting.watermelons import Watermelon, watermelons

NODE = "node"


class WatermelonForm(forms.Form):
    """The place below which watermelons are asked for; empty means all."""

    node = LineField(
        label=gettext_lazy("Below"),
        required=False,
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Code, such as PG-001")}),
    )


@require_safe
def watermelon_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Live measures that are green outside and red inside; raises `Invalid` by filter."""
    form = WatermelonForm(request.GET)
    if not form.is_valid():
        raise Invalid({name: [str(t) for t in texts] for name, texts in form.errors.items()})
    node = node_named(form.cleaned_data[NODE], by=request.actor)
    found = watermelons(
        tenant=request.tenant, by=request.actor, node=node, cursor=request.GET.get("cursor", "")
    )
    context = {
        "form": form,
        "url": reverse("reporting:watermelons", args=[tenant_slug]),
        "node": node,
        "page": found,
        "rows": [_row(one, request) for one in found.rows],
        "columns": _columns(),
        "headline_name": headline_name(request.tenant),
        "breadcrumbs": [Crumb(_("Watermelons"))],
    }
    return render(request, "reporting/watermelons.html", context)


def _columns() -> list[Column]:
    return [
        Column("measure", _("Measure")),
        Column("owner", _("Owner")),
        Column("recurring", _("Recurring"), hint=_("per year"), numeric=True),
        Column("one_off", _("One-off"), numeric=True),
        *(Column(name.value, str(name.label), hint=str(WHY[name])) for name in LightName),
    ]


def _row(one: Watermelon, request: TenantRequest) -> dict[str, Any]:
    measure, tenant = one.measure, request.tenant
    return {
        "measure": measure,
        "url": measure_url(measure, tenant),
        "lights_url": lights_url(measure, tenant),
        "recurring": one.lit.recurring,
        "one_off": one.lit.one_off,
        "lights": [_lamp(one.lit.lights[name]) for name in LightName],
    }


def _lamp(light: Light) -> dict[str, str]:
    """The light that counts, and the derived one where somebody states another."""
    derived = "" if light.stated is None else light.derived.value
    return {
        "lamp": light.shown.value,
        "word": str(Lamp(light.shown).label),
        "derived": derived,
        "derived_word": str(Lamp(light.derived).label),
    }
