"""What every answer carries: the call's id and how long it took."""

import time
from functools import lru_cache
from typing import Any

import structlog
from flask import Flask, Response, g, request

from config.call_ids import call_id
from config.logging import access_logger
from config.settings import Settings, get_settings

_QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})


def init_call_log(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


@lru_cache(maxsize=1)
def _access_log(settings: Settings) -> Any:
    return access_logger(settings)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = call_id(request.headers.get("X-Request-ID", ""))
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers["X-Process-Time"] = f"{seconds:.6f}"
    if request.endpoint not in _QUIET:
        route = str(request.url_rule) if request.url_rule else None
        log_answer(request.method, route, response.status_code, seconds, g.get("user_id"))
    structlog.contextvars.clear_contextvars()
    return response


def log_answer(
    method: str, route: str | None, status: int, seconds: float, user_id: int | None, **more: str
) -> None:
    """The log's line about one call."""
    _access_log(get_settings()).info(
        "request_answered",
        method=method,
        route=route,
        status=status,
        user_id=user_id,
        seconds=round(seconds, 6),
        **more,
    )
