"""Live messages with a real Redis: running, killed, frozen and missing."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from launcher.redis import RedisServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.realtime import redis_channel
from worker.adapters.realtime.redis_channel import CHANNEL, RedisChannel

NOBODY = "redis://:very-secret@127.0.0.1:1/0"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis", persistent=False) as server:
        yield server


@contextmanager
def _listening(url: str) -> Iterator[Callable[[], object]]:
    """Yields a function that waits for the next message on the channel."""
    client = redis.Redis.from_url(url)
    with client.pubsub() as subscription:  # type: ignore[no-untyped-call]
        subscription.subscribe(CHANNEL)
        assert subscription.get_message(timeout=10) is not None  # subscribed

        def heard() -> object:
            message = subscription.get_message(timeout=10)
            return json.loads(message["data"]) if message else None

        yield heard
    client.close()


def _seconds(call: Callable[[], None]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_listeners_receive_names_and_ids(server: RedisServer) -> None:
    channel = RedisChannel(make_settings(redis_url=server.url))
    with _listening(server.url) as heard:
        channel.publish("new_request", 7)
        channel.publish("stats")
        assert heard() == {"type": "new_request", "id": 7}
        assert heard() == {"type": "stats", "id": None}


def test_a_frozen_redis_costs_half_a_second_once(server: RedisServer) -> None:
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish("stats")
    server.pause()
    try:
        assert _seconds(lambda: channel.publish("stats")) < 10
        assert _seconds(lambda: channel.publish("stats")) < 0.45
    finally:
        server.resume()


def test_it_reconnects_to_a_restarted_redis(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_channel, "PAUSE_SECONDS", 0.05)
    channel = RedisChannel(make_settings(redis_url=server.url))
    channel.publish("stats")
    server.kill()
    channel.publish("stats")
    server.start()
    deadline = time.monotonic() + 20
    with _listening(server.url) as heard:
        channel.publish("new_request", 8)
        while (message := _ready(server.url, channel, heard)) is None:
            assert time.monotonic() < deadline
    assert message == {"type": "new_request", "id": 8}


def _ready(url: str, channel: RedisChannel, heard: Callable[[], object]) -> object:
    time.sleep(0.1)  # past the pause after the failure
    channel.publish("new_request", 8)
    return heard()


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
