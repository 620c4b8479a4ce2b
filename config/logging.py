"""Structured logs: a fixed event name with data in fields; in production one JSON object per line."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

from config.log_buffer import LogBuffer
from config.log_file import LogFileHandler, log_file
from config.log_safety import escape_invisible, format_exception
from config.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's loggers through one formatter to stderr, and to
    ``LOG_FILE`` if it is set.

    No input can forge a line: characters that are not printable are escaped (see ``log_safety``),
    and JSON escapes again.
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
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(format_exception),
            escape_invisible,
            renderer,
        ],
    )
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if settings.log_file:
        handlers.append(LogFileHandler(log_file(settings.log_file)))
    for handler in handlers:
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = handlers
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


@lru_cache(maxsize=1)
def access_log(settings: Settings) -> Callable[..., None]:
    """The writer of the one line that every web call leaves: an event and fields without a
    caller's text. In production it does not use loggers, which cost several times as much as the line.
    """
    if not settings.production:
        return structlog.get_logger("haja.access").info  # type: ignore[no-any-return]
    buffer = LogBuffer(log_file(settings.log_file) if settings.log_file else None)

    def write(event: str, **fields: Any) -> None:
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = {**fields, "event": event, "level": "info", "timestamp": moment}
        buffer.write(orjson.dumps(line))

    return write
