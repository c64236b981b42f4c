"""`/metrics` for Prometheus: not there without a token, and only for whoever shows it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from governance.operations.exposition import CONTENT_TYPE, all_metrics

SCHEME = "bearer "


def is_admitted(header: str) -> bool:
    """Whether an `Authorization` header carries the token; compared in constant time."""
    token = settings.METRICS_TOKEN
    given = header[len(SCHEME) :].strip() if header.lower().startswith(SCHEME) else ""
    return bool(token) and constant_time_compare(given, token)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where `METRICS_TOKEN` is not set, 401 without it in the call."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not is_admitted(request.headers.get("Authorization", "")):
        return HttpResponse(
            "Send METRICS_TOKEN as a bearer token.\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
        )
    return HttpResponse(
        all_metrics(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"}
    )
