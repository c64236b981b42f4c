"""A person's own API tokens: created and shown once, listed, revoked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden, NotVisible
from governance.pages.crumbs import status_of
from governance.pages.forms import TokenForm
from governance.people.actor import Actor
from governance.people.choices import TokenScope
from governance.people.models import Membership
from governance.people.selectors import membership_of, token_of, tokens_of
from governance.people.services import NewToken, token_create, token_revoke
from governance.ui.parts import Column, Crumb
from governance.web.forms import refusals_in
from governance.web.requests import TenantRequest


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own tokens; a new one's text is in the answer to the POST and nowhere else."""
    member = own_membership(request.actor)
    form = TokenForm(request.POST or None)
    new: NewToken | None = None
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            data = form.cleaned_data
            new = token_create(
                membership=member,
                name=data["name"],
                scopes=[TokenScope(scope) for scope in data["scopes"].split()],
                days=data["days"],
                by=request.actor,
            )
            form = TokenForm()
    context = {
        "form": form,
        "new": new,
        "tokens": list(tokens_of(member.pk)),
        "columns": [
            Column("name", _("Token")),
            Column("scopes", _("Scopes")),
            Column("expires", _("Expires")),
            Column("actions", _("Actions"), hide_label=True),
        ],
    }
    response = render(request, "governance/tokens.html", context, status=status_of(form))
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: TenantRequest, tenant_slug: str, token_id: UUID) -> HttpResponse:
    """Ask whether to revoke one of one's own tokens, then do it."""
    token = token_of(own_membership(request.actor).pk, str(token_id))
    if request.method == "POST":
        token_revoke(token_id=str(token_id), by=request.actor)
        messages.success(request, _("The token %(name)s was revoked.") % {"name": token.name})
        return redirect("governance:tokens", tenant_slug)
    context = {
        "title": _("Revoke the token %(name)s?") % {"name": token.name},
        "breadcrumbs": [Crumb(_("My API tokens")), Crumb(token.name)],
    }
    return render(request, "governance/token_revoke.html", context)


def own_membership(by: Actor) -> Membership:
    """The membership that acts; the system has none."""
    member = membership_of(by.user_id) if by.user_id is not None else None
    if member is None:
        raise NotVisible
    if by.token_id is not None:
        raise Forbidden("tokens_are_personal")
    return member
