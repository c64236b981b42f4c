"""The list of people, and adding, changing and ending memberships."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.pages.crumbs import people_crumb, person_crumbs, status_of
from governance.pages.forms import MembershipForm, PersonForm
from governance.pages.sources import PEOPLE, choose_people
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.people.selectors import membership_by_id
from governance.people.services import membership_create
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import grants_by_person, pending_grants
from governance.permissions.services import member_change, member_leave
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in, seen_version
from governance.web.lists import offers
from governance.web.pages import Page, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

WAITING_SHOWN = 20
ROLES_SHOWN = 3
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list: a person, a few of the roles, and how many there are besides."""

    member: Membership
    grants: list[NodeGrant]
    more: int


@require_safe
def people_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Members with their roles as badges; filters stand in the address."""
    by = request.actor
    chosen = choose_people(request.GET, by)
    form, cursor = chosen.form, request.GET.get("cursor", "")
    page = keyset_page(chosen.rows, order=chosen.order, cursor=cursor, limit=PAGE_SIZE)
    context = {
        "offers": offers(request, PEOPLE.name),
        "form": form,
        "active": sum(bool(form.data.get(name)) for name in ("q", "role", "kind")),
        "columns": [
            Column("name", _("Person")),
            Column("roles", _("Roles")),
            Column("until", _("Belongs here")),
        ],
        "rows": rows_of(page, by),
        "page": page,
        "waiting": list(pending_grants(by)[:WAITING_SHOWN]),
        "add_refusal": refusal_to_manage(by),
    }
    return page_or_region(request, "governance/people.html", context, region="people-list")


def rows_of(page: Page[Membership], by: Actor) -> list[PersonRow]:
    held = grants_by_person([member.pk for member in page.rows], by=by)
    return [
        PersonRow(member, grants[:ROLES_SHOWN], max(0, len(grants) - ROLES_SHOWN))
        for member in page.rows
        for grants in [held.get(member.pk, [])]
    ]


def refusal_to_manage(by: Actor) -> str:
    """Why this person may not add or change people; empty if they may."""
    if by.may_anywhere(Permission.PEOPLE_MANAGE):
        return ""
    return _("Adding and changing people needs the role Administrator.")


@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Add a person; an address that is known already gets this tenant besides the others."""
    request.actor.require_anywhere(Permission.PEOPLE_MANAGE)
    form = PersonForm(request.POST or None, initial={"kind": "internal"})
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            member = membership_create(person=form.person, by=request.actor)
            messages.success(
                request,
                _("%(name)s was added. The next step is a role.") % {"name": member.name},
            )
            return redirect("governance:person", tenant_slug, member.public_id)
    crumbs = [people_crumb(tenant_slug), Crumb(_("Add a person"))]
    context = {"form": form, "breadcrumbs": crumbs}
    return render(request, "governance/person_add.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: TenantRequest, tenant_slug: str, person_id: UUID) -> HttpResponse:
    """Change on what terms somebody belongs here."""
    request.actor.require_anywhere(Permission.PEOPLE_MANAGE)
    member = membership_by_id(str(person_id))
    form = MembershipForm(request.POST or None, initial=terms_of(member))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            member_change(
                membership=member,
                terms=form.terms,
                seen_version=form.cleaned_data["seen_version"],
                by=request.actor,
            )
            messages.success(request, _("Saved."))
            return redirect("governance:person", tenant_slug, member.public_id)
    crumbs = [*person_crumbs(tenant_slug, member), Crumb(_("Edit"))]
    context = {"form": form, "member": member, "breadcrumbs": crumbs}
    return render(request, "governance/person_edit.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def person_end(request: TenantRequest, tenant_slug: str, person_id: UUID) -> HttpResponse:
    """Ask whether to end a membership, then do it."""
    request.actor.require_anywhere(Permission.PEOPLE_MANAGE)
    member = membership_by_id(str(person_id))
    if request.method == "POST":
        seen = seen_version(request.POST)
        member_leave(membership=member, seen_version=seen, by=request.actor)
        messages.success(
            request, _("The membership of %(name)s has ended.") % {"name": member.name}
        )
        return redirect("governance:person", tenant_slug, member.public_id)
    crumbs = [*person_crumbs(tenant_slug, member), Crumb(_("End membership"))]
    context = {"member": member, "breadcrumbs": crumbs}
    return render(request, "governance/person_end.html", context)


def terms_of(member: Membership) -> dict[str, Any]:
    """What the form over a membership starts with."""
    return {
        "seen_version": member.version,
        "kind": member.kind,
        "firm": member.firm,
        "valid_until": member.valid_until,
    }
