"""Calls on their real way: a socket, the server of the Procfile, Flask, PostgreSQL."""

import json
import os
import select as sockets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from tests.conftest import Servers
from tests.crowd import at_once
from tests.servers.odd_headers import answers
from tests.servers.web_server import WebServer, serve
from tests.waiting import wait_for

PATH = "/api/requests"
JSON = {"Content-Type": "application/json"}
IMPATIENT = "tests.servers.impatient_web:application"
CROWDED = "tests.servers.impatient_web:crowded"

Opener = Callable[[], Session]


@pytest.fixture(scope="module")
def server(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    log = tmp_path_factory.mktemp("server") / "web.log"
    with serve(log, WEB_CONCURRENCY="1") as server:
        yield server


@pytest.fixture(autouse=True)
def database(committed: Opener) -> Opener:
    return committed


def _post(
    port: int, body: Any, headers: dict[str, str] | None = None, path: str = PATH
) -> tuple[HTTPResponse, Any]:
    """The answer to ``body`` as JSON, or to bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", path, data, headers or JSON)
        answer = connection.getresponse()
        return answer, json.loads(answer.read() or b"null")
    finally:
        connection.close()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _as_sent(body: Any, more: bytes = b"") -> bytes:
    """A call in the bytes that go over the wire."""
    data = json.dumps(body).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: haja\r\nContent-Type: application/json\r\n".encode()
    return head + more + b"Content-Length: %d\r\n\r\n" % len(data) + data


def _half(length: int = 100) -> bytes:
    """A call whose body never comes to its end."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: haja\r\nContent-Type: application/json\r\n"
    return f'{head}Content-Length: {length}\r\n\r\n{{"descr'.encode()


def _read_all(wire: socket.socket) -> bytes:
    return b"".join(iter(lambda: wire.recv(65536), b""))


def test_calls_on_one_connection_are_answered_in_order(server: WebServer) -> None:
    words = [f"고장 {number}" for number in range(5)]
    with _connect(server.port) as wire:
        wire.sendall(b"".join(_as_sent({"description": one}) for one in words))
        wire.sendall(_as_sent({"description": "끝"}, b"Connection: close\r\n"))
        received = _read_all(wire)
    bodies = [part.decode() for part in received.split(b"\r\n\r\n")[1:]]
    told = [json.JSONDecoder().raw_decode(body)[0]["description"] for body in bodies]
    assert told == [*words, "끝"]


def test_a_call_in_pieces_is_one_call(server: WebServer) -> None:
    data = _as_sent({"description": "물이 새요"}, b"Connection: close\r\n")
    with _connect(server.port) as wire:
        for start in range(0, len(data), 50):
            wire.sendall(data[start : start + 50])
        received = _read_all(wire)
    assert received.startswith(b"HTTP/1.1 201 ")


def test_callers_behind_a_proxy_are_told_apart_by_scheme_too(server: WebServer) -> None:
    for scheme, isolated in (("https", True), ("http", False)):
        headers = {**JSON, "X-Forwarded-Proto": scheme, "X-Forwarded-For": "198.51.100.1"}
        answer, _ = _post(server.port, {"description": "x"}, headers)
        assert (answer.getheader("Cross-Origin-Opener-Policy") is not None) is isolated


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("path", "status"), [(PATH, 413), ("/token", 413), ("/api/nothing", 404)])
def test_who_sends_too_much_reads_why(
    server: WebServer, path: str, status: int, chunked: bool
) -> None:
    """And meets no broken connection, though he is still sending when it is refused."""
    data = b" " * (10 * 1024 * 1024)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    if chunked:
        parts = (data[n : n + 65536] for n in range(0, len(data), 65536))
        connection.request("POST", path, parts, JSON, encode_chunked=True)
    else:
        connection.request("POST", path, data, JSON)
    answer = connection.getresponse()
    assert answer.status == status
    assert answer.getheader("Content-Type") in ("application/problem+json", "text/html")
    answer.read()
    connection.close()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_half_of_a_body_is_not_taken_for_the_whole(
    server: WebServer, database: Opener, kind: str
) -> None:
    body = b"description=gas+in+the+stairwell" if "form" in kind else b'{"description": "gas"}'
    for length in (b"Content-Length: 500", b"Transfer-Encoding: chunked"):
        data = body if b"500" in length else b"%x\r\n%s\r\n" % (len(body), body)
        with _connect(server.port) as wire:
            wire.sendall(
                b"POST %s HTTP/1.1\r\nHost: haja\r\nContent-Type: %s\r\n%s\r\n\r\n%s"
                % (PATH.encode(), kind.encode(), length, data)
            )
            wire.shutdown(socket.SHUT_WR)
            status = wire.recv(65536)[:12]
        # A JSON object tells by itself whether it is whole.
        whole = kind == "application/json" and b"chunked" in length
        assert status == (b"HTTP/1.1 201" if whole else status)
        assert whole or status[9:10] in (b"4", b"")
    with database() as session:
        taken = session.scalar(select(func.count()).select_from(MaintenanceRequest))
    assert taken == (1 if kind == "application/json" else 0)


