"""Asking for decisions about a measure: the next gate, other moves (T8 to T13), a change (T15)."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from approvals.models import ApprovalRequest
from approvals.rules import Ask
from governance.errors import Forbidden, Refused
from governance.tree.services import said
from governance.ui.format import NOTHING
from governance.ui.parts import Column, Tab
from governance.web.forms import refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.choices import Stage
from initiatives.gates.bars import bars_for
from initiatives.gates.changes import change_request, frozen_fields
from initiatives.gates.facts import route_amount
from initiatives.gates.hands import may_ask
from initiatives.gates.offers import gate_offer
from initiatives.gates.routes import Change, asks_for
from initiatives.gates.services import NotReady, gate_request, move_request
from initiatives.gates.snapshot import snapshot_of
from initiatives.gates.transitions import BY_WORD, TABLE, Transition, position_refusal
from initiatives.models import Measure
from initiatives.pages.deciding import Deciders, deciders_to_be
from initiatives.pages.frame import measure_crumbs, measure_url, stage_label
from initiatives.pages.gate_forms import ChangeForm, GateForm, MoveForm
from initiatives.pages.gate_panels import Standing, readiness_for, refusal_of, standing_for
from initiatives.pages.measure_forms import LABELS
from initiatives.pages.snapshot_view import blocks_of
from initiatives.plan_changes import planner
from initiatives.rules import plan_is_frozen
from initiatives.selectors import hands_at, measure_by_code

WHAT_HAPPENS = {
    "T8": gettext_lazy("The measure goes back one stage; its baselines stay."),
    "T9": gettext_lazy("Clocks stop, no claims and no requests; its value is shown as parked."),
    "T10": gettext_lazy("The measure goes on where it stood."),
    "T11": gettext_lazy("The measure ends here; what is lost is booked as leakage."),
    "T12": gettext_lazy(
        "The measure goes on; after a long time it passes its last gate once more."
    ),
    "T13": gettext_lazy(
        "The measure goes back to the stage before; the old sign-off stays visible."
    ),
}
PREVIEW = "preview"


@require_http_methods(["GET", "HEAD", "POST"])
def gate_ask(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Ask for the next gate: what deciders will see, and who they are (G3)."""
    measure = measure_by_code(code, by=request.actor)
    standing = standing_for(request, measure)
    readiness = readiness_for(request, standing)
    offer = gate_offer(
        standing.at, standing.hands, is_ready=readiness is not None and readiness.is_ready
    )
    if offer is None or readiness is None:
        raise Refused("measure_closed")
    if offer.refusal == "may_not_request":
        raise Forbidden(offer.refusal)
    form = GateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            with refusals_in(form):
                opened = gate_request(
                    measure=measure,
                    to_stage=readiness.gate.target,
                    asking=form.asking,
                    by=request.actor,
                )
                return asked(request, measure, opened)
        except NotReady as error:
            form.add_error(None, str(TEXTS[error.code]))
    target = stage_label(measure, readiness.gate.target)
    title = _("Request «%(stage)s»") % {"stage": target}
    context = {
        "target": target,
        "refusal": refusal_of(offer) if offer.refusal else "",
        "missing": [item for item in readiness.active if not item.is_met],
        "blocks": blocks_of(json.loads(snapshot_of(measure, readiness.gate.transition))),
        "deciders": deciders_to_be(measure, readiness.asks, readiness.bars),
    }
    return _page(request, measure, form, title, "gate_ask", **context)


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: TenantRequest, tenant_slug: str, code: str, word: str) -> HttpResponse:
    """Ask to hold, resume, cancel, reinstate, step down or reopen a measure."""
    measure = measure_by_code(code, by=request.actor)
    transition = BY_WORD[word]
    standing = standing_for(request, measure)
    if not may_ask(transition, standing.hands):
        raise Forbidden("may_not_request")
    hold_days = measure.stage_model.read.limits.hold_days
    data = request.POST if request.method == "POST" else None
    form = MoveForm(data, transition=transition, hold_days=hold_days)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            opened = move_request(measure=measure, word=word, asking=form.asking, by=request.actor)
            return asked(request, measure, opened)
    refusal = position_refusal(transition, standing.at)
    deciders, no_route = _route(request, measure, transition)
    context = {
        "text": WHAT_HAPPENS[transition.code],
        "refusal": str(TEXTS[refusal]) if refusal else "",
        "voids_notice": _overtaken(standing, transition),
        "deciders": deciders,
        "no_route": no_route,
    }
    return _page(request, measure, form, str(transition.label), "move_ask", **context)


