"""The cached statistics: as of the last fold, whatever the cache does."""

import time
from collections.abc import Callable, Iterator

import orjson
import pytest
from redis import Redis
from sqlalchemy import event
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.database import get_engine
from models.queries.statistics import read_statistics
from models.services import statistics_cache
from models.services.statistics import fold_deltas, rebuild_counts
from models.services.statistics_cache import cache_statistics, read_cached_statistics
from tests.conftest import Servers
from tests.crowd import at_once
from tests.factories import RequestFactory, using
from worker.adapters.cache.redis_cache import RedisCache

Opener = Callable[[], Session]


@pytest.fixture
def cache(redis: Redis) -> RedisCache:
    return RedisCache(get_settings(), pause_seconds=0.2)


@pytest.fixture
def session(committed: Opener) -> Iterator[Session]:
    with committed() as session, using(session):
        yield session


@pytest.fixture
def readings(session: Session) -> Iterator[list[str]]:
    """One entry for each time that the numbers were read from the database."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM statistic_counts" in statement:
            seen.append(statement)

    event.listen(get_engine(), "before_cursor_execute", note)
    yield seen
    event.remove(get_engine(), "before_cursor_execute", note)


def _submit(session: Session) -> None:
    RequestFactory()
    session.commit()


def _fold(session: Session, cache: RedisCache | None = None) -> None:
    """What a statistics task does; without ``cache``, as if the cache could not be reached."""
    fold_deltas(session)
    session.commit()
    if cache:
        cache_statistics(session, cache)
        session.commit()


def _total(session: Session, cache: RedisCache) -> int:
    total = read_cached_statistics(session, cache).total
    session.rollback()
    return total


def test_before_the_first_fold_the_numbers_are_read(session: Session, cache: RedisCache) -> None:
    for wanted in (1, 2):
        _submit(session)
        assert _total(session, cache) == wanted


def test_after_a_fold_the_numbers_come_from_the_cache(
    session: Session, cache: RedisCache, readings: list[str]
) -> None:
    _submit(session)
    _fold(session, cache)
    readings.clear()
    cached = [read_cached_statistics(session, cache) for _ in range(5)]
    assert not readings
    fresh = read_statistics(session)
    assert cached[0].as_dict() == fresh.as_dict()
    assert len({one.computed_at for one in cached}) == 1
    assert cached[0].computed_at <= fresh.computed_at
    assert cached[0].computed_at.utcoffset() is not None


@pytest.mark.parametrize("effect", [fold_deltas, rebuild_counts])
def test_numbers_are_new_although_the_fold_could_not_reach_the_cache(
    session: Session, cache: RedisCache, effect: Callable[[Session], object]
) -> None:
    _submit(session)
    _fold(session, cache)
    _submit(session)
    effect(session)
    session.commit()
    assert _total(session, cache) == 2


def test_a_late_write_to_the_cache_does_not_bring_old_numbers_back(
    session: Session, cache: RedisCache
) -> None:
    _submit(session)
    _fold(session, cache)
    old = cache.get("statistics")
    assert old is not None
    _submit(session)
    _fold(session, cache)
    cache.put("statistics", old, seconds=60)
    assert _total(session, cache) == 2


def test_the_numbers_are_cached_for_five_minutes(
    session: Session, cache: RedisCache, redis: Redis
) -> None:
    _fold(session, cache)
    seconds = redis.ttl("haja:cache:statistics")
    assert 290 < seconds <= 300


@pytest.mark.parametrize(
    "invalid", [b"", b"{", b"[]", b"null", b'{"stamp": 1}', b'{"total": "x"}', b"\xff\x00"]
)
def test_an_invalid_cache_entry_is_replaced(
    session: Session, cache: RedisCache, invalid: bytes
) -> None:
    _submit(session)
    _fold(session, cache)
    good = orjson.loads(cache.get("statistics") or b"")
    cache.put("statistics", invalid, seconds=60)
    assert _total(session, cache) == 1
    assert orjson.loads(cache.get("statistics") or b"")["stamp"] == good["stamp"]


def test_an_invalid_cache_entry_with_the_right_stamp(session: Session, cache: RedisCache) -> None:
    _submit(session)
    _fold(session, cache)
    good = orjson.loads(cache.get("statistics") or b"")
    cache.put("statistics", orjson.dumps({**good, "by_day": 7}), seconds=60)
    assert _total(session, cache) == 1


def test_redis_flushed_stopped_and_frozen(
    session: Session, cache: RedisCache, redis: Redis, servers: Servers
) -> None:
    _submit(session)
    _fold(session, cache)
    redis.flushall()
    assert _total(session, cache) == 1
    servers.redis.pause()
    try:
        _check_quick(session, cache, 1)
        _submit(session)
        _fold(session, cache)
        _check_quick(session, cache, 2)
    finally:
        servers.redis.resume()
    servers.redis.stop()
    try:
        _check_quick(session, cache, 2)
        _submit(session)
        _fold(session, cache)
        _check_quick(session, cache, 3)
    finally:
        servers.redis.start()
    time.sleep(0.2)  # past the pause after the failure
    assert _total(session, cache) == 3


def _check_quick(session: Session, cache: RedisCache, wanted: int) -> None:
    """The numbers are right, and an outage costs one short wait instead of one per call."""
    started = time.monotonic()
    assert [_total(session, cache) for _ in range(10)] == [wanted] * 10
    assert time.monotonic() - started < 3


def test_no_stampede_when_the_cache_is_emptied_under_load(
    committed: Opener, session: Session, cache: RedisCache, redis: Redis, readings: list[str]
) -> None:
    _submit(session)
    _fold(session, cache)
    for _ in range(5):
        redis.flushall()
        readings.clear()
        assert at_once(24, lambda _number: _ask(committed, cache)) == [1] * 24
        # One caller claims and reads. If the machine is stalled for longer than the wait, a few do.
        assert 1 <= len(readings) <= 4


def _ask(committed: Opener, cache: RedisCache) -> int:
    with committed() as session:
        return _total(session, cache)


def test_a_caller_that_waits_too_long_reads_itself(
    session: Session, cache: RedisCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics_cache, "WAIT_SECONDS", 0.05)
    _submit(session)
    _fold(session)
    stamp = statistics_cache._read_stamp(session)
    cache.claim(f"statistics:{stamp}", seconds=60)
    assert _total(session, cache) == 1