def test_who_does_not_read_holds_up_nobody(server: WebServer) -> None:
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", server.port))
    deaf.settimeout(5)
    call = _as_sent({"description": "x" * 3000}, b"X-Forwarded-For: 198.51.100.9\r\n")
    try:
        for _ in range(3000):
            deaf.sendall(call)
    except OSError:  # nobody reads any more
        pass
    answer, _ = _post(server.port, {"description": "물이 새요"})
    assert answer.status == 201
    deaf.close()


def test_who_waits_for_a_key_waits_alone(server: WebServer, database: Opener) -> None:
    """Somebody else is writing the same key, and has not committed yet."""
    headers = {**JSON, "Idempotency-Key": "slow"}
    first, one = _post(server.port, {"description": "물이 새요"}, headers)
    others: list[int] = []
    with database() as holder:
        holder.execute(text("DELETE FROM timeline_entries"))
        holder.execute(text("DELETE FROM maintenance_requests"))

        def submit(number: int) -> tuple[int, int]:
            if not number:
                answer, body = _post(server.port, {"description": "물이 새요"}, headers)
                return answer.status, body["id"]
            answer, _ = _post(server.port, {"description": f"고장 {number}"})
            assert answer.status == 201
            others.append(number)
            if len(others) == 11:
                holder.commit()  # not before all others have been answered
            return answer.status, 0

        found = at_once(12, submit)
    assert first.status == 201
    assert found[0][0] == 201 and found[0][1] != one["id"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"BAD\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9_000 + b"\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 900_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 90_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ],
)
def test_heads_are_bounded(server: WebServer, head: bytes, status: int) -> None:
    with _connect(server.port) as wire:
        wire.sendall(head)
        assert wire.recv(65536)[9:12] == str(status).encode()


def test_a_stopping_server_answers_what_it_has_read(
    servers: Servers, tmp_path: Path, database: Opener
) -> None:
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database() as holder, database() as session:
        holder.execute(text("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE"))
        with serve(tmp_path / "web.log", WEB_CONCURRENCY="1") as server:
            wires = [_connect(server.port) for _ in range(20)]
            for number, wire in enumerate(wires):
                wire.sendall(_as_sent({"description": f"고장 {number}"}))
            wait_for(lambda: (session.scalar(waits) or 0) >= 20, "all submissions wait")
            Timer(1.0, holder.rollback).start()  # the server has been told to stop by then
        answered = [wire.recv(65536)[:12] for wire in wires]
        for wire in wires:
            wire.close()
        session.rollback()
        written = session.scalar(select(func.count()).select_from(MaintenanceRequest))
    assert answered == [b"HTTP/1.1 201"] * 20
    assert written == 20


