"""HTTP/1.1 in its plainest form (RFC 9112): what most calls are, read by one regular expression.

It recognises or declines, and never judges: a call that is written in any other way (folded or
repeated header lines, letters beyond ASCII, a body in chunks, an escaped path ...) is for
gunicorn's own parser, which knows what is allowed. Taking less than gunicorn does is always safe;
what is taken must mean the same to both.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NamedTuple

from gunicorn import SERVER

from config.front_door.calls import Answer

LARGEST = 72 * 1024  # bytes of a call with its head
_LARGEST_HEAD = 4094  # bytes: gunicorn refuses a longer first line, and header lines twice as long

_HEAD = re.compile(
    rb"(GET|POST) (/[A-Za-z0-9/_.-]*)(?:\?([!\x22$-~]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+:[\x20-\x7e]*\r\n){1,50})\r\n"
)
_LENGTH = re.compile(r"[0-9]{1,6}")
# The connection is to be used for something else, or gunicorn has its own ideas about the header.
_ELSE = (
    "HTTP_UPGRADE",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_EXPECT",
    "HTTP_TE",
    "HTTP_TRAILER",
    "HTTP_X_FORWARDED_PROTOCOL",
    "HTTP_X_FORWARDED_SSL",
)


class PlainCall(NamedTuple):
    """``size`` is that of the whole call in bytes, of which ``body`` is the end, as far as it is
    there; ``missing`` bytes of it are not."""

    environment: dict[str, Any]
    body: bytes
    size: int
    missing: int
    keep_alive: bool


def read_call(data: bytes) -> PlainCall | None:
    """The call that ``data`` begins with, or None if its head is not whole or not plain."""
    head = _HEAD.match(data)
    if head is None or head.end() > _LARGEST_HEAD:
        return None
    method, path, query, fields = (part.decode("ascii") if part else "" for part in head.groups())
    environment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.url_scheme": "http",
    }
    before, lines = len(environment), fields.split("\r\n")[:-1]
    for line in lines:
        name, _, value = line.partition(":")
        environment["HTTP_" + name.upper().replace("-", "_")] = value.strip(" ")
    if len(environment) != before + len(lines):  # one stands there twice
        return None
    return _framed(data, head.end(), environment)


def _framed(data: bytes, start: int, environment: dict[str, Any]) -> PlainCall | None:
    """With the body that the head promises (RFC 9112, section 6.3)."""
    length = environment.pop("HTTP_CONTENT_LENGTH", "0")
    connection = environment.get("HTTP_CONNECTION", "keep-alive").lower()
    if (
        not _LENGTH.fullmatch(length)
        or connection not in ("keep-alive", "close")
        or "HTTP_HOST" not in environment
        or any(name in environment for name in _ELSE)
    ):
        return None
    size = start + int(length)
    missing = max(0, size - len(data))
    environment["CONTENT_LENGTH"] = length
    environment["CONTENT_TYPE"] = environment.pop("HTTP_CONTENT_TYPE", "")
    return PlainCall(environment, data[start:size], size, missing, connection == "keep-alive")


def write_answer(answer: Answer, *, keep_alive: bool) -> bytes:
    """What goes to the caller, with the headers that gunicorn adds to each answer."""
    head = _beginning(int(time.time()), keep_alive=keep_alive)
    lines = "".join([f"{name}: {value}\r\n" for name, value in answer.headers])
    return f"HTTP/1.1 {answer.status}\r\n{head}{lines}\r\n".encode("latin-1") + answer.body


@lru_cache(maxsize=2)
def _beginning(second: int, *, keep_alive: bool) -> str:
    connection = "keep-alive" if keep_alive else "close"
    return f"Server: {SERVER}\r\nDate: {formatdate(second, usegmt=True)}\r\nConnection: {connection}\r\n"
