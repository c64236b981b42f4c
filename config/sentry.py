"""Errors to Sentry: where and what kind, never what somebody typed, sent or is called.

An event is built from what is allowed, not freed from what is not: cookies, headers, bodies,
addresses, local variables and arguments of tasks stay here whatever the client collects.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from governance.version import version
from governance.web.logs import context

KEPT = frozenset(
    {
        *("event_id", "timestamp", "platform", "level", "logger", "transaction"),
        *("release", "environment", "server_name", "sdk", "modules"),
    }
)
TAGS = ("request_id", "tenant", "task", "task_id")
# The database quotes the row that it refuses, and rules the amounts.
WITHHELD = "(message withheld)"


def start(dsn: str) -> None:
    """Report errors of requests and tasks to this address."""
    sentry_sdk.init(
        dsn=dsn,
        release=version(),
        before_send=cleaned,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(transaction_style="url"), CeleryIntegration()],
    )


def cleaned(event: Any, _hint: Any) -> Any:
    """The event with nothing in it but what is allowed."""
    clean = {name: value for name, value in event.items() if name in KEPT}
    method = event.get("request", {}).get("method")
    if method:
        clean["request"] = {"method": method}
    if "logentry" in event:
        # The sentence, without the values that belong into it.
        clean["logentry"] = {"message": event["logentry"].get("message", "")}
    if "exception" in event:
        values = event["exception"].get("values", [])
        clean["exception"] = {"values": [_without_values(value) for value in values]}
    clean["tags"] = {name: str(value) for name, value in context().items() if name in TAGS}
    return clean


def _without_values(exception: dict[str, Any]) -> dict[str, Any]:
    named = ("type", "module", "mechanism")
    kept: dict[str, Any] = {name: exception[name] for name in named if name in exception}
    frames = exception.get("stacktrace", {}).get("frames", [])
    places = ("filename", "module", "function", "lineno", "in_app", "context_line")
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in places if name in frame} for frame in frames]
    }
    kept["value"] = WITHHELD
    return kept
