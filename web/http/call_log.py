"""What every answer carries: the call's id and how long it took."""

import time

import structlog
from flask import Response, g, request

from config.call_ids import call_id
from config.logging import access_log
from config.settings import get_settings

_QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})


def begin_call() -> None:
    g.started = time.perf_counter()
    g.request_id = call_id(request.headers.get("X-Request-ID", ""))
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def end_call(response: Response) -> None:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers["X-Process-Time"] = f"{seconds:.6f}"
    if request.endpoint not in _QUIET:
        route = str(request.url_rule) if request.url_rule else None
        access_log(get_settings())(
            "request_answered",
            request_id=g.get("request_id"),
            method=request.method,
            route=route,
            status=response.status_code,
            user_id=g.get("user_id"),
            seconds=round(seconds, 6),
        )
    structlog.contextvars.clear_contextvars()
