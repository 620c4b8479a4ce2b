"""Removing everything from spans that is not known to be harmless."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status

# Left out on purpose: URLs and targets (they contain tokens and references), callers' addresses and
# user agents, arguments, and error messages. SQL statements have no parameters in them.
ALLOWED = frozenset(
    [
        "http.method",
        "http.request.method",
        "http.route",
        "http.scheme",
        "http.status_code",
        "http.response.status_code",
        "db.system",
        "db.system.name",
        "db.name",
        "db.namespace",
        "db.statement",
        "db.query.text",
        "db.operation.name",
        "db.redis.database_index",
        "db.redis.args_length",
        "db.redis.pipeline_length",
        "celery.action",
        "celery.task_name",
        "celery.state",
        "celery.hostname",
        "celery.retries",
        "messaging.destination",
        "messaging.destination_kind",
        "messaging.message.id",
        "messaging.message_id",
        "error.type",
        "exception.type",
    ]
)


class CleanExporter(SpanExporter):
    """Gives cleaned copies of spans to the exporter that sends them."""

    def __init__(self, sender: SpanExporter) -> None:
        self._sender = sender

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._sender.export([clean(span) for span in spans])

    def shutdown(self) -> None:
        self._sender.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._sender.force_flush(timeout_millis)


def clean(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=_name(span),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[
            Event(event.name, _allowed(event.attributes), event.timestamp) for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),  # without its description, which quotes the error
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _name(span: ReadableSpan) -> str:
    """The span's name; a call without a route is named by its URL, which may contain anything."""
    attributes = span.attributes or {}
    if span.kind is SpanKind.SERVER and "http.route" not in attributes:
        return str(attributes.get("http.method", "HTTP"))
    return span.name


def _allowed(attributes: "object") -> dict[str, str | int | float | bool]:
    items = attributes.items() if hasattr(attributes, "items") else ()
    return {key: value for key, value in items if key in ALLOWED}
