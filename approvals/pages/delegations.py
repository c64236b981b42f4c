"""Delegations: letting somebody decide in one's place, and whose voice one carries (G7)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from approvals.models import Delegation
from approvals.selectors import delegation_by_id, delegations_of
from approvals.services.delegations import (
    NOTE_LENGTH,
    DelegationDraft,
    delegation_give,
    delegation_revoke,
)
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.selectors import live_memberships, member_by_email
from governance.tree.models import Node
from governance.tree.selectors import node_by_code, root_node, visible_nodes
from governance.ui.parts import Column, Crumb
from governance.web.forms import DayField, LineField
from governance.web.pages import Order, keyset_page
from governance.web.refusals import refusal_text
from governance.web.requests import TenantRequest

OK, UNPROCESSABLE = 200, 422
PROPOSED = 200
PAGE_SIZE = 50
LATEST = Order("ends", "ends_on", is_descending=True)


class DelegationForm(forms.Form):
    """Who decides in one's place, where, and from when until when."""

    delegate = LineField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("An e-mail address."),
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    place = LineField(
        label=gettext_lazy("Place in the tree"),
        max_length=50,
        help_text=gettext_lazy("For what lies there and below; the root covers everything."),
        widget=forms.TextInput(attrs={"list": "nodes", "autocomplete": "off"}),
    )
    starts_on = DayField(label=gettext_lazy("From"))
    ends_on = DayField(
        label=gettext_lazy("Until"), help_text=gettext_lazy("This day included; a year at most.")
    )
    note = LineField(label=gettext_lazy("Why"), required=False, max_length=NOTE_LENGTH)


def draft_of(form: DelegationForm, by: Actor) -> DelegationDraft:
    """The form with person and place looked up; raises `Invalid` by field."""
    data = form.cleaned_data
    return DelegationDraft(
        member_by_email(data["delegate"], field="delegate"),
        place_named(data["place"], by=by),
        data["starts_on"],
        data["ends_on"],
        data["note"],
    )


def place_named(code: str, *, by: Actor) -> Node:
    """The visible place of that code; raises `Invalid` alike for what is missing or hidden."""
    for spelled in (code, code.upper(), code.lower()):
        try:
            return node_by_code(spelled, by=by)
        except NotVisible:
            continue
    raise Invalid({"place": [_("There is no place with the code %(code)s.") % {"code": code}]})


@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own delegations, given and carried; a POST gives one."""
    by = request.actor
    if by.membership_id is None or not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    if request.method != "POST":
        today = timezone.localdate()
        form = DelegationForm(initial={"starts_on": today, "place": root_node().code})
        return _page(request, form)
    form, status = DelegationForm(request.POST), UNPROCESSABLE
    if form.is_valid():
        try:
            row = delegation_give(draft=draft_of(form, by), by=by)
        except Invalid as error:
            for name, texts in error.errors.items():
                form.add_error(name if name in form.fields else None, [str(t) for t in texts])
        except (Forbidden, Conflict) as error:
            form.add_error(None, refusal_text(error))
            status = error.status
        else:
            said = {"name": row.delegate.name}
            messages.success(request, _("%(name)s may decide in your place.") % said)
            return redirect("approvals:delegations", tenant_slug)
    return _page(request, form, status=status)


def _page(request: TenantRequest, form: DelegationForm, *, status: int = OK) -> HttpResponse:
    by, today = request.actor, timezone.localdate()
    cursor = request.GET.get("cursor", "")
    rows = delegations_of(by.membership_id or 0)
    page = keyset_page(rows.order_by(), order=LATEST, cursor=cursor, limit=PAGE_SIZE)
    context = {
        "form": form,
        "page": page,
        "rows": [_line(row, by, today) for row in page.rows],
        "columns": [
            Column("who", _("Who decides for whom")),
            Column("place", _("Place in the tree")),
            Column("days", _("From and until")),
            Column("state", _("State")),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "people": list(live_memberships()[:PROPOSED]),
        "nodes": list(visible_nodes(by).order_by("level", "sort_key", "id")[:PROPOSED]),
        "breadcrumbs": [Crumb(_("Delegations"))],
    }
    return render(request, "approvals/delegations.html", context, status=status)


def _line(row: Delegation, by: Actor, today: Any) -> dict[str, Any]:
    is_over = row.revoked_at is not None or row.ends_on < today
    if row.revoked_at is not None:
        state, tone = _("taken back"), "neutral"
    elif row.ends_on < today:
        state, tone = _("over"), "neutral"
    elif row.starts_on > today:
        state, tone = _("to come"), "blue"
    else:
        state, tone = _("holds"), "green"
    return {
        "row": row,
        "is_mine": row.delegator_id == by.membership_id,
        "is_over": is_over,
        "state": state,
        "tone": tone,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: TenantRequest, tenant_slug: str, delegation_id: UUID) -> HttpResponse:
    """Take a delegation back, or lay one down that one carries, after a question."""
    row = delegation_by_id(delegation_id, by=request.actor)
    is_mine = row.delegator_id == request.actor.membership_id
    error_text, status = "", OK
    if request.method == "POST":
        try:
            delegation_revoke(delegation=row, by=request.actor)
        except Conflict as error:
            error_text, status = refusal_text(error), error.status
        else:
            messages.success(request, _("The delegation has ended."))
            return redirect("approvals:delegations", tenant_slug)
    context = {
        "row": row,
        "title": _("Take the delegation back?") if is_mine else _("Lay the delegation down?"),
        "text": _("It ends at once; what was decided under it stands."),
        "label": _("Take it back") if is_mine else _("Lay it down"),
        "error_text": error_text,
        "breadcrumbs": [Crumb(_("Delegations"))],
    }
    return render(request, "approvals/delegation_revoke.html", context, status=status)
