"""gunicorn's worker with a lane that misbehaves on request."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.crowd import at_once
from tests.servers.laned_application import CLOSED
from tests.servers.web_server import serve

Ask = Callable[[str], Any]
COUNTED, FAILED = "haja.counted", "haja.failed"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    log = tmp_path_factory.mktemp("door") / "web.log"
    application = "tests.servers.laned_application:application"
    with serve(log, application, WEB_CONCURRENCY="1") as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def ask(port: int) -> Iterator[Ask]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def call(body: str, path: str = "/") -> Any:
        connection.request("POST", path, body)
        return json.loads(connection.getresponse().read())

    yield call
    connection.close()


def test_the_lane_answers_and_the_connection_goes_on(ask: Ask) -> None:
    assert [ask("hello") for _ in range(3)] == [{"lane": 1}] * 3


def test_a_path_that_the_lane_does_not_take(ask: Callable[..., Any]) -> None:
    assert ask("hello", CLOSED) == {"body": "hello"}
    assert ask("hello") == {"lane": 1}


def test_what_the_lane_steps_aside_for_arrives_whole(ask: Ask) -> None:
    assert ask("step aside") == {"body": "step aside"}
    assert ask("hello") == {"lane": 1}


def test_a_mistake_in_the_lane_is_told_and_tries_nothing_twice(ask: Ask) -> None:
    told = ask("mistake")
    assert told == {"body": "mistake", FAILED: "ValueError('a mistake in the lane')"}
    assert ask("hello") == {"lane": 1}


@pytest.mark.parametrize(
    ("pieces", "lanes"),
    [([b"", b"hello"], True), ([b"he", b"llo"], True), ([b"h", b"ell", b"o"], False)],
)
def test_head_and_body_may_come_apart(port: int, pieces: list[bytes], lanes: bool) -> None:
    """In two pieces as many programs send them; who is slower waits in a thread of gunicorn's."""
    pieces = [
        b"POST / HTTP/1.1\r\nHost: haja\r\nContent-Length: 5\r\n\r\n" + pieces[0],
        *pieces[1:],
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            wire.sendall(piece)
            time.sleep(0.2)
        assert json.loads(wire.recv(4096).partition(b"\r\n\r\n")[2]) == (
            {"lane": 1} if lanes else {"body": "hello"}
        )


def test_what_one_connection_suffered_says_nothing_of_the_next(port: int) -> None:
    connections = [HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(8)]

    def call(number: int) -> Any:
        connections[number].request("POST", "/", b"hello" if number else b"cut")
        return json.loads(connections[number].getresponse().read())

    for _ in range(20):
        first, *others = at_once(len(connections), call)
        assert FAILED not in first or first[FAILED] == "KeyError('cut')"
        assert all(one.get(FAILED, "KeyError('cut')") == "KeyError('cut')" for one in others)
    for connection in connections:
        connection.close()


def test_in_an_outage_nobody_waits_for_the_next_turn(port: int) -> None:
    connections = [HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(8)]

    def call(number: int) -> Any:
        if number:
            time.sleep(0.3)  # the first is being served, and takes a second
        connections[number].request("POST", "/", b"slow outage")
        return json.loads(connections[number].getresponse().read())

    first, *waited = at_once(len(connections), call)
    for connection in connections:
        connection.close()
    assert (COUNTED in first, first[FAILED]) == (True, "KeyError('first')")
    # Whoever came meanwhile was told of it and not tried.
    assert [one[FAILED] for one in waited] == ["KeyError('all')"] * 7
    assert not any(COUNTED in one for one in waited)
