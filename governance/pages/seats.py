"""Seats of forums: given, confirmed or refused by a second member (S6), taken back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.errors import Forbidden
from governance.masterdata.choices import Seat
from governance.masterdata.models import Forum
from governance.masterdata.selectors import seat_of, the_forum
from governance.masterdata.services_seats import (
    confirm_refusal,
    forum_member_add,
    forum_member_remove,
    seat_confirm,
    seat_refuse,
    sits_in,
)
from governance.pages.masterdata import ForumForm, SeatForm, crumbs, entry_page, initial_of
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.people.selectors import member_by_email, membership_by_id
from governance.web.forms import refusals_in
from governance.web.requests import TenantRequest


@require_POST
def seat_add(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Give somebody a seat in a forum."""
    by = request.actor
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    forum = the_forum(code)
    form = SeatForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            member = member_by_email(form.cleaned_data["person"], field="person")
            seat = Seat(form.cleaned_data["seat"])
            row = forum_member_add(forum=forum, membership=member, seat=seat, by=by)
            text = _("%(name)s has a seat now.")
            if row.is_pending:
                text = _("%(name)s has a seat once another member of the forum has confirmed it.")
            messages.success(request, text % {"name": member.name})
            return redirect("governance:master-data-entry", tenant_slug, "forums", code)
    return entry_page(request, "forums", forum, ForumForm(initial=initial_of(forum)), form)


@require_http_methods(["GET", "HEAD", "POST"])
def seat_remove(
    request: TenantRequest, tenant_slug: str, code: str, person_id: UUID
) -> HttpResponse:
    """Ask whether to take a seat back, then do it."""
    request.actor.require_anywhere(Permission.MASTER_DATA_MANAGE)
    forum, member = the_forum(code), membership_by_id(str(person_id))
    facts = {"name": member.name, "forum": forum.name}
    if request.method == "POST":
        forum_member_remove(forum=forum, membership=member, by=request.actor)
        messages.success(request, _("%(name)s no longer sits in %(forum)s.") % facts)
        return redirect("governance:master-data-entry", tenant_slug, "forums", code)
    question = {
        "title": _("Take back the seat of %(name)s?") % facts,
        "text": _("%(name)s no longer takes part in the decisions of %(forum)s.") % facts,
        "label": _("Take the seat back"),
        "tone": "danger",
    }
    return _ask(request, forum, question)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: TenantRequest, tenant_slug: str, code: str, person_id: UUID) -> HttpResponse:
    """Ask whether a pending seat shall count, then let it (S6)."""
    forum, member = _asked_about(request, code, person_id)
    facts = {"name": member.name, "forum": forum.name}
    if request.method == "POST":
        seat_confirm(forum=forum, membership=member, by=request.actor)
        messages.success(request, _("%(name)s has a seat now.") % facts)
        return redirect("governance:master-data-entry", tenant_slug, "forums", code)
    question = {
        "title": _("Confirm the seat of %(name)s?") % facts,
        "text": _("%(name)s decides in %(forum)s from now on. Your name stands in the history.")
        % facts,
        "label": _("Confirm"),
    }
    return _ask(request, forum, question)


@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: TenantRequest, tenant_slug: str, code: str, person_id: UUID) -> HttpResponse:
    """Ask whether to turn a pending seat down, then do it (S6)."""
    forum, member = _asked_about(request, code, person_id)
    facts = {"name": member.name, "forum": forum.name}
    if request.method == "POST":
        seat_refuse(forum=forum, membership=member, by=request.actor)
        messages.success(request, _("The seat of %(name)s was refused.") % facts)
        return redirect("governance:master-data-entry", tenant_slug, "forums", code)
    question = {
        "title": _("Refuse %(name)s the seat?") % facts,
        "text": _("The seat never counts; it can be given again."),
        "label": _("Refuse"),
        "tone": "danger",
    }
    return _ask(request, forum, question)


def _asked_about(request: TenantRequest, code: str, person_id: UUID) -> tuple[Forum, Membership]:
    """The seat in question; only for those who sit in the forum."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    row = seat_of(the_forum(code), membership_by_id(str(person_id)))
    sits = sits_in(row.forum, request.actor)
    if row.is_pending and (refusal := confirm_refusal(row, request.actor, sits=sits)):
        raise Forbidden("forbidden", refusal)
    return row.forum, row.membership


def _ask(request: TenantRequest, forum: Forum, question: dict[str, str]) -> HttpResponse:
    context = {
        "forum": forum,
        "question": question,
        "breadcrumbs": crumbs(request.tenant.slug, "forums", forum),
    }
    return render(request, "governance/seat_ask.html", context)
