"""The cache with a real Redis: running, stopped, frozen and missing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from launcher.redis import RedisServer
from tests.crowd import at_once
from tests.waiting import wait_for
from tests.worker.adapters.settings import make_settings
from worker.adapters.cache.redis_cache import RedisCache


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis", persistent=False) as server:
        yield server


def _cache(url: str) -> RedisCache:
    return RedisCache(make_settings(redis_url=url), pause_seconds=0.5)


def _seconds(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_an_entry_is_read_by_all_until_it_expires(server: RedisServer) -> None:
    one, other = _cache(server.url), _cache(server.url)
    assert one.get("a") is None
    one.put("a", b"1", seconds=60)
    assert other.get("a") == b"1"
    one.put("a", b"2", seconds=0.05)
    wait_for(lambda: other.get("a") is None, "the entry expires")


def test_of_many_callers_one_has_the_claim(server: RedisServer) -> None:
    caches = [_cache(server.url) for _ in range(8)]
    won = at_once(8, lambda number: caches[number].claim("a", seconds=60))
    assert sorted(won) == [False] * 7 + [True]


def _check_forgets(cache: RedisCache) -> None:
    cache.put("a", b"1", seconds=60)
    assert cache.get("a") is None
    assert cache.claim("a", seconds=60) is True


def test_without_redis_no_error_is_raised() -> None:
    cache = _cache("redis://:very-secret@127.0.0.1:1/0")
    assert _seconds(lambda: _check_forgets(cache)) < 10


def test_a_frozen_redis_costs_one_short_wait(server: RedisServer) -> None:
    cache = _cache(server.url)
    cache.put("a", b"1", seconds=60)
    server.pause()
    try:
        assert _seconds(lambda: cache.get("a")) < 10
        assert _seconds(lambda: _check_forgets(cache)) < 0.45
    finally:
        server.resume()
    wait_for(lambda: cache.get("a") == b"1", "the cache to come back")


def test_a_flushed_redis_is_an_empty_one(server: RedisServer) -> None:
    cache = _cache(server.url)
    cache.put("a", b"1", seconds=60)
    with Redis.from_url(server.url) as client:
        client.flushall()
    assert cache.get("a") is None
