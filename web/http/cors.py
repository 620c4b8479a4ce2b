"""Dashboards on other origins (CORS, Fetch standard 3.2): those of ``CORS_ORIGINS``, with tokens.

Cookies are never allowed across origins. Own code rather than Flask-Cors, which leaves out
``Vary: Origin`` with a single origin and in answers to calls that name none: a cache between would
give one origin's answer to another.
"""

from flask import Response, request

from config.settings import get_settings

_PATHS = ("/api/", "/token", "/openapi.json", "/healthz", "/readyz")
_METHODS = "GET, POST, PATCH"
_HEADERS = (
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "X-Request-ID"
)
_EXPOSED = (
    "Content-Disposition, ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Ignored-Fields, X-Process-Time, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID, X-Total-Count"
)
_PREFLIGHT_SECONDS = 600


def answer_preflight() -> Response | None:
    """The answer to a browser's question beforehand, which is no call."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not asks or _allowed_origin() is None:
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    return response


def allow_origin(response: Response) -> None:
    if not get_settings().allowed_origins or not request.path.startswith(_PATHS):
        return
    response.vary.add("Origin")
    origin = _allowed_origin()
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def _allowed_origin() -> str | None:
    """The caller's origin if it may read answers of this path."""
    origin = request.headers.get("Origin", "")
    allowed = origin in get_settings().allowed_origins and request.path.startswith(_PATHS)
    return origin if allowed else None
