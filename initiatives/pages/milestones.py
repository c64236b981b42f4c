"""The plan of a measure: its milestones, adding and changing them, done, accepted, given back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_stubs_ext import StrOrPromise

from governance.errors import Forbidden
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.milestones.models import Milestone
from initiatives.milestones.selectors import edit_refusal, is_acceptor, milestone_by_id
from initiatives.milestones.services import (
    milestone_accept,
    milestone_add,
    milestone_change,
    milestone_done,
    milestone_remove,
    milestone_return,
)
from initiatives.models import Measure
from initiatives.pages.editing import Editing, edited
from initiatives.pages.frame import measure_crumbs, measure_url, voids_notice
from initiatives.pages.milestone_forms import (
    AcceptForm,
    DoneForm,
    MilestoneForm,
    NewMilestoneForm,
    ReturnForm,
)
from initiatives.pages.seen import seen_version
from initiatives.selectors import measure_by_code


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_new(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Add a milestone to a plan that no gate has frozen yet."""
    measure = measure_by_code(code, by=request.actor)
    _require_hands(measure, request)
    form = NewMilestoneForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            milestone_add(measure=measure, draft=form.draft, by=request.actor)
            messages.success(request, _("The milestone was added."))
            return redirect(_plan_url(measure, request))
    status = UNPROCESSABLE if form.is_bound else 200
    return _form_page(request, measure, form, _("New milestone"), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_edit(request: TenantRequest, tenant_slug: str, milestone_id: UUID) -> HttpResponse:
    """Change a milestone; a late save keeps what was typed."""
    row = _planned(request, milestone_id)
    measure, title = row.measure, _("Change a milestone")
    editing = Editing(
        make=lambda data: MilestoneForm(data, milestone=row),
        change=lambda form: milestone_change(
            milestone=row,
            seen_version=form.cleaned_data["seen_version"],
            fields=form.changes(),
            by=request.actor,
        ),
        show=lambda form, **extra: _form_page(request, measure, form, title, **extra),
        thanks=_("The milestone was changed."),
        url=_plan_url(measure, request),
    )
    return edited(request, editing)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_delete(request: TenantRequest, tenant_slug: str, milestone_id: UUID) -> HttpResponse:
    """Remove a milestone from a plan that is not frozen, after a question."""
    row = _planned(request, milestone_id)
    if request.method == "POST":
        seen = seen_version(request.POST)
        milestone_remove(milestone=row, seen_version=seen, by=request.actor)
        messages.success(request, _("The milestone was removed."))
        return redirect(_plan_url(row.measure, request))
    context = {
        "milestone": row,
        "measure": row.measure,
        "breadcrumbs": measure_crumbs(row.measure, _("Remove a milestone"), request=request),
        "url": _plan_url(row.measure, request),
        "voids_notice": voids_notice(row.measure),
    }
    return render(request, "initiatives/milestone_delete.html", context)


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that is said about a milestone: its form, its words, and the service."""

    form: Callable[[Any], Any]
    title: str
    text: str
    label: str
    thanks: str
    say: Callable[..., Milestone]


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_finish(request: TenantRequest, tenant_slug: str, milestone_id: UUID) -> HttpResponse:
    """The owner's side says that a milestone is done."""
    saying = Saying(
        DoneForm,
        _("Say that a milestone is done"),
        _("Whoever accepts it then accepts it or gives it back with a reason."),
        _("It is done"),
        _("The milestone waits to be accepted."),
        milestone_done,
    )
    return _said(request, _planned(request, milestone_id), saying)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_approve(request: TenantRequest, tenant_slug: str, milestone_id: UUID) -> HttpResponse:
    """The acceptor accepts a milestone."""
    saying = Saying(
        AcceptForm,
        _("Accept a milestone"),
        _("It counts as implemented from now on. This cannot be taken back."),
        _("Accept"),
        _("The milestone was accepted."),
        milestone_accept,
    )
    return _said(request, _judged(request, milestone_id), saying)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_reject(request: TenantRequest, tenant_slug: str, milestone_id: UUID) -> HttpResponse:
    """The acceptor gives a milestone back, with a reason."""
    saying = Saying(
        ReturnForm,
        _("Give a milestone back"),
        _("It is planned again, and its owner reads what is missing."),
        _("Give it back"),
        _("The milestone was given back."),
        milestone_return,
    )
    return _said(request, _judged(request, milestone_id), saying)


def _said(request: TenantRequest, row: Milestone, saying: Saying) -> HttpResponse:
    form = saying.form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = {"seen_version": form.cleaned_data.pop("seen_version"), **form.cleaned_data}
        with refusals_in(form):
            saying.say(milestone=row, by=request.actor, **given)
            messages.success(request, saying.thanks)
            return redirect(_plan_url(row.measure, request))
    form.initial["seen_version"] = row.version
    context = {
        "form": form,
        "saying": saying,
        "milestone": row,
        "measure": row.measure,
        "breadcrumbs": measure_crumbs(row.measure, saying.title, request=request),
        "url": _plan_url(row.measure, request),
        "voids_notice": voids_notice(row.measure),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "initiatives/milestone_said.html", context, status=status)


def _planned(request: TenantRequest, milestone_id: UUID) -> Milestone:
    """A milestone whose plan this person keeps."""
    row = milestone_by_id(milestone_id, by=request.actor)
    _require_hands(row.measure, request)
    return row


def _judged(request: TenantRequest, milestone_id: UUID) -> Milestone:
    """A milestone that this person accepts."""
    row = milestone_by_id(milestone_id, by=request.actor)
    if not is_acceptor(row, request.actor):
        raise Forbidden("not_the_acceptor")
    return row


def _require_hands(measure: Measure, request: TenantRequest) -> None:
    if edit_refusal(measure, request.actor) == "milestone_not_yours":
        raise Forbidden("milestone_not_yours")


def _form_page(
    request: TenantRequest, measure: Measure, form: Any, title: StrOrPromise, **extra: Any
) -> HttpResponse:
    status = extra.pop("status", 200)
    context = {
        "form": form,
        "measure": measure,
        "title": title,
        "breadcrumbs": measure_crumbs(measure, str(title), request=request),
        "url": _plan_url(measure, request),
        "voids_notice": voids_notice(measure),
        **extra,
    }
    return render(request, "initiatives/report_form.html", context, status=status)


def _plan_url(measure: Measure, request: TenantRequest) -> str:
    return measure_url(measure, request.tenant, "measure-plan")
