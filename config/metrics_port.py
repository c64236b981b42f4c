"""A worker's own `/metrics`: what its processes counted, on a port that only it serves."""

import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from celery import bootsteps
from django.conf import settings
from prometheus_client.exposition import ThreadingWSGIServer

from governance.operations.exposition import CONTENT_TYPE, process_metrics
from governance.web.metrics import is_admitted

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

PATH = "/metrics"


def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """404 for any other address, 401 without the token."""
    if environ.get("PATH_INFO") != PATH:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Only /metrics is here.\n"]
    if not is_admitted(environ.get("HTTP_AUTHORIZATION", "")):
        headers = [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")]
        start_response("401 Unauthorized", headers)
        return [b"Send METRICS_TOKEN as a bearer token.\n"]
    start_response("200 OK", [("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store")])
    return [process_metrics()]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Nothing: a line for each scrape would drown the others."""


class MetricsPort(bootsteps.StartStopStep):
    """Serves for as long as the worker runs, where `METRICS_TOKEN` and `METRICS_PORT` are set.

    A port that is taken is logged and no reason to leave work undone.
    """

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.server: ThreadingWSGIServer | None = None

    def start(self, parent: Any) -> None:  # noqa: ARG002  # the base class's signature
        port = settings.ENV.metrics_port
        if not settings.METRICS_TOKEN or port is None:
            return
        try:
            self.server = make_server(
                "", port, answer, server_class=ThreadingWSGIServer, handler_class=_Silent
            )
        except OSError as error:
            log.warning("METRICS_PORT %s cannot be opened: %s", port, error)
            return
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # the base class's signature
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
