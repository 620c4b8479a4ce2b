"""JSON answers, and answers that a caller may already hold."""

from typing import Any

import orjson
from flask import Response, request


def conditional(response: Response) -> Response:
    """304 without a body if the caller holds this very answer (RFC 9110, section 13).

    What is kept is kept for one caller: it must not be shown after another has logged in.
    """
    response.vary.update(("Authorization", "Cookie"))
    response.make_conditional(request)
    return response


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON that no cache keeps for others."""
    return json_bytes(orjson.dumps(body, option=orjson.OPT_UTC_Z), status, headers)


def json_bytes(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The same for JSON that is written already."""
    response = Response(body, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(headers or {})
    return response
