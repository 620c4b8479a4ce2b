"""Who is let in, and what the others are told."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from launcher.server import free_port
from live.loading import Wanted, load
from models.services.logins import close_login
from tests.conftest import Servers
from tests.e2e.http import call
from tests.live.conftest import House, link_of, token_of
from tests.servers.gateway_server import serve_gateway
from tests.servers.live_server import LiveServer, serve_live

DASHBOARD = "https://dashboard.example.org"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FOREIGN = "https://elsewhere.example.org"


@pytest.fixture(scope="module")
def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One that knows a dashboard on another origin, and expects everything."""
    log = tmp_path_factory.mktemp("live") / "live.log"
    with serve_live(log, CORS_ORIGINS=DASHBOARD, PUBLIC_URL="http://haja.example.org") as server:
        yield server
        assert "Traceback" not in server.log


def _call(
    live: LiveServer, headers: dict[str, str], path: str = "/ws", method: str = "GET"
) -> tuple[int, dict[str, str], Any]:
    """The answer to a handshake or another call; the body as JSON."""
    with closing(HTTPConnection("127.0.0.1", live.port, timeout=60)) as connection:
        connection.request(method, path, headers=headers)
        with connection.getresponse() as answer:
            body = b"" if answer.status == 101 else answer.read()
            return answer.status, dict(answer.headers), json.loads(body) if body else None


def test_healthz(live: LiveServer) -> None:
    status, headers, body = _call(live, {}, "/healthz")
    assert (status, body) == (200, {"status": "ok"})
    assert headers["Cache-Control"] == "no-store"
    status, headers, body = _call(live, {}, "/healthz", "HEAD")
    assert (status, body) == (200, None)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_an_operators_token_opens_a_socket(live: LiveServer, house: House, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {token_of(house.log_in())}"}
    assert _call(live, HANDSHAKE | headers)[0] == 101


def test_a_pages_token_comes_as_a_subprotocol(live: LiveServer, house: House) -> None:
    offered = [Subprotocol("bearer"), Subprotocol(token_of(house.log_in()))]
    with connect(live.url, subprotocols=offered) as page:
        assert page.subprotocol == "bearer"


def _cookie(token: str, name: str = "haja_access") -> dict[str, str]:
    return {"Cookie": f'odd={{"a":1}}; {name}={token}; haja_language=ko'}


@pytest.mark.parametrize("origin", ["", "http://{host}", "http://haja.example.org"])
def test_a_cookie_opens_a_socket_from_our_own_pages(
    live: LiveServer, house: House, origin: str
) -> None:
    headers = HANDSHAKE | _cookie(token_of(house.log_in()))
    if origin:
        headers["Origin"] = origin.format(host=f"127.0.0.1:{live.port}")
    assert _call(live, headers)[0] == 101


def test_over_https_the_cookie_has_its_stricter_name(
    start_live: Callable[..., LiveServer], house: House
) -> None:
    live, token = start_live(PUBLIC_URL="https://haja.example.org"), token_of(house.log_in())
    assert _call(live, HANDSHAKE | _cookie(token))[0] == 401
    assert _call(live, HANDSHAKE | _cookie(token, "__Host-haja_access"))[0] == 101


@pytest.mark.parametrize("origin", [DASHBOARD, FOREIGN, "null", "chrome-extension://abcdef"])
def test_a_cookie_never_works_from_elsewhere(live: LiveServer, house: House, origin: str) -> None:
    headers = HANDSHAKE | _cookie(token_of(house.log_in())) | {"Origin": origin}
    assert _call(live, headers)[0] == (401 if origin == DASHBOARD else 403)


@pytest.mark.parametrize(("origin", "status"), [(DASHBOARD, 101), (FOREIGN, 403), ("null", 403)])
def test_a_token_works_from_the_named_origins(
    live: LiveServer, house: House, origin: str, status: int
) -> None:
    login = {"Authorization": f"Bearer {token_of(house.log_in())}"}
    assert _call(live, HANDSHAKE | login | {"Origin": origin})[0] == status


def test_a_link_opens_a_socket(live: LiveServer, house: House) -> None:
    assert _call(live, HANDSHAKE, f"/ws?token={link_of(house.submit())}")[0] == 101


def test_a_link_whose_request_ended_long_ago(live: LiveServer, house: House) -> None:
    ended = datetime.now(UTC) - timedelta(days=181)
    request = house.submit(completed=True, created_at=ended, completed_at=ended)
    status, headers, body = _call(live, HANDSHAKE, f"/ws?token={link_of(request)}")
    assert (status, headers["Content-Type"]) == (410, "application/problem+json")
    assert body["type"].endswith("link_expired")


def test_an_open_socket_hears_nothing_once_its_link_has_expired(house: House) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=181)
    ended = house.submit(completed=True, created_at=long_ago, completed_at=long_ago)
    ids = frozenset({ended.id, house.submit().id})
    loaded = load(Wanted(private=ids, shared=ids))
    assert set(loaded.private) == ids
    assert set(loaded.shared) == ids - {ended.id}