def _overtaken(standing: Standing, transition: Transition) -> str:
    """What is said before a hold or a cancellation voids an open request (G2)."""
    if not (transition.overtakes and standing.request):
        return ""
    return _("A request is open on this measure. Asking for this voids it (G2).")


def _route(
    request: TenantRequest,
    measure: Measure,
    transition: Transition,
    changed: list[str] | None = None,
) -> tuple[Deciders, str]:
    """Who would decide if this person asked; or why nobody could."""
    bars = bars_for(measure, transition.code)
    asks: list[Ask] = []
    no_route = ""
    try:
        asks = asks_for(
            measure,
            transition,
            amount=route_amount(measure),
            requester_id=request.actor.membership_id,
            bars=bars,
            change=Change(changed or ()),
        )
    except Refused as error:
        no_route = str(TEXTS[error.code])
    return deciders_to_be(measure, asks, bars), no_route


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Ask to change what a passed gate froze, after a look at before and after."""
    measure = measure_by_code(code, by=request.actor)
    names = frozen_fields(measure, hands_at(measure, request.actor))
    if not names:
        raise Forbidden("may_not_request")
    standing = standing_for(request, measure)
    data = request.POST if request.method == "POST" else None
    form = ChangeForm(data, measure=measure, names=names)
    is_preview = request.POST.get("step") == PREVIEW
    if form.is_bound and form.is_valid() and not is_preview:
        with refusals_in(form):
            opened = change_request(
                measure=measure_by_code(code, by=request.actor),
                fields=form.changes(),
                asking=form.asking,
                by=request.actor,
            )
            return asked(request, measure, opened)
    refusal = position_refusal(TABLE["T15"], standing.at)
    context: dict[str, Any] = {
        "refusal": str(TEXTS[refusal]) if refusal else "",
        "ways": change_ways(request, measure, "fields"),
    }
    if form.is_bound and form.is_valid():
        changes = form.changes()
        deciders, no_route = _route(request, measure, TABLE["T15"], list(changes))
        context |= {
            "columns": [
                Column("field", _("Field")),
                Column("before", _("Before")),
                Column("after", _("After")),
            ],
            "preview": [_difference(measure, name, changes[name]) for name in changes],
            "deciders": deciders,
            "no_route": no_route,
            "status": 200,
        }
    return _page(request, measure, form, _("Change request"), "change_ask", **context)


def change_ways(request: TenantRequest, measure: Measure, shown: str) -> list[Tab]:
    """What a change request may be about: fields, and months of the plan once they are frozen."""
    ways = [(_("Fields"), "initiatives:measure-change", "fields")]
    found = planner()
    if found is not None and plan_is_frozen(Stage(measure.stage)):
        ways.append((_("Plan by month"), found.page, "plan"))
    args = [request.tenant.slug, measure.code]
    return [Tab(label, reverse(page, args=args), way == shown) for label, page, way in ways]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, in the words of histories."""

    label: str
    before: str
    after: str


def _difference(measure: Measure, name: str, value: Any) -> Difference:
    before, after = said(getattr(measure, name)), said(value)
    return Difference(str(LABELS[name]), before or NOTHING, after or NOTHING)


def asked(request: TenantRequest, measure: Measure, opened: ApprovalRequest) -> HttpResponse:
    """To the request on the Decisions tab."""
    messages.success(request, _("The request was sent to those who decide it."))
    tab = measure_url(measure, request.tenant, "measure-decisions")
    return redirect(f"{tab}#request-{opened.public_id}")


def _page(
    request: TenantRequest, measure: Measure, form: Any, title: str, template: str, **extra: Any
) -> HttpResponse:
    status = extra.pop("status", UNPROCESSABLE if form.is_bound else 200)
    context = {
        "form": form,
        "measure": measure,
        "title": title,
        "breadcrumbs": measure_crumbs(measure, title, request=request),
        "url": measure_url(measure, request.tenant),
        **extra,
    }
    return render(request, f"initiatives/{template}.html", context, status=status)
