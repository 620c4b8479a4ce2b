"""Live messages into a real Redis, one that dies, one that freezes and one that never was."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from launcher.redis import RedisServer
from tests.waiting import wait_for
from tests.worker.adapters.settings import make_settings
from worker.adapters.realtime import redis_channel
from worker.adapters.realtime.redis_channel import KEPT, STREAM, RedisChannel

NOBODY = "redis://:very-secret@127.0.0.1:1/0"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis", persistent=False) as server:
        yield server


def _written(server: RedisServer) -> list[tuple[str, str]]:
    """Type and id of each entry."""
    with Redis.from_url(server.url, decode_responses=True) as client:
        return [(entry["type"], entry["id"]) for _, entry in client.xrange(STREAM)]


def _seconds(call: Callable[[], None]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_names_and_ids_are_written_in_order(server: RedisServer) -> None:
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish("new_request", 7)
    channel.publish_each("request_updated", [9, 8])
    channel.publish_each("request_updated", [])
    channel.publish("stats")
    told = [("new_request", "7"), ("request_updated", "9"), ("request_updated", "8")]
    assert _written(server) == [*told, ("stats", "")]


def test_the_stream_is_bounded(server: RedisServer) -> None:
    """Redis cuts where it is cheap: in blocks of a hundred."""
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish_each("new_request", range(3 * KEPT))
    ids = [int(number) for _, number in _written(server)]
    assert KEPT <= len(ids) <= KEPT + 100
    assert ids == list(range(3 * KEPT))[-len(ids) :]


def test_a_frozen_redis_costs_half_a_second_once(server: RedisServer) -> None:
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish("stats")
    server.pause()
    try:
        assert _seconds(lambda: channel.publish("stats")) < 10
        assert _seconds(lambda: channel.publish("stats")) < 0.45
    finally:
        server.resume()


def test_what_was_lost_is_told_when_redis_is_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_channel, "PAUSE_SECONDS", 0.05)
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish("stats")
    server.kill()
    channel.publish("new_request", 7)
    server.start()

    def writes() -> bool:
        channel.publish("new_request", 8)
        return bool(_written(server))

    wait_for(writes, "the channel finds the Redis that came back")
    channel.publish("stats")
    assert _written(server) == [("reload", ""), ("new_request", "8"), ("stats", "")]


def test_an_unreachable_redis_is_logged_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = RedisChannel(make_settings(redis_url=NOBODY))
    with caplog.at_level(logging.WARNING):
        for _ in range(1000):
            channel.publish("request_updated", 3)
    assert [record.message for record in caplog.records] == ["live_publish_failed"]
    assert vars(caplog.records[0])["kind"] == "request_updated"
    assert "very-secret" not in caplog.text


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        channel = RedisChannel(make_settings(redis_url=url))
        assert _seconds(lambda: channel.publish("stats")) < 10
