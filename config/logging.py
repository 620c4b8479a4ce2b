"""Structured logs: a static event, its data in fields, one JSON object a line in production."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
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
    # Celery says "received" and "succeeded" of each task; our own line says both and more.
    for noisy in (
        "alembic.runtime.plugins",
        "botocore",
        "celery.app.trace",
        "celery.worker.strategy",
        "httpx2",
        "openai",
        "urllib3",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@lru_cache(maxsize=1)
def access_log(settings: Settings) -> Callable[..., None]:
    """Writes the one line that every call leaves: an event and its fields, which hold nothing that
    a caller made up. In production past all loggers, which cost several times as much as the line.
    """
    if not settings.production:
        return structlog.get_logger("haja.access").info  # type: ignore[no-any-return]
    buffer = LogBuffer()

    def write(event: str, **fields: Any) -> None:
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = {**fields, "event": event, "level": "info", "timestamp": moment}
        buffer.write(orjson.dumps(line))

    return write
