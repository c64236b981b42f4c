"""The access explainer: who sees a place, what a person sees, and why (N3)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.pages.crumbs import people_crumb, status_of
from governance.pages.forms import AccessForm
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.people.selectors import live_memberships
from governance.permissions.models import NodeGrant
from governance.permissions.places import Place, place_of, url_of
from governance.permissions.selectors_access import (
    Explanation,
    Question,
    Reached,
    audience_of,
    audience_rows,
    explained,
    holding_of,
    question_of,
)
from governance.permissions.sentences import (
    lapse_text,
    reason_text,
    standing_text,
    verdict_text,
)
from governance.tree.selectors import visible_nodes
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.requests import TenantRequest

PROPOSED = 200
PAGE_SIZE = 50
BY_AUDIENCE = Order("audience", "rank_name")


@dataclass(frozen=True, slots=True)
class Seen:
    """One person of an audience, and why a place is not seen any more."""

    reached: Reached
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A grant that shows nothing any more, and why."""

    grant: NodeGrant
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down; `url` is empty above what the asker sees."""

    place: Place
    grants: list[NodeGrant]
    url: str
    is_last: bool


@require_safe
def access(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Answer for a place, a person or both; everybody may ask about himself."""
    by = request.actor
    form = AccessForm(request.GET or None)
    asked = _asked(form, by)
    sees_people = by.may_anywhere(Permission.PEOPLE_VIEW)
    if not sees_people:
        form.fields["person"].widget = forms.HiddenInput()
    context = {
        "form": form,
        "asked": asked,
        "sees_people": sees_people,
        "people": live_memberships()[:PROPOSED] if sees_people else [],
        "nodes": visible_nodes(by).order_by("level", "sort_key", "id")[:PROPOSED],
        "breadcrumbs": [
            *([people_crumb(tenant_slug)] if sees_people else []),
            Crumb(_("Who can see what")),
        ],
        **(_answer(asked, request) if asked is not None else {}),
    }
    return render(request, "governance/access.html", context, status=status_of(form))


def _asked(form: AccessForm, by: Actor) -> Question | None:
    """The question in the address; None where there is none, or it cannot be answered."""
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    node, person = given.get("node", ""), given.get("person", "")
    if not node and not person:
        by.require_anywhere(Permission.PEOPLE_VIEW)
    else:
        with refusals_in(form):
            return question_of(node, person, by=by)
    return None


def _answer(asked: Question, request: TenantRequest) -> dict[str, Any]:
    if asked.place is not None and asked.person is not None:
        found = explained(asked.person, asked.place, by=request.actor)
        return _explanation(found, asked.place, request)
    if asked.place is not None:
        return _audience(asked.place, request)
    return _holding(asked.person, request) if asked.person is not None else {}


def _explanation(found: Explanation, place: Place, request: TenantRequest) -> dict[str, Any]:
    reached = found.reached
    member, verdict = reached.member, reached.verdict
    return {
        "reached": reached,
        "verdict": verdict_text(member, place, verdict),
        "reasons": [reason_text(reason, member, place) for reason in verdict.reasons],
        "chain": [
            Step(
                link.place,
                link.grants,
                _link(link.place, request),
                link.is_last,
            )
            for link in found.chain
        ],
        "right_columns": [Column("right", _("Right")), Column("roles", _("By these roles"))],
    }


def _link(place: Place, request: TenantRequest) -> str:
    """The page of a place; places above the asker's own are named and lead nowhere."""
    return url_of(place, request.tenant.slug) if request.actor.sees(place.path) else ""


def _audience(place: Place, request: TenantRequest) -> dict[str, Any]:
    cursor = request.GET.get("cursor", "")
    page = keyset_page(audience_rows(place), order=BY_AUDIENCE, cursor=cursor, limit=PAGE_SIZE)
    found = audience_of(place, page.rows)
    return {
        "page": page,
        "place_url": url_of(place, request.tenant.slug),
        "audience": [Seen(one, []) for one in found.sees],
        "no_longer": [
            Seen(one, [reason_text(why, one.member, place) for why in one.verdict.reasons])
            for one in found.no_longer
        ],
        "columns": [
            Column("person", _("Person")),
            Column("roles", _("By these roles")),
            Column("rights", _("What they allow here")),
        ],
        "past_columns": [Column("person", _("Person")), Column("why", _("Why not any more"))],
    }


def _holding(member: Membership, request: TenantRequest) -> dict[str, Any]:
    found = holding_of(member, by=request.actor)
    return {
        "holding": found,
        "obstacle": standing_text(member, found.standing),
        "holds": [(grant, _link(place_of(grant.node), request)) for grant in found.live],
        "lapsed": [Lapsed(one, lapse_text(member, found.standing, one)) for one in found.no_longer],
        "columns": [
            Column("place", _("Place in the tree")),
            Column("role", _("Role")),
            Column("until", _("Until")),
            Column("by", _("Granted by")),
        ],
        "past_columns": [
            Column("place", _("Place in the tree")),
            Column("role", _("Role")),
            Column("why", _("Why not any more")),
        ],
    }
