"""Plain submissions on their real way: a socket, gunicorn's worker, the lane, PostgreSQL."""

import json
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.run import Run
from tests.conftest import Servers
from tests.crowd import at_once
from tests.servers.web_server import serve
from tests.waiting import wait_for

PATH = "/api/requests"
JSON = {"Content-Type": "application/json"}
# In words that the lane leaves to Flask.
FLASKS = {**JSON, "Accept": "application/json;q=0.9"}
OWN = {"id", "reference", "created_at", "updated_at", "status_url"}
CHANGING = {"x-process-time", "x-request-id", "location", "date"}
CHANGING |= {"x-ratelimit-remaining", "x-ratelimit-reset", "content-length"}

Connect = Callable[[], HTTPConnection]


@pytest.fixture(scope="module")
def port(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One process, so that whoever comes meets the same clerk."""
    log = tmp_path_factory.mktemp("front_door") / "web.log"
    # A limit below which each call is counted by itself.
    limit = {"INTAKE_RATE_LIMIT": "399 per minute"}
    with serve(log, WEB_CONCURRENCY="1", TRUSTED_PROXIES="1", **limit) as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def connect(port: int) -> Iterator[Connect]:
    """Opens connections that stay open for the next call."""
    opened: list[HTTPConnection] = []

    def make() -> HTTPConnection:
        opened.append(HTTPConnection("127.0.0.1", port, timeout=60))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


@pytest.fixture(autouse=True)
def database(committed: Callable[[], Session]) -> Callable[[], Session]:
    return committed


def post(
    connection: HTTPConnection, body: Any, headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, Any]:
    """The answer to ``body`` as JSON, or to bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", PATH, data, JSON if headers is None else headers)
    answer = connection.getresponse()
    return answer, json.loads(answer.read() or b"null")


def as_sent(body: Any, more: bytes = b"") -> bytes:
    """A plain call in the bytes that go over the wire."""
    data = json.dumps(body).encode()
    head = b"POST %s HTTP/1.1\r\nHost: haja\r\nContent-Type: application/json\r\n%s" % (
        PATH.encode(),
        more,
    )
    return head + b"Content-Length: %d\r\n\r\n" % len(data) + data


def headers_of(answer: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.getheaders()}


def test_the_front_door_and_flask_answer_alike(connect: Connect) -> None:
    connection = connect()
    body = {"description": "가스 냄새가 나요", "location": "B동 302호", "contact_info": "a@b.kr"}
    lane, ours = post(connection, body, JSON)
    flask, theirs = post(connection, body, FLASKS)
    assert (lane.status, lane.reason, lane.version) == (flask.status, flask.reason, flask.version)
    assert ours.keys() == theirs.keys()
    assert {n: ours[n] for n in ours.keys() - OWN} == {n: theirs[n] for n in theirs.keys() - OWN}
    first, second = headers_of(lane), headers_of(flask)
    assert first.keys() == second.keys()
    for name in first.keys() - CHANGING:
        assert first[name] == second[name], name


def test_calls_that_come_together_are_written_together(
    connect: Connect, database: Callable[[], Session]
) -> None:
    connections = [connect() for _ in range(24)]

    def submit(number: int) -> tuple[int, str]:
        answer, body = post(connections[number], {"description": f"고장 {number}"})
        assert answer.status == 201
        return body["id"], body["description"]

    answered = at_once(24, submit)
    assert sorted(words for _, words in answered) == sorted(f"고장 {n}" for n in range(24))
    with database() as session:
        written = session.execute(
            select(MaintenanceRequest.id, MaintenanceRequest.description)
        ).all()
        assert sorted((row.id, row.description) for row in written) == sorted(answered)
        assert session.scalar(select(func.count()).select_from(Run)) == 24
        transactions = session.scalar(
            text("SELECT count(DISTINCT xmin::text) FROM maintenance_requests")
        )
    assert 1 <= int(transactions or 0) < 24


def test_a_row_of_calls_on_one_connection_is_answered_in_order(port: int) -> None:
    words = [f"고장 {number}" for number in range(5)]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(b"".join(as_sent({"description": one}) for one in words))
        wire.sendall(as_sent({"description": "끝"}, b"Connection: close\r\n"))
        received = b"".join(iter(lambda: wire.recv(65536), b""))
    bodies = [part.decode() for part in received.split(b"\r\n\r\n")[1:]]
    told = [json.JSONDecoder().raw_decode(body)[0]["description"] for body in bodies]
    assert told == [*words, "끝"]
    assert received.count(b"Connection: keep-alive\r\n") == 5


def test_a_call_in_pieces_is_one_call(port: int) -> None:
    data = as_sent({"description": "물이 새요"}, b"Connection: close\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        for start in range(0, len(data), 50):
            wire.sendall(data[start : start + 50])
        received = b"".join(iter(lambda: wire.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 201 CREATED\r\n")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"description": "x"', JSON, 400),
        (b"\xff", JSON, 400),
        (b'{"description": ""}', JSON, 422),
        (b'{"description": "x"}', {**JSON, "Idempotency-Key": "k" * 256}, 422),
        (b'{"description": "x"}', {**JSON, "Authorization": "Bearer broken"}, 401),
        (b'{"description": "x"}', {"Content-Type": "text/plain"}, 415),
        (b"description=x", {"Content-Type": "application/x-www-form-urlencoded"}, 201),
    ],
)
def test_what_the_lane_does_not_take_arrives_whole(
    connect: Connect, body: bytes, headers: dict[str, str], status: int
) -> None:
    connection = connect()
    for _ in range(2):
        answer, _ = post(connection, body, headers)
        assert answer.status == status
    plain, _ = post(connection, {"description": "그 다음"})
    assert plain.status == 201


def test_a_key_is_remembered_whoever_answers(connect: Connect) -> None:
    connection = connect()
    headers = {**JSON, "Idempotency-Key": "front-door"}
    first, one = post(connection, {"description": "물이 새요"}, headers)
    again, two = post(connection, {"description": "물이 새요"}, headers)
    other, _ = post(connection, {"description": "불이 났어요"}, headers)
    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert one == two
    assert (first.getheader("Idempotent-Replayed"), again.getheader("Idempotent-Replayed")) == (
        None,
        "true",
    )
    left = [int(answer.getheader("X-RateLimit-Remaining") or 0) for answer in (first, again)]
    assert left[0] - left[1] == 1, "the repeated call counted twice, on both roads"


def test_callers_behind_a_proxy_are_told_apart(connect: Connect) -> None:
    connection = connect()

    def left(address: str) -> int:
        headers = {**JSON, "X-Forwarded-For": f"203.0.113.9, {address}"}
        answer, _ = post(connection, {"description": "x"}, headers)
        return int(answer.getheader("X-RateLimit-Remaining") or 0)

    one, other, again = left("198.51.100.1"), left("198.51.100.2"), left("198.51.100.1")
    assert (one, again) == (other, one - 1)


@pytest.mark.parametrize(("scheme", "isolated"), [("https", True), ("http", False)])
def test_the_proxys_word_for_the_scheme_counts(
    connect: Connect, scheme: str, isolated: bool
) -> None:
    answer, _ = post(connect(), {"description": "x"}, {**JSON, "X-Forwarded-Proto": scheme})
    assert (answer.getheader("Cross-Origin-Opener-Policy") is not None) is isolated


def test_who_does_not_read_holds_up_nobody(port: int, connect: Connect) -> None:
    """Answers fill the caller's side and then ours: one thread waits a while for that caller."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    deaf.settimeout(5)
    call = as_sent({"description": "x" * 3000}, b"X-Forwarded-For: 198.51.100.9\r\n")
    try:
        for _ in range(3000):
            deaf.sendall(call)
    except OSError:  # closed, or nobody reads any more
        pass
    answer, _ = post(connect(), {"description": "물이 새요"})
    assert answer.status == 201
    deaf.close()


@pytest.mark.parametrize(
    "ending", [b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close", b"BAD"]
)
def test_who_keeps_the_line_open_holds_up_nobody(
    port: int, connect: Connect, ending: bytes
) -> None:
    """Each of them would be two seconds in which nobody else is served."""
    wires = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(30)]
    for wire in wires:
        wire.sendall(ending + b"\r\n\r\n")
    for wire in wires:
        assert wire.recv(65536).startswith(b"HTTP/1.1 ")
    connection = connect()
    connection.timeout = 20
    answer, _ = post(connection, {"description": "물이 새요"})
    assert answer.status == 201
    for wire in wires:
        while wire.recv(65536):
            pass  # closed in its time, though we never close
        wire.close()


@pytest.mark.parametrize("more", [b"\r\n", b"GET /healthz HTTP/1.1\r\n"])
def test_what_is_sent_after_the_end_cuts_no_answer_off(port: int, more: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(as_sent({"description": "끝"}, b"Connection: close\r\n") + more)
        received = b"".join(iter(lambda: wire.recv(65536), b""))  # raises if it was reset
    assert received.startswith(b"HTTP/1.1 201 ")


def test_who_waits_for_a_key_waits_alone(connect: Connect, database: Callable[[], Session]) -> None:
    """Somebody is writing the same key, and takes his time: his photos are large."""
    headers = {**JSON, "Idempotency-Key": "slow"}
    first, one = post(connect(), {"description": "물이 새요"}, headers)
    with database() as holder:
        holder.execute(text("DELETE FROM timeline_entries"))
        holder.execute(text("DELETE FROM maintenance_requests"))
        connections = [connect() for _ in range(12)]

        def submit(number: int) -> tuple[int, int]:
            if not number:
                answer, body = post(connections[0], {"description": "물이 새요"}, headers)
                return answer.status, body["id"]
            answer, _ = post(connections[number], {"description": f"고장 {number}"})
            assert answer.status == 201
            others.append(number)
            if len(others) == 11:
                holder.commit()  # not before all others have been answered
            return answer.status, 0

        others: list[int] = []
        found = at_once(len(connections), submit)
    assert first.status == 201
    assert found[0][0] == 201 and found[0][1] != one["id"]


@pytest.mark.parametrize("size", [4200, 9000])
def test_a_long_head_is_gunicorns_to_judge(connect: Connect, size: int) -> None:
    connection = connect()
    connection.request("POST", PATH, b'{"description": "x"}', {**JSON, "X-Long": "x" * size})
    assert connection.getresponse().status == (201 if size < 8190 else 431)


def test_a_stopping_worker_answers_what_it_has_read(
    servers: Servers, tmp_path: Path, database: Callable[[], Session]
) -> None:
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database() as holder, database() as session:
        holder.execute(text("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE"))
        with serve(tmp_path / "web.log", WEB_CONCURRENCY="1") as address:
            port = int(address.rpartition(":")[2])
            wires = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(20)]
            for number, wire in enumerate(wires):
                wire.sendall(as_sent({"description": f"고장 {number}"}))
            wait_for(lambda: session.scalar(waits), "a submission waits")
            Timer(1.0, holder.rollback).start()  # the server has been told to stop by then
        answered = [wire.recv(65536)[:12] for wire in wires]
        for wire in wires:
            wire.close()
        session.rollback()
        written = session.scalar(select(func.count()).select_from(MaintenanceRequest))
    assert answered == [b"HTTP/1.1 201"] * 20
    assert written == 20