def test_callers_who_fall_silent_are_closed_and_others_served(
    servers: Servers, tmp_path: Path
) -> None:
    """As many as there are threads: the server frees itself of them. Who waited meanwhile may have
    to call again, as the gateway does."""
    threads = 8
    settings = {"WEB_CONCURRENCY": "1", "WEB_THREADS": str(threads)}
    with serve(tmp_path / "web.log", IMPATIENT, **settings) as server, ExitStack() as open_:
        silent = [open_.enter_context(_connect(server.port)) for _ in range(threads)]
        for wire in silent:
            wire.sendall(_half())
        wait_for(lambda: _is_served(server), "another call is answered", seconds=120)
        for wire in silent:
            assert _closed(wire)
        assert server.count("callers_silent") == 1


def _is_served(server: WebServer) -> bool:
    try:
        return _post(server.port, {"description": "물이 새요"})[0].status == 201
    except ConnectionError:
        return False


def _closed(wire: socket.socket) -> bool:
    try:
        return not _read_all(wire).startswith(b"HTTP/1.1 2")
    except ConnectionError:
        return True


def test_a_body_that_trickles_is_refused(servers: Servers, tmp_path: Path) -> None:
    with (
        serve(tmp_path / "web.log", IMPATIENT, WEB_CONCURRENCY="1") as impatient,
        _connect(impatient.port) as wire,
    ):
        wire.sendall(_half(200_000))
        wire.settimeout(0.2)
        received = b""
        for _ in range(20):
            try:
                wire.sendall(b"x" * 9000)
                received += wire.recv(65536)
            except TimeoutError:
                continue
            if received:
                break
        wire.settimeout(60)
        received += b"".join(
            iter(lambda: wire.recv(65536), b"")
        )  # what comes in a packet of its own
        assert received.startswith(b"HTTP/1.1 408 ")
        assert b'"type":"/docs/problems#request_timeout"' in received


def test_large_bodies_are_few_at_once(servers: Servers, tmp_path: Path) -> None:
    large = _half(5_000_000).replace(b"application/json", b"multipart/form-data; boundary=b")
    with (
        serve(tmp_path / "web.log", CROWDED, WEB_CONCURRENCY="1") as server,
        ExitStack() as open_,
    ):
        wires = [open_.enter_context(_connect(server.port)) for _ in range(3)]
        for wire in wires:
            wire.sendall(large)
        (first, *_), *_ = sockets.select([*wires], [], [], 60)
        refused = first.recv(65536)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5" in refused.lower()
        answer, _ = _post(server.port, {"description": "물이 새요"})
        assert answer.status == 201


def test_an_exchange_of_its_processes_fails_no_call_that_was_read(
    servers: Servers, tmp_path: Path, database: Opener
) -> None:
    """The gateway sends the others again; here a client does, which met a closed connection."""
    ends, answers = [False], list[int]()

    def go_on(port: int) -> None:
        number = 0
        while not ends[0]:
            number += 1
            try:
                answers.append(_post(port, {"description": f"고장 {number}"})[0].status)
            except OSError:
                continue

    with serve(tmp_path / "web.log", WEB_CONCURRENCY="2") as server:
        callers = [Thread(target=go_on, args=(server.port,)) for _ in range(4)]
        for caller in callers:
            caller.start()
        before = server.count("web_process_ready")
        os.kill(server.pid, signal.SIGHUP)
        wait_for(
            lambda: server.count("web_process_ready") == before + 2, "both are new", seconds=90
        )
        done = len(answers)
        wait_for(lambda: len(answers) > done + 50, "the new ones answer")
        ends[0] = True
        for caller in callers:
            caller.join()
    assert set(answers) == {201}
    with database() as session:
        assert session.scalar(select(func.count()).select_from(MaintenanceRequest)) == len(answers)


def test_a_host_that_is_no_name_is_a_callers_mistake(server: WebServer) -> None:
    for sent, status, kind in answers(server.port):
        assert status < 500, sent
        # What is no HTTP the server refuses by itself, without a word.
        assert status != 400 or kind in ("application/problem+json", ""), sent
    assert server.count("Traceback") == 0
