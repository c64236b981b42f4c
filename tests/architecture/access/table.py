"""A row of the access matrix. A new address fails until the `ROWS` of its app have one for it.

    Row("governance:person-end", at="person", has="administrator", get=FORM, post=(400, 403, 403))

`at` is the word in `samples.FILLS` that fills the address, `under` one whose code goes into
`?under=`, `of` one whose code goes into `?node=`. `has` is somebody with the right, `lacks` a
member without it who sees the place (or `guest`, who sees nothing). Each method lists the status
for `has`, for `lacks` and for the auditor, with `body` sent along; an empty body is fine as long as
`has` and `lacks` differ. What a row does not list must answer 405. Anonymous callers and members of
another tenant need no entry: the first are sent to sign in (pages) or told 401 (API), the second
find nothing, 404.
"""

from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
Three = tuple[int, int, int]
# Words of `at` that name nothing of one tenant alone.
NAMES_NOTHING = {
    "",
    "cockpit",
    "ended-month",
    "kind",
    "month",
    "root",
    "stage-model",
    "template",
}


@dataclass(frozen=True)
class Row:
    """What one address of a tenant answers."""

    name: str
    at: str = ""
    under: str = ""
    of: str = ""
    has: str = "pmo"
    lacks: str = "executive"
    get: Three | None = None
    post: Three | None = None
    put: Three | None = None
    patch: Three | None = None
    delete: Three | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> dict[str, Three]:
        found = {method: getattr(self, method) for method in METHODS}
        return {method: three for method, three in found.items() if three is not None}


# Reachable without a sign-in; each with why. `allauth` guards its own pages.
PUBLIC = {
    "home": "leads to sign-in or to the tenants",
    "health": "alive, and nothing else",
    "ready": "able to serve, for the load balancer",
    "metrics": "not there without METRICS_TOKEN, and then only for whoever sends it",
    "set_language": "keeps the language of whoever is not signed in yet",
    "unsubscribe": "turns one kind of mail off for one person, by the signature in the mail",
    "api-schema": "the OpenAPI document",
    "account_login": "sign-in",
    "account_logout": "sign-out",
    "account_signup": "closed: leads to sign-in",
    "account_inactive": "says that a log-in is switched off",
    "account_reset_password": "password reset by mail",
    "account_reset_password_done": "password reset by mail",
    "account_reset_password_from_key": "password reset by mail",
    "account_reset_password_from_key_done": "password reset by mail",
    "account_confirm_login_code": "closed: leads to sign-in",
    "account_email_verification_sent": "closed: leads home",
    "account_confirm_email": "closed: leads home",
    "account_email": "closed: leads home",
}
SIGNED_IN = {
    "account_change_password": "one's own password",
    "account_set_password": "one's own password",
    "account_reauthenticate": "one's own password",
}

# Whoever sees the place sees it; others find nothing.
SEES = (200, 404, 200)
# Every member, even one without any role.
ALL = (200, 200, 200)
# The auditor reads it as well (S10) …
READS = (200, 403, 200)
# … and changes nothing.
FORM = (200, 403, 403)
