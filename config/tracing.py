"""Traces of requests, tasks and statements to an OpenTelemetry collector, over HTTP.

The usual variables of OpenTelemetry (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`,
`OTEL_EXPORTER_OTLP_HEADERS`) hold. What leaves is built from what is allowed: instrumentation
packages record addresses, headers of messages and texts of errors, with what people typed in them.
"""

import os
from collections.abc import Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from governance.version import version

# Statements come with placeholders; their values are never part of them.
KEPT = frozenset(
    {
        *("http.method", "http.request.method", "http.route"),
        *("http.status_code", "http.response.status_code"),
        *("db.system", "db.system.name", "db.statement", "db.query.text"),
        *("celery.action", "celery.state", "celery.task_name", "celery.retries"),
        *("tollgate.request_id", "tollgate.tenant", "exception.type"),
    }
)
NOT_TRACED = "health,ready,metrics,static/"


def start(_endpoint: str) -> None:
    """Trace this process and those it forks; the exporter reads the address itself."""
    named = {SERVICE_VERSION: version()}
    if "OTEL_SERVICE_NAME" not in os.environ:
        named[SERVICE_NAME] = "tollgate"
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(AllowedOnly(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(response_hook=name_request, excluded_urls=NOT_TRACED)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]  # the package's own
    PsycopgInstrumentor().instrument()


def name_request(span: Any, request: Any, _response: Any) -> None:
    """By its id a trace is found in the log, and the other way round."""
    if span is not None and span.is_recording():
        span.set_attribute("tollgate.request_id", getattr(request, "request_id", ""))
        tenant = getattr(request, "tenant", None)
        if tenant is not None:
            span.set_attribute("tollgate.tenant", tenant.slug)


class AllowedOnly(SpanExporter):
    """Hands on spans with nothing in them but what is allowed."""

    def __init__(self, inner: SpanExporter) -> None:
        self.inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.inner.export([cleaned(span) for span in spans])

    def shutdown(self) -> None:
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.inner.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """A copy with the allowed attributes; of an error its kind, not its text."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=[Event(e.name, _kept(e.attributes), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in KEPT}
