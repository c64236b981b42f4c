"""Roles that wait for a second granter: shown on the person's page, confirmed or refused (S6)."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden, NotVisible
from governance.pages.crumbs import person_crumbs
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.permissions.rules_confirm import may_confirm
from governance.permissions.selectors import grant_by_id, pending_grants
from governance.permissions.services_confirm import (
    OF_THE_FUNCTION,
    SECOND_GRANTER,
    grant_confirm,
    grant_refuse,
)
from governance.ui.parts import Crumb
from governance.web.requests import TenantRequest


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A pending role, and why this reader may not confirm it (empty if he may)."""

    grant: NodeGrant
    refusal: str


def waiting_rows(member: Membership, by: Actor) -> list[WaitingRow]:
    """What waits for one person, as far as the actor sees it; one query."""
    rows = pending_grants(by).filter(membership=member)
    return [WaitingRow(grant, confirm_refusal(grant, by)) for grant in rows]


def confirm_refusal(grant: NodeGrant, by: Actor) -> str:
    """Why the actor may neither confirm nor refuse this role; empty if he may."""
    if by.is_consultant or not may_confirm(grant.role, by.scope.roles_at(grant.path)):
        return str(OF_THE_FUNCTION)
    is_party = by.membership_id in {grant.granted_by_id, grant.membership_id}
    return str(SECOND_GRANTER) if is_party else ""


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(
    request: TenantRequest, tenant_slug: str, person_id: UUID, grant_id: UUID
) -> HttpResponse:
    """Ask whether a pending role shall take effect, then let it."""
    grant, facts = asked_about(person_id, grant_id, request.actor)
    if request.method == "POST":
        grant_confirm(grant_id=str(grant_id), by=request.actor)
        text = _("%(name)s now holds the role %(role)s on %(node)s.")
        messages.success(request, text % facts)
        return redirect("governance:person", tenant_slug, person_id)
    question = {
        "title": _("Confirm the role %(role)s of %(name)s on %(node)s?") % facts,
        "text": _("It takes effect at once, there and below. Your name stands in the history."),
        "label": _("Confirm"),
    }
    return ask(request, grant, question)


@require_http_methods(["GET", "HEAD", "POST"])
def refuse(
    request: TenantRequest, tenant_slug: str, person_id: UUID, grant_id: UUID
) -> HttpResponse:
    """Ask whether to turn a pending role down, then do it."""
    grant, facts = asked_about(person_id, grant_id, request.actor)
    if request.method == "POST":
        grant_refuse(grant_id=str(grant_id), by=request.actor)
        messages.success(request, _("The role %(role)s on %(node)s was refused.") % facts)
        return redirect("governance:person", tenant_slug, person_id)
    question = {
        "title": _("Refuse %(name)s the role %(role)s on %(node)s?") % facts,
        "text": _("The role never takes effect; it can be granted again."),
        "label": _("Refuse"),
        "tone": "danger",
    }
    return ask(request, grant, question)


def asked_about(person_id: UUID, grant_id: UUID, by: Actor) -> tuple[NodeGrant, dict[str, str]]:
    """The role in question and its names; only for those who may confirm roles of its kind."""
    grant = grant_by_id(str(grant_id), person_id=str(person_id))
    if not by.sees(grant.path):
        raise NotVisible
    if not may_confirm(grant.role, by.scope.roles_at(grant.path)):
        raise Forbidden("forbidden", OF_THE_FUNCTION)
    facts = {"name": grant.membership.name, "role": grant.role.label, "node": grant.node.code}
    return grant, {key: str(text) for key, text in facts.items()}


def ask(request: TenantRequest, grant: NodeGrant, question: dict[str, str]) -> HttpResponse:
    member = grant.membership
    crumbs = [*person_crumbs(request.tenant.slug, member), Crumb(question["label"])]
    context = {"member": member, "question": question, "breadcrumbs": crumbs}
    return render(request, "governance/role_confirm.html", context)
