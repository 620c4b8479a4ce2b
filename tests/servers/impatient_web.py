"""The web application with other bounds on bodies, for tests of slow and of many callers."""

from typing import TYPE_CHECKING

from web import request_body, wsgi

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def application() -> "WSGIApplication":
    """Times in tenths of seconds."""
    request_body.GRACE = 0.5
    request_body.MIN_RATE = 100_000
    request_body.SILENCE = 3.0
    request_body._PROBE_SECONDS = 0.5
    return wsgi.application()


def crowded() -> "WSGIApplication":
    """Two large bodies at once."""
    request_body.LARGE_AT_ONCE = 2
    return wsgi.application()
