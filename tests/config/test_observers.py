"""Sentry and OpenTelemetry: not even imported unless asked for, and then told little."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from config import observers, sentry
from config.env import BrokenEnvironment, read_env
from local.home import PROJECT
from tests.config.test_env import SOUND

# What a request or a task carries and nobody outside may learn.
SECRETS = ("typed-secret", "cookie-secret", "header-secret", "asked-secret", "told-secret")
REQUEST = """
import io
from wsgiref.util import setup_testing_defaults
from config.wsgi import application
from django.conf import settings

settings.ROOT_URLCONF = "tests.config.failing_urls"

def ask(method, path, body=b""):
    said = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "q=asked-secret",
        "HTTP_HOST": "testserver", "HTTP_AUTHORIZATION": "Bearer header-secret",
        "HTTP_COOKIE": "sessionid=cookie-secret", "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
    }
    setup_testing_defaults(environ)
    answer = application(environ, lambda status, headers, error=None: said.append(status))
    b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return said[0]

assert ask("POST", "/fails/asked-secret/", b"password=typed-secret").startswith("500")
"""
TASK = """
from config.celery import app
import django
django.setup()
from config.observers import start_observers
from django.conf import settings
start_observers(settings.ENV)

@app.task(name="tests.failing")
def failing(*, payload):
    raise RuntimeError("told-secret")

failing.apply(kwargs={"payload": "typed-secret"})
"""
# As where they are not installed: an attempt to import them fails.
ABSENT = """
import sys
sys.modules.update(dict.fromkeys(("sentry_sdk", "opentelemetry")))
"""
LOADED = """
print(sorted({"config.sentry", "config.tracing"} & set(sys.modules)))
"""
FLUSH_SENTRY = "\nimport sentry_sdk\nsentry_sdk.flush(5)\n"
FLUSH_TRACES = "\nfrom opentelemetry import trace\ntrace.get_tracer_provider().force_flush()\n"
QUERY = """
from django.db import connection
connection.cursor().execute("SELECT 1 WHERE %s = 'x'", ["typed-secret"])
"""


@dataclass
class Receiver:
    """What arrived on loopback, unpacked."""

    address: str = ""
    bodies: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
            if how := self.headers.get("Content-Encoding"):
                body = unpack[how](body)
            got.bodies.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.address = f"127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield got
    server.shutdown()
    server.server_close()


def run(code: str, **variables: str) -> str:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sentry_of(receiver: Receiver) -> dict[str, str]:
    return {"SENTRY_DSN": f"http://key@{receiver.address}/1"}


def traces_of(receiver: Receiver) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}"}


def events(receiver: Receiver) -> list[dict[str, Any]]:
    """The events in the envelopes: a header line, then a header and a body for each item."""
    found = []
    for path, body in receiver.bodies:
        assert path == "/api/1/envelope/"
        lines = body.splitlines()[1:]
        pairs = zip(lines[::2], lines[1::2], strict=True)
        found += [json.loads(item) for head, item in pairs if json.loads(head)["type"] == "event"]
    return found


def spans(receiver: Receiver) -> list[Any]:
    found = []
    for path, body in receiver.bodies:
        assert path == "/v1/traces"
        message = ExportTraceServiceRequest.FromString(body)
        found += [s for r in message.resource_spans for sc in r.scope_spans for s in sc.spans]
    return found


def assert_nothing_leaks(receiver: Receiver) -> None:
    everything = b"\n".join(body for _path, body in receiver.bodies)
    assert everything
    assert [word for word in SECRETS if word.encode() in everything] == []


# --- off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [REQUEST, TASK], ids=["web", "worker"])
def test_without_the_settings_neither_is_imported(servers: object, db: None, code: str) -> None:
    assert run(ABSENT + code + LOADED).splitlines()[-1] == "[]"


def test_a_missing_package_stops_the_start_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_name: str) -> None:
        raise ModuleNotFoundError("x", name="sentry_sdk")

    monkeypatch.setattr(observers, "import_module", missing)
    env = read_env({**SOUND, "SENTRY_DSN": "https://key@sentry.example/1"})
    with pytest.raises(BrokenEnvironment, match=r"SENTRY_DSN needs sentry_sdk.*operations\.txt"):
        observers.start_observers(env)


# --- Sentry -----------------------------------------------------------------------------------


def test_an_error_of_a_request_is_reported_without_what_was_sent(
    receiver: Receiver, servers: object, db: None
) -> None:
    run(REQUEST + FLUSH_SENTRY, **sentry_of(receiver))
    found = [event for event in events(receiver) if "exception" in event]
    assert [value["type"] for value in found[0]["exception"]["values"]] == ["RuntimeError"]
    assert found[0]["transaction"] == "/fails/{word}/"
    assert found[0]["request"] == {"method": "POST"}
    assert len(found[0]["tags"]["request_id"]) == 32
    assert "user" not in found[0]
    assert_nothing_leaks(receiver)


def test_an_error_of_a_task_is_reported_without_its_arguments(
    receiver: Receiver, servers: object, db: None
) -> None:
    run(TASK + FLUSH_SENTRY, **sentry_of(receiver))
    found = [event for event in events(receiver) if "exception" in event]
    assert found[0]["transaction"] == "tests.failing"
    assert found[0]["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "failing"
    assert_nothing_leaks(receiver)


def test_of_a_line_of_the_log_the_sentence_leaves_and_no_value() -> None:
    line = {"message": "figures of %s: %s", "params": ["acme", "5 is not 6"], "formatted": "acme"}
    around = {
        "extra": {"x": 1},
        "user": {"id": 1},
        "breadcrumbs": {"values": [{}]},
        "level": "error",
    }
    told = sentry.cleaned({"logentry": line, **around}, None)
    assert told == {"logentry": {"message": "figures of %s: %s"}, "level": "error", "tags": {}}


# --- OpenTelemetry ----------------------------------------------------------------------------


def test_requests_and_statements_are_traced_without_what_was_sent(
    receiver: Receiver, servers: object, db: None
) -> None:
    run(REQUEST + QUERY + FLUSH_TRACES, **traces_of(receiver))
    found = {span.name: {a.key for a in span.attributes} for span in spans(receiver)}
    assert {"http.method", "http.route", "http.status_code", "tollgate.request_id"} <= found[
        "POST fails/<str:word>/"
    ]
    assert "db.statement" in found["SELECT"]
    assert_nothing_leaks(receiver)


def test_tasks_are_traced_without_their_arguments(
    receiver: Receiver, servers: object, db: None
) -> None:
    run(TASK + FLUSH_TRACES, **traces_of(receiver))
    found = {span.name: span for span in spans(receiver)}
    failed = found["run/tests.failing"]
    assert failed.status.code == 2
    assert failed.status.message == ""
    assert "celery.state" in {attribute.key for attribute in failed.attributes}
    assert_nothing_leaks(receiver)


def test_probes_are_not_traced(receiver: Receiver, servers: object, db: None) -> None:
    code = REQUEST + 'ask("GET", "/health")\nask("GET", "/ready")\n' + FLUSH_TRACES
    run(code, **traces_of(receiver))
    assert {span.name for span in spans(receiver) if span.name.startswith(("GET", "HTTP"))} == set()
