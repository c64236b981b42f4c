"""DRF's view of who asks: the middleware has said it already."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from governance.people.actor import Actor


class ApiCaller:
    """What DRF knows as the user: the acting membership of this request."""

    is_authenticated = True

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.pk = actor.token_id or actor.membership_id


class ActorAuthentication(SessionAuthentication):
    """Takes the actor from the middleware; a session must bring its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        actor: Actor | None = getattr(request._request, "actor", None)
        if actor is None:
            return None
        if actor.token_id is None:
            # Of Django's own request: DRF's would parse the body first, and refuse it for less.
            self.enforce_csrf(request._request)  # type: ignore[arg-type]  # the check takes either
        return ApiCaller(actor), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="tollgate"'