def test_a_link_to_nothing(live: LiveServer, house: House) -> None:
    request = house.submit()
    with house.writing() as session:
        session.delete(session.merge(request))
    status, _, body = _call(live, HANDSHAKE, f"/ws?token={link_of(request)}")
    assert (status, body["type"]) == (404, "/docs/problems#not_found")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_refusal_is_a_problem_document(live: LiveServer, language: str) -> None:
    asked = {"Accept-Language": language, "X-Request-ID": "my-own.id"}
    status, headers, body = _call(live, HANDSHAKE | asked)
    assert status == 401
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["WWW-Authenticate"] == "Bearer"
    assert headers["X-Request-ID"] == "my-own.id"
    assert headers["Content-Language"] == language
    assert float(headers["X-Process-Time"]) >= 0
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["title"] == {"ko": "로그인이 필요함", "en": "Not logged in"}[language]


def test_tokens_that_do_not_hold(live: LiveServer, house: House) -> None:
    ended = house.log_in()
    with house.writing() as session:
        close_login(session, ended.session_id)
    for token in ("", "x.y.z", token_of(ended), token_of(house.log_in(), seconds=-60), "é"):
        headers = HANDSHAKE | {"Authorization": f"Bearer {token}"}
        assert _call(live, headers)[0] == 401, token
    for query in ("token=forged", "token=ABCD-EFGH.xxxx", "token=%00", "token=%ff", "token="):
        assert _call(live, HANDSHAKE, f"/ws?{query}")[0] == 401, query


def test_parameters_that_mean_nothing_are_named(live: LiveServer, house: House) -> None:
    token = link_of(house.submit())
    for query, field in ((f"token={token}&foo=1", "foo"), (f"token={token}&token=x", "token")):
        status, _, body = _call(live, HANDSHAKE, f"/ws?{query}")
        assert (status, [error["field"] for error in body["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [("?token=" + "x" * 9_000, {}, 414), ("", {"Authorization": "Bearer " + "x" * 9_000}, 431)],
)
def test_a_head_that_is_too_long_is_answered_in_our_words(
    live: LiveServer, tmp_path: Path, query: str, headers: dict[str, str], status: int
) -> None:
    """The library has its own for it, which the gateway exchanges."""
    ports = {"LIVE_PORT": str(live.port), "WEB_PORT": str(free_port())}
    with serve_gateway(tmp_path, **ports) as gateway:
        answer = call("GET", f"{gateway.address}/ws{query}", None, HANDSHAKE | headers)
    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


MALFORMED: dict[str, dict[str, str]] = {
    "no handshake": dict.fromkeys(HANDSHAKE, ""),
    "no key": {"Sec-WebSocket-Key": ""},
    "a key that is none": {"Sec-WebSocket-Key": "abc"},
    "a key in other letters": {"Sec-WebSocket-Key": "ключ".encode().decode("latin-1")},
    "another version": {"Sec-WebSocket-Version": "8"},
    "a host that is no name": {"Host": "a b"},
    "a host in other letters": {"Host": "\xe9\xe8"},
    "a host with a path": {"Host": "haja.example.org/ws"},
    "an unclosed bracket": {"Origin": "http://[::1"},
    "an origin with a path": {"Origin": "https://haja.example.org/"},
    "an origin that is none": {"Origin": "haja"},
    "rubbish as origin": {"Origin": "\xff\xfe://\xfd"},
}


@pytest.mark.parametrize("wrong", MALFORMED)
def test_a_malformed_handshake_is_a_bad_request(live: LiveServer, house: House, wrong: str) -> None:
    login = {"Authorization": f"Bearer {token_of(house.log_in())}"}
    headers = HANDSHAKE | login | MALFORMED[wrong]
    status, _, body = _call(live, {name: value for name, value in headers.items() if value})
    assert (status, body["type"]) == (400, "/docs/problems#bad_request")


def _send_raw(live: LiveServer, head: bytes) -> bytes:
    """The first line of the answer."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as raw:
        raw.sendall(head)
        return raw.makefile("rb").readline()


TWICE = {"Host": "haja.example.org", "Origin": DASHBOARD, "Authorization": "Bearer x.y.z"}


@pytest.mark.parametrize("name", TWICE)
def test_a_header_that_is_there_twice_is_a_bad_request(live: LiveServer, name: str) -> None:
    lines = [*HANDSHAKE.items(), *TWICE.items(), (name, TWICE[name])]
    head = "".join(f"{key}: {value}\r\n" for key, value in lines)
    assert b" 400 " in _send_raw(live, f"GET /ws HTTP/1.1\r\n{head}\r\n".encode())


def test_a_handshake_without_a_host_is_a_bad_request(live: LiveServer) -> None:
    head = "".join(f"{key}: {value}\r\n" for key, value in HANDSHAKE.items())
    assert b" 400 " in _send_raw(live, f"GET /ws HTTP/1.1\r\n{head}\r\n".encode())


def test_what_is_no_call_for_a_socket(live: LiveServer) -> None:
    assert _call(live, HANDSHAKE, "/")[0] == 404
    assert _call(live, {}, "/wss")[0] == 404
    status, headers, body = _call(live, HANDSHAKE, method="POST")
    assert (status, headers["Allow"], body["status"]) == (405, "GET", 405)


@pytest.mark.parametrize(
    "head", [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n", b"GET /ws\r\n\r\n", b"\0" * 100_000]
)
def test_what_is_no_http_gets_no_answer(live: LiveServer, head: bytes) -> None:
    with suppress(ConnectionError):  # cut while it is still sent
        assert b" 200 " not in _send_raw(live, head)
    assert _call(live, {}, "/healthz")[0] == 200
