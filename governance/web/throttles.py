"""How often one caller may use the API, counted per minute."""

import hashlib
import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from governance.web.problems import TooManyCalls

MINUTE = 60


def count_call(request: HttpRequest) -> None:
    """Count one call of a token or a signed-in person; raises `TooManyCalls` beyond the limit.

    Called before the request's transaction opens: inside it the counter's row would stay locked
    until the commit, so that calls of one token wait for each other, and refused calls would not
    count at all. The counter is named after the token's hash, so that bad tokens count too.
    """
    caller = _caller(request)
    if caller is None:
        return
    now = time.time()
    key, cache = f"api-calls:{caller}:{int(now // MINUTE)}", caches["default"]
    calls = 1 if cache.add(key, 1, timeout=2 * MINUTE) else cache.incr(key)
    if calls > settings.API_CALLS_PER_MINUTE:
        raise TooManyCalls(int(MINUTE - now % MINUTE) + 1)


def _caller(request: HttpRequest) -> str | None:
    if header := request.headers.get("Authorization", ""):
        return hashlib.sha256(header.encode()).hexdigest()
    return f"user:{request.user.pk}" if request.user.is_authenticated else None
