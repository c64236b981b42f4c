"""Who is asking, and in which tenant: by session on pages, by token or session in the API."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.errors import DomainError, NotVisible
from governance.notifications.selectors import unread_of, with_unread
from governance.people.actor import Actor
from governance.people.choices import TokenScope
from governance.people.rules import read_token
from governance.people.selectors import live_memberships, live_token
from governance.permissions.selectors import actor_for
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

TENANT_PATH = re.compile(r"^/(?:t|api/v1/tenants)/([^/]+)(?:/|$)")
API_PREFIX = "/api/"
BEARER = "bearer "


class Unauthenticated(DomainError):
    """No credentials, or none that are good here."""

    status = 401
    code = "unauthenticated"
    title = _("Not signed in")


@dataclass(frozen=True, slots=True)
class Identity:
    """The tenant in the address, the person acting in it, and how much they have not read."""

    tenant: Tenant
    actor: Actor
    unread: int = 0


def slug_in(path: str) -> str | None:
    """The tenant's slug in an address; None for addresses outside tenants."""
    match = TENANT_PATH.match(path)
    return match.group(1) if match else None


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


@contextmanager
def identified(request: HttpRequest, slug: str) -> Iterator[Identity]:
    """Open the transaction of this request with its tenant active, and say who acts.

    Raises `Unauthenticated`, and `NotVisible` for a tenant that is not the caller's.
    """
    header = request.headers.get("Authorization", "")
    if is_api(request) and header:
        with _by_token(header, slug, request) as identity:
            yield identity
    else:
        with _by_session(slug, request) as identity:
            yield identity


@contextmanager
def _by_token(header: str, slug: str, request: HttpRequest) -> Iterator[Identity]:
    text = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
    parts = read_token(text)
    home = parts and Tenant.objects.filter(public_id=parts.tenant_public_id).first()
    if not parts or not home:
        raise Unauthenticated("bad_token")
    with tenant_transaction(home.pk):
        token = live_token(parts.secret)
        if token is None:
            raise Unauthenticated("bad_token")
        if home.slug != slug:
            raise NotVisible
        actor = actor_for(token.membership, via="api", request_id=_request_id(request))
        scopes = tuple(TokenScope(scope) for scope in token.scopes)
        yield Identity(home, replace(actor, token_id=token.pk, token_scopes=scopes))


@contextmanager
def _by_session(slug: str, request: HttpRequest) -> Iterator[Identity]:
    user = request.user
    if not user.is_authenticated:
        raise Unauthenticated
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NotVisible
    with tenant_transaction(tenant.pk):
        membership = with_unread(live_memberships().filter(user_id=user.pk)).first()
        if membership is None:
            raise NotVisible
        via = "api" if is_api(request) else "page"
        actor = actor_for(membership, via=via, request_id=_request_id(request))
        yield Identity(tenant, actor, unread_of(membership))


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", ""))
