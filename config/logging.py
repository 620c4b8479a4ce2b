"""Structured logs: a static event, its data in fields, one JSON object a line in production."""

import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from config.log_buffer import LogBuffer
from config.log_safety import escape_invisible, format_exception
from config.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's loggers through one formatter to stderr.

    No input can forge a line: what is not printable is written out (see ``log_safety``), in JSON
    once more by its own rules.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.production
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(format_exception),
                escape_invisible,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Celery says "received" and "succeeded" of each task, websockets "open" and "closed" of each
    # connection; our own lines say it and more.
    for noisy in (
        "alembic.runtime.plugins",
        "botocore",
        "celery.app.trace",
        "celery.worker.strategy",
        "httpx2",
        "openai",
        "urllib3",
        "websockets.server",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def access_logger(settings: Settings) -> Any:
    """For the one line that every call writes: in production past the standard library's loggers,
    which cost three times as much as the line itself."""
    if not settings.production:
        return structlog.get_logger("haja.access")
    return structlog.wrap_logger(
        LogBuffer(),
        processors=[
            structlog.contextvars.merge_contextvars,
            escape_invisible,
            _as_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def _as_line(_logger: object, level: str, entry: MutableMapping[str, Any]) -> bytes:
    """As the other lines are, in one step."""
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps({**entry, "level": level, "timestamp": moment})
