"""Calls whose Host is no name, or whose Origin is none, in the bytes that go over the wire."""

import socket
from collections.abc import Iterator

_HOSTS = [
    b"Host: a b",
    b"Host: [::",
    b"Host: ..",
    b"Host: .",
    "Host: 한국".encode(),
    "Host: 한국".encode("cp949"),
    b"Host: " + b"a" * 10_000,
    b"Host: a:99999999",
    b"Host: a@b/c?d",
    b"Host: \x01",
    b"Host:",
    b"Host: a\r\nHost: b",
    b"",
]
_ORIGINS = [
    b"Origin: http://[::",
    b"Origin: ..",
    b"Origin: http://a:99999999",
    b"Origin: " + b"x" * 10_000,
    "Origin: http://한국".encode("cp949"),
    b"Origin: http://a\r\nOrigin: http://b",
    b"X-Forwarded-Host: [::",
    b"X-Forwarded-Proto: a b",
]
_HEADERS = [*_HOSTS, *(b"Host: haja\r\n" + origin for origin in _ORIGINS)]
_FORM = b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n%s\r\n\r\na=b"
_CALLS = [
    b"GET / HTTP/1.1\r\n%s\r\n\r\n",
    b"GET /desk HTTP/1.1\r\nAccept: text/html\r\n%s\r\n\r\n",
    b"GET /r/ACDE-FGHJ HTTP/1.1\r\nAccept: text/html\r\n%s\r\n\r\n",
    b"GET /api/requests HTTP/1.1\r\n%s\r\n\r\n",
    b"OPTIONS /api/requests HTTP/1.1\r\nAccess-Control-Request-Method: GET\r\n%s\r\n\r\n",
    b"POST /api/requests HTTP/1.1" + _FORM,
]


def answers(port: int) -> Iterator[tuple[bytes, int, str]]:
    """Each odd call at ``port``, its answer's status and content type."""
    for call in _CALLS:
        for headers in _HEADERS:
            given = b"\r\n".join(one for one in (headers, b"Connection: close") if one)
            with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
                wire.sendall(call % given)
                received = b"".join(iter(lambda: wire.recv(65536), b""))
            lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
            kinds = [one.split()[1] for one in lines if one.lower().startswith("content-type:")]
            yield call % given, int(lines[0].split()[1]), (kinds or [""])[0].strip(";")
