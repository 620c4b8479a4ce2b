"""Callers as the gateway meets them, with the web behind it."""

import gzip
import json
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.static_files import STATIC_FOLDER, static_path, static_version
from models.maintenance_request import MaintenanceRequest
from tests.conftest import Servers
from tests.e2e.http import Answer, Api, call
from tests.gateway.conftest import FLOWER_LOGIN
from tests.servers.gateway_server import Gateway, serve_gateway
from tests.servers.odd_headers import answers
from tests.servers.web_server import serve

PATH = "/api/requests"
JSON = {"Content-Type": "application/json"}
ENGLISH = {"Accept-Language": "en"}
SLOW_CALLERS = 300


def _submit(gateway: Gateway, headers: dict[str, str] | None = None) -> Answer:
    return Api(gateway.address).send("POST", PATH, {"description": "물이 새요"}, headers)


def _connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=60)


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /api/requests HTTP/1.1\r\nHost: haja\r\nContent-",
        b"POST /api/requests HTTP/1.1\r\nHost: haja\r\nContent-Type: application/json\r\n"
        b'Content-Length: 1000\r\n\r\n{"descr',
        b"POST /api/requests HTTP/1.1\r\nHost: haja\r\nContent-Type: application/json\r\n"
        b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"descr\r\n',
        b"",
    ],
)
def test_callers_who_never_finish_are_in_nobodys_way(gateway: Gateway, beginning: bytes) -> None:
    """Of the few threads behind the gateway they hold none."""
    with ExitStack() as open_:
        for _ in range(SLOW_CALLERS):
            open_.enter_context(_connect(gateway)).sendall(beginning)
        for _ in range(5):
            assert _submit(gateway).status == 201


@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_too_much_reads_why(gateway: Gateway, chunked: bool) -> None:
    """With a client that sends all of it before it reads anything."""
    data = b" " * (10 * 1024 * 1024)
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    parts = (data[at : at + 65536] for at in range(0, len(data), 65536))
    connection.request("POST", PATH, parts if chunked else data, JSON, encode_chunked=chunked)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["type"].endswith("#too_large")
    assert answer.getheader("Content-Type") == "application/problem+json"
    connection.close()


def test_a_body_beyond_everything_does_not_pass_the_gateway(gateway: Gateway) -> None:
    with _connect(gateway) as wire:
        wire.sendall(
            b"POST /api/requests HTTP/1.1\r\nHost: haja\r\nAccept-Language: en\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99000000000\r\n\r\n"
        )
        head, _, body = wire.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body)["title"] == "Too large"


SPOOFED: list[dict[str, str]] = [
    {"X-Forwarded-For": "203.0.113.{n}"},
    {"X-Forwarded-For": "203.0.113.{n}, 198.51.100.{n}, 192.0.2.{n}"},
    {"Forwarded": "for=203.0.113.{n}"},
    {"X-Real-IP": "203.0.113.{n}", "Client-IP": "203.0.113.{n}"},
    {"X-Gateway-Call": "{n}"},
]


def test_no_header_of_a_stranger_changes_who_he_is(servers: Servers, tmp_path: Path) -> None:
    with (
        serve(tmp_path / "web.log", WEB_CONCURRENCY="1", INTAKE_RATE_LIMIT="5 per hour") as web,
        serve_gateway(tmp_path, WEB_PORT=str(web.port)) as gateway,
    ):
        for _ in range(5):
            assert _submit(gateway).status == 201
        for number, headers in enumerate(SPOOFED):
            given = {name: value.format(n=number) for name, value in headers.items()}
            assert _submit(gateway, given).status == 429, headers


def test_a_proxy_in_front_is_believed_if_the_settings_say_so(
    servers: Servers, tmp_path: Path
) -> None:
    settings = {"TRUSTED_PROXIES": "1", "INTAKE_RATE_LIMIT": "1 per hour"}
    with (
        serve(tmp_path / "web.log", WEB_CONCURRENCY="1", **settings) as web,
        serve_gateway(tmp_path, WEB_PORT=str(web.port), **settings) as gateway,
    ):
        for caller in ("198.51.100.1", "198.51.100.2", "2001:db8::1"):
            # What the caller made up stands before what the proxy wrote.
            seen = {"X-Forwarded-For": f"203.0.113.9, {caller}", "X-Forwarded-Proto": "https"}
            first, second = _submit(gateway, seen), _submit(gateway, seen)
            assert (first.status, second.status) == (201, 429)
            assert first.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("caller", "status"),
    [("", 200), ("10.0.0.9", 200), ("203.0.113.9", 404), ("127.0.0.1, 203.0.113.9", 404)],
)
def test_figures_are_for_the_own_network(
    servers: Servers, tmp_path: Path, caller: str, status: int
) -> None:
    settings = {"TRUSTED_PROXIES": "1"}
    with (
        serve(tmp_path / "web.log", WEB_CONCURRENCY="1") as web,
        serve_gateway(tmp_path, WEB_PORT=str(web.port), **settings) as gateway,
    ):
        headers = {"X-Forwarded-For": caller} if caller else {}
        answer = call("GET", f"{gateway.address}/metrics", None, headers)
        assert answer.status == status
        assert answer.headers["X-Request-ID"]
        assert answer.headers["Retry-After"] is None


