"""OpenTelemetry traces by OTLP over HTTP: web calls, tasks, and their SQL and Redis calls."""

import atexit
import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, set_tracer_provider
from opentelemetry.util.types import Attributes
from typing_extensions import override

from config.monitors.clean_spans import CleanExporter
from config.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

SEND_EVERY = 2_000  # milliseconds
GIVE_UP_AFTER = 5  # seconds for one batch, with retries
SHUTDOWN_SECONDS = 2.0
NOT_TRACED = "/healthz,/readyz,/metrics,/static/,/docs/assets/"

_BEGINS_A_TRACE = (SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.PRODUCER)


class OnlyCallsAndTasks(Sampler):
    """A trace begins with a web call or a task, but not with the dispatcher's query for due steps,
    which runs 50 times a second."""

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        wanted = kind in _BEGINS_A_TRACE
        return SamplingResult(Decision.RECORD_AND_SAMPLE if wanted else Decision.DROP)

    def get_description(self) -> str:
        return "OnlyCallsAndTasks"


def start(settings: Settings, process: str) -> None:
    # An unreachable endpoint would be logged every few seconds, with a traceback.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"haja-{process}"}),
        sampler=ParentBased(OnlyCallsAndTasks()),
        shutdown_on_exit=False,
    )
    endpoint = f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"
    exporter = CleanExporter(OTLPSpanExporter(endpoint, timeout=GIVE_UP_AFTER))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY))
    atexit.register(_send_the_rest, provider)
    set_tracer_provider(provider)
    SQLAlchemyInstrumentor().instrument(tracer_provider=provider)
    RedisInstrumentor().instrument(tracer_provider=provider)
    if process != "web":
        from opentelemetry.instrumentation.celery import CeleryInstrumentor

        celery: Any = CeleryInstrumentor  # has no types
        celery().instrument(tracer_provider=provider)


def watch_app(app: "Flask") -> None:
    """Trace the calls of ``app``. Call it before anything else is hooked into the application."""
    from opentelemetry.instrumentation.flask import FlaskInstrumentor

    instrumentor: Any = FlaskInstrumentor()
    instrumentor.instrument_app(app, excluded_urls=NOT_TRACED, enable_commenter=False)


def _send_the_rest(provider: TracerProvider) -> None:
    """The library's own shutdown waits half a minute for an endpoint that hangs."""
    shutdown = threading.Thread(target=provider.shutdown, daemon=True)
    shutdown.start()
    shutdown.join(SHUTDOWN_SECONDS)
