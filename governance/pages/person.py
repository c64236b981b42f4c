"""The page of one person: terms, roles on places in the tree, seats, history."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance.errors import NotVisible
from governance.history import history_of
from governance.masterdata.selectors import seats_held_by
from governance.pages.confirm import waiting_rows
from governance.pages.crumbs import people_crumb, person_crumbs, status_of
from governance.pages.forms import GrantForm, NodeFilter
from governance.pages.people import refusal_to_manage
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.selectors import membership_by_id, membership_of
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import (
    grant_by_id,
    grants_by_person,
    grants_of,
    nodes_to_grant_on,
)
from governance.permissions.services import role_grant, role_revoke
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant, and why it may not be taken back by this reader (empty if it may)."""

    grant: NodeGrant
    refusal: str


@require_safe
def person(request: TenantRequest, tenant_slug: str, person_id: UUID) -> HttpResponse:
    """One person; one's own page is open to everybody."""
    member = visible_person(str(person_id), request.actor)
    return person_page(request, member, GrantForm())


@require_safe
def me(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own page: which roles one holds, and who granted them."""
    user_id = request.actor.user_id
    member = membership_of(user_id) if user_id is not None else None
    if member is None:
        raise NotVisible
    return redirect("governance:person", tenant_slug, member.public_id)


@require_POST
def grant(request: TenantRequest, tenant_slug: str, person_id: UUID) -> HttpResponse:
    """Grant a role to this person; what is refused is shown in the form."""
    by = request.actor
    by.require_anywhere(Permission.ROLE_GRANT)
    member = membership_by_id(str(person_id))
    form = GrantForm(request.POST)
    node = node_in(form, by) if form.is_valid() else None
    if node is not None:
        role = Role(form.cleaned_data["role"])
        until: date | None = form.cleaned_data["valid_until"]
        with refusals_in(form):
            made = role_grant(membership=member, role=role, node=node, by=by, valid_until=until)
            text = (
                _("The role %(role)s of %(name)s on %(node)s waits for a confirmation (S6).")
                if made.is_pending
                else _("%(name)s now holds the role %(role)s on %(node)s.")
            )
            messages.success(
                request, text % {"name": member.name, "role": role.label, "node": node.code}
            )
            return redirect("governance:person", tenant_slug, member.public_id)
    return person_page(request, member, form)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(
    request: TenantRequest, tenant_slug: str, person_id: UUID, grant_id: UUID
) -> HttpResponse:
    """Ask whether to take a role back, then do it."""
    by = request.actor
    held = grant_by_id(str(grant_id), person_id=str(person_id))
    by.require(Permission.ROLE_GRANT, held.node.path)
    facts = {"name": held.membership.name, "role": held.role.label, "node": held.node.code}
    if request.method == "POST":
        role_revoke(grant_id=str(grant_id), by=by)
        messages.success(
            request, _("%(name)s no longer holds the role %(role)s on %(node)s.") % facts
        )
        return redirect("governance:person", tenant_slug, person_id)
    crumbs = [*person_crumbs(tenant_slug, held.membership), Crumb(_("Revoke a role"))]
    context = {
        "title": _("Revoke the role %(role)s on %(node)s?") % facts,
        "text": _("%(name)s loses at once what this role allows there and below.") % facts,
        "member": held.membership,
        "breadcrumbs": crumbs,
    }
    return render(request, "governance/role_revoke.html", context)


@require_safe
def node_options(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Suggestions for a place in the tree while it is typed."""
    request.actor.require_anywhere(Permission.ROLE_GRANT)
    typed = NodeFilter(request.GET)
    text = typed.cleaned_data["node"] if typed.is_valid() else ""
    nodes = nodes_to_grant_on(request.actor, text)
    return render(request, "governance/_node_options.html", {"nodes": nodes})


def visible_person(person_id: str, by: Actor) -> Membership:
    """A member whom the actor may look at; himself always."""
    member = membership_by_id(person_id)
    if member.pk != by.membership_id:
        by.require_anywhere(Permission.PEOPLE_VIEW)
    return member


def node_in(form: GrantForm | NodeFilter, by: Actor) -> Node | None:
    """The visible node whose code was typed; else None and an error at the field."""
    code = form.cleaned_data["node"]
    for spelled in dict.fromkeys((code, code.upper(), code.lower())):
        try:
            return node_by_code(spelled, by=by)
        except NotVisible:
            continue
    form.add_error("node", _("There is no place with the code %(code)s.") % {"code": code})
    return None


def person_page(request: TenantRequest, member: Membership, form: GrantForm) -> HttpResponse:
    """Render the page; the form carries what was typed and what was refused."""
    by = request.actor
    is_oneself = member.pk == by.membership_id
    sees_people = by.may_anywhere(Permission.PEOPLE_VIEW)
    seen = grants_by_person([member.pk], by=by).get(member.pk, [])
    grants = list(grants_of(member)) if is_oneself else seen
    context: dict[str, Any] = {
        "member": member,
        "person_query": quote(member.email, safe=""),
        "is_oneself": is_oneself,
        "rows": [GrantRow(held, revoke_refusal(held, member, by)) for held in grants],
        "columns": [
            Column("role", _("Role")),
            Column("place", _("Place in the tree")),
            Column("until", _("Until")),
            Column("by", _("Granted by")),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "waiting": waiting_rows(member, by),
        "seats": list(seats_held_by(member)),
        "form": form,
        "grant_refusal": grant_refusal(member, by),
        "nodes": nodes_to_grant_on(by),
        "edit_refusal": refusal_to_manage(by),
        "end_refusal": TEXTS["not_oneself"] if is_oneself else refusal_to_manage(by),
        "sees_people": sees_people,
        "sees_audit": by.may_anywhere(Permission.AUDIT_VIEW),
        "history": history_of(
            "membership", str(member.public_id), request.GET.get("history_cursor", "")
        ),
        "breadcrumbs": [people_crumb(request.tenant.slug), Crumb(member.name)]
        if sees_people
        else [],
    }
    return render(request, "governance/person.html", context, status=status_of(form))


def grant_refusal(member: Membership, by: Actor) -> str:
    """Why the actor cannot grant this person anything; empty if he can."""
    if member.pk == by.membership_id:
        return str(TEXTS["grant_to_oneself"])
    if member.ended_at is not None:
        return str(TEXTS["membership_ended"])
    if not by.may_anywhere(Permission.ROLE_GRANT):
        return _("Granting and revoking roles needs the role Administrator.")
    return ""


def revoke_refusal(held: NodeGrant, member: Membership, by: Actor) -> str:
    """Why the actor cannot take this grant back; empty if he can."""
    if refusal := grant_refusal(member, by):
        return refusal
    if not by.may(Permission.ROLE_GRANT, held.node.path):
        return _("This role was granted above the part of the tree that you administer.")
    return ""
