"""The web application with a body's times in tenths of seconds: for tests of slow callers."""

from typing import TYPE_CHECKING

from web import request_body, wsgi

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def application() -> "WSGIApplication":
    request_body.GRACE = 0.5
    request_body.MIN_RATE = 100_000
    request_body.SILENCE = 3.0
    request_body._PROBE_SECONDS = 0.5
    request_body.LARGE_AT_ONCE = 2
    return wsgi.application()
