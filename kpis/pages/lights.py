"""The lights of a measure: what was derived, what is stated instead, and the form to state it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden
from governance.templatetags.ui import day
from governance.tenancy.models import Tenant
from governance.web.forms import DayField, refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.lights import HeadLight, HeadLights
from initiatives.models import Measure
from initiatives.pages.frame import measure_crumbs
from initiatives.rules import locked_refusal, may_report, plan_is_frozen
from initiatives.selectors import hands_at, measure_by_code
from kpis.figures.choices import STATED, Lamp, LightName
from kpis.figures.lighting import Lights, Shown, last_day_stated, lights_of
from kpis.figures.services import REASON_LENGTH, light_state

WHY = {
    LightName.IMPLEMENTATION: gettext_lazy("From milestones: critical slips and weight late (L1)"),
    LightName.POTENTIAL: gettext_lazy("Forecast against the current baseline (L2)"),
    LightName.EVIDENCE: gettext_lazy("Validated against what is claimed or due (L3)"),
}


@dataclass(frozen=True, slots=True)
class LightCell:
    """One light as it is shown: the lamp that counts, and the derived one if it is another."""

    name: str
    why: str
    lamp: str
    word: str
    derived: str
    derived_word: str
    note: str


class LightForm(forms.Form):
    """Which light, what it should say, and why."""

    light = forms.ChoiceField(label=gettext_lazy("Light"), choices=LightName.choices)
    stated = forms.ChoiceField(
        label=gettext_lazy("Stated instead"),
        choices=[(lamp.value, lamp.label) for lamp in STATED],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The derived light stays visible beside the stated one."),
    )
    expires_on = DayField(label=gettext_lazy("It counts until"), required=False)

    def __init__(self, data: Any = None, *, last_day: date) -> None:
        super().__init__(data, initial={"expires_on": last_day})
        text = _("At most until %(day)s; then the derived light is shown again.")
        self.fields["expires_on"].help_text = text % {"day": last_day.isoformat()}


@require_http_methods(["GET", "HEAD", "POST"])
def lights(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The three lights of a measure; whoever reports on it may state one otherwise."""
    measure = measure_by_code(code, by=request.actor)
    may_state = may_report(hands_at(measure, request.actor))
    if request.method == "POST" and not may_state:
        raise Forbidden
    last_day = last_day_stated(measure.path, request.tenant)
    form = LightForm(request.POST if request.method == "POST" else None, last_day=last_day)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusals_in(form):
            light_state(
                measure=measure,
                light=LightName(given["light"]),
                stated=given["stated"],
                reason=given["reason"],
                expires_on=given["expires_on"],
                by=request.actor,
            )
            messages.success(request, _("The light was stated."))
            return redirect(lights_url(measure, request.tenant))
    context = {
        **lights_context(measure, request.tenant, lights_of(measure, request.tenant)),
        "measure": measure,
        "form": form,
        "may_state": may_state,
        "refusal": state_refusal(measure),
        "breadcrumbs": measure_crumbs(measure, _("Lights"), request=request),
        "url": reverse("kpis:measure-values", args=[tenant_slug, measure.code]),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "kpis/lights.html", context, status=status)


def lights_context(measure: Measure, tenant: Tenant, found: Lights) -> dict[str, Any]:
    """Context of `kpis/_lights.html`."""
    return {
        "lights": [_cell(one) for one in found.shown],
        "is_watermelon": found.is_watermelon,
        "lights_url": lights_url(measure, tenant),
    }


def head_lights(measure: Measure, tenant: Tenant) -> HeadLights:
    """The lights as the head of a measure's pages shows them, in a fixed number of queries."""
    return head_of(measure, tenant, lights_of(measure, tenant))


def head_of(measure: Measure, tenant: Tenant, found: Lights) -> HeadLights:
    """The same from lights that were read already."""
    return HeadLights(
        [
            HeadLight(
                str(one.name.label), one.shown.value, str(one.shown.label), str(WHY[one.name])
            )
            for one in found.shown
        ],
        lights_url(measure, tenant),
        found.is_watermelon,
    )


def lights_url(measure: Measure, tenant: Tenant) -> str:
    return reverse("kpis:measure-lights", args=[tenant.slug, measure.code])


def state_refusal(measure: Measure) -> str:
    """Why no light of a measure can be stated now; empty where one can."""
    code = locked_refusal(Stage(measure.stage), Overlay(measure.overlay))
    if code is None and not plan_is_frozen(Stage(measure.stage)):
        code = "no_light_yet"
    return str(TEXTS[code]) if code else ""


def _cell(one: Shown) -> LightCell:
    note = ""
    if one.override is not None:
        said = {
            "name": one.override.stated_by.name,
            "day": day(one.override.expires_on),
            "reason": one.override.reason,
        }
        note = _("stated by %(name)s until %(day)s: %(reason)s") % said
    return LightCell(
        name=str(one.name.label),
        why=str(WHY[one.name]),
        lamp=one.shown.value,
        word=str(Lamp(one.shown).label),
        derived=one.derived.value if one.override is not None else "",
        derived_word=str(Lamp(one.derived).label),
        note=note,
    )