def test_what_the_server_behind_refuses_is_a_problem_document(
    servers: Servers, tmp_path: Path
) -> None:
    """It takes a hundred headers, and answers without a body where there are more."""
    headers = ENGLISH | {f"X-Header-{number}": "x" for number in range(150)}
    with (
        serve(tmp_path / "web.log", WEB_CONCURRENCY="1") as web,
        serve_gateway(tmp_path, WEB_PORT=str(web.port)) as gateway,
    ):
        answer = call("GET", f"{gateway.address}/healthz", None, headers)
        assert (answer.status, answer.json["status"]) == (431, 431)
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_same_call_sent_twice_by_the_gateway_makes_one_request(
    gateway: Gateway, database: Callable[[], Session]
) -> None:
    """It calls again where web went away over a call; a stranger's own mark counts for nothing."""
    for _ in range(2):
        assert _submit(gateway, {"X-Gateway-Call": "mine"}).status == 201
    with database() as session:
        assert session.scalar(select(func.count()).select_from(MaintenanceRequest)) == 2


@pytest.mark.parametrize("path", ["/", static_path("css/base.css"), "/openapi.json"])
def test_what_is_worth_it_is_compressed(gateway: Gateway, path: str) -> None:
    plain = call("GET", gateway.address + path)
    small = call("GET", gateway.address + path, None, {"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.body) < len(plain.body)
    assert len(gzip.decompress(small.body)) == len(plain.body)
    assert "Accept-Encoding" in ", ".join(small.headers.get_all("Vary") or [])
    zstd = call("GET", gateway.address + path, None, {"Accept-Encoding": "gzip, zstd"})
    assert zstd.headers["Content-Encoding"] == "zstd"


def test_pages_name_files_that_browsers_may_keep(gateway: Gateway) -> None:
    page = call("GET", gateway.address).body.decode()
    assert static_path("js/form.js") in page
    answer = call("GET", gateway.address + static_path("js/form.js"))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.body == (STATIC_FOLDER / "js/form.js").read_bytes()


def test_a_page_of_another_release_gets_the_files_but_keeps_them_not(gateway: Gateway) -> None:
    other = static_path("js/form.js").replace(static_version(), "0123456789ab")
    answer = call("GET", gateway.address + other)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["../settings.py", "%2e%2e/__init__.py", "js/", "js/none.js"])
def test_no_other_file_is_served(gateway: Gateway, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    connection.request("GET", static_path(path), headers=ENGLISH)
    answer = connection.getresponse()
    assert answer.status in (400, 404)
    assert json.loads(answer.read())["status"] == answer.status
    connection.close()


def test_the_gateway_is_reached_by_ipv6(gateway: Gateway) -> None:
    with socket.create_connection(("::1", gateway.port), timeout=60) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: haja\r\nConnection: close\r\n\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_socket_is_asked_for_by_get_only(gateway: Gateway) -> None:
    answer = call("POST", gateway.address + "/ws", b"{}", ENGLISH)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert answer.json["type"].endswith("#method_not_allowed")


def test_an_address_with_raw_bytes_is_no_socket(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as wire:
        wire.sendall(b"GET /ws?last=\xff\xea HTTP/1.1\r\nHost: haja\r\nConnection: close\r\n\r\n")
        answer = wire.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer


def test_who_guesses_flowers_password_waits(gateway: Gateway, redis: Redis) -> None:
    """Flower itself never slows anybody down. The port behind the gateway is silent here, so that a
    call that gets through to it is answered with 503."""

    def ask(login: str, path: str = "/flower/api/workers", **headers: str) -> int:
        basic = "Basic " + b64encode(login.encode()).decode()
        return call("GET", gateway.address + path, None, headers | {"Authorization": basic}).status

    assert call("GET", f"{gateway.address}/flower/").status == 401
    assert ask(FLOWER_LOGIN) == 503
    guesses = [
        ask(f"ops:{number}", **{"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(12)
    ]
    assert guesses == [401] * 10 + [429] * 2
    assert ask(FLOWER_LOGIN) == 429
    redis.flushdb()
    assert ask(FLOWER_LOGIN, "/flower/metrics") == 404
    form = f"{gateway.address}/flower/api/worker/shutdown/mail@host"
    assert call("POST", form, b"x=1").status == 401


@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME", "Script-Name", "X-Forwarded-Prefix", "X-Script-Name"]
)
def test_no_caller_moves_the_application(gateway: Gateway, header: str) -> None:
    """A proxy's rule for /metrics would be passed by where web cuts off what a caller names."""
    headers = {**ENGLISH, header: "/elsewhere"}
    assert call("GET", f"{gateway.address}/elsewhere/metrics", None, headers).status == 404
    page = call("GET", f"{gateway.address}/", None, headers)
    assert page.status == 200 and b"/elsewhere" not in page.body
    sent = call("GET", f"{gateway.address}/desk", None, headers | {"Accept": "text/html"})
    assert "/elsewhere" not in (sent.headers["Location"] or "")


def test_a_host_that_is_no_name_is_a_callers_mistake(gateway: Gateway) -> None:
    """Some of them Go's own server refuses before anything of ours sees them, in plain text."""
    for sent, status, _ in answers(gateway.port):
        assert status < 500, sent
    said = gateway.log.read_text() + (gateway.log.parent / "web.log").read_text()
    assert "Traceback" not in said and "panic" not in said
