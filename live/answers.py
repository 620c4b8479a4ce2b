"""Answers by HTTP, to whoever gets no socket."""

import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

import orjson
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from config.call_ids import call_id
from models.languages import DEFAULT, preferred_language
from models.problems import CONTENT_TYPE, PARAMETERS, problem_details


@dataclass(slots=True)
class Refusal(Exception):
    """An answer that is an error; ``code`` names its type, ``wrong`` parameters and what is wrong with
    each, as a kind of ``models.problems.PARAMETERS``."""

    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def one_header(request: Request, name: str) -> str:
    """Its value, empty if it is not there.

    Raises:
        Refusal: it is there twice, and nobody can know which one counts.
    """
    values = request.headers.get_all(name)
    if len(values) > 1:
        raise Refusal(400, "bad_request")
    return values[0] if values else ""


def healthy(request: Request, started: float) -> Response:
    """This process answers; touches nothing else."""
    return _answer(request, started, 200, orjson.dumps({"status": "ok"}), "application/json")


def problem(request: Request, started: float, refusal: Refusal) -> Response:
    """A problem document (RFC 9457) in the caller's language."""
    wished = ",".join(request.headers.get_all("Accept-Language"))
    language = preferred_language(wished) or DEFAULT
    details = problem_details(refusal.status, refusal.code, language)
    if refusal.wrong:
        details["errors"] = [
            {"field": name, "message": PARAMETERS[kind][language]}
            for name, kind in refusal.wrong.items()
        ]
    body = orjson.dumps(details)
    response = _answer(request, started, refusal.status, body, CONTENT_TYPE)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Authorization, Cookie"
    response.headers.update(refusal.headers)
    return response


def _answer(
    request: Request, started: float, status: int, body: bytes, content_type: str
) -> Response:
    headers = Headers(
        {
            "Date": formatdate(usegmt=True),
            "Connection": "close",
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Request-ID": call_id(",".join(request.headers.get_all("X-Request-ID"))),
            "X-Process-Time": f"{time.perf_counter() - started:.6f}",
        }
    )
    sent = b"" if request.method == "HEAD" else body
    return Response(status, HTTPStatus(status).phrase, headers, sent)
