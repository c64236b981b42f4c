"""How often one caller may use the API, counted per minute."""

import hashlib
import logging
import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from redis.exceptions import RedisError

from governance.web.problems import TooManyCalls

logger = logging.getLogger(__name__)

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
    if _counted(f"api-calls:{caller}:{int(now // MINUTE)}") > settings.API_CALLS_PER_MINUTE:
        raise TooManyCalls(int(MINUTE - now % MINUTE) + 1)


def _counted(key: str) -> int:
    """Calls under this key so far; a cache that is away counts nothing and stops nobody."""
    cache = caches["default"]
    try:
        return 1 if cache.add(key, 1, timeout=2 * MINUTE) else int(cache.incr(key))
    except ValueError:
        # The counter ran out or was crowded out between the two.
        return 1
    except RedisError as error:
        logger.warning("calls cannot be counted: %s", error)
        return 0


def _caller(request: HttpRequest) -> str | None:
    if header := request.headers.get("Authorization", ""):
        return hashlib.sha256(header.encode()).hexdigest()
    return f"user:{request.user.pk}" if request.user.is_authenticated else None
