"""Times every request, for the metrics and as one line in the log."""

import logging
import time

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse

from governance.operations.meters import count_database_errors, request_done
from governance.web.metrics import metrics
from governance.web.middleware import GetResponse

log = logging.getLogger("tollgate.request")

STATIC, UNKNOWN = "static", "unknown"
# Asked every few seconds by machines, or many at once by a browser: no line for each.
QUIET = frozenset({"health", "ready", STATIC})


class RequestTimes:
    """Stands outside all that does something, so that it sees the whole time and every refusal."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A scraper calls each copy of the web server by its own address, which stands in no
        # ALLOWED_HOSTS; its token is what admits it.
        if settings.METRICS_TOKEN and request.path == reverse("metrics"):
            return metrics(request)
        started = time.perf_counter()
        with connection.execute_wrapper(count_database_errors):
            response = self.get_response(request)
        _tell(request, response.status_code, time.perf_counter() - started)
        return response


def route_of(request: HttpRequest) -> str:
    """The name of the address, never the address itself: it may carry codes, words and keys."""
    if request.path.startswith(settings.STATIC_URL):
        return STATIC
    try:
        # Who is refused before a view is looked for was on the way to one, too.
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return UNKNOWN
    return match.view_name or UNKNOWN


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    route, method = route_of(request), request.method or ""
    request_done(route=route, method=method, status=status, seconds=seconds)
    level = logging.DEBUG if route in QUIET else logging.INFO
    if not log.isEnabledFor(level):
        return
    facts = {"route": route, "method": method, "status": status}
    facts["duration_ms"] = round(seconds * 1000, 1)
    log.log(level, "%s %s answered %s", method, route, status, extra=facts | _who(request))


def _who(request: HttpRequest) -> dict[str, object]:
    """Tenant and actor once more: the inner middleware has taken them out of the context."""
    tenant, actor = getattr(request, "tenant", None), getattr(request, "actor", None)
    if tenant is None or actor is None:
        return {}
    return {"tenant": tenant.slug, "tenant_id": tenant.pk, "actor": actor.email}
