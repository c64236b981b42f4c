"""How often one token or session may call the API."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class TokenThrottle(SimpleRateThrottle):
    """Counts per token, or per membership for sessions; anonymous calls never get this far."""

    scope = "token"

    def get_cache_key(self, request: Request, view: object) -> str | None:
        actor = getattr(request._request, "actor", None)
        if actor is None:
            return None
        caller = f"t{actor.token_id}" if actor.token_id else f"m{actor.membership_id}"
        return self.cache_format % {"scope": self.scope, "ident": f"{actor.tenant_id}.{caller}"}
