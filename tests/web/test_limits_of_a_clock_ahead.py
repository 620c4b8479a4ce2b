"""Limits that were counted while the clock was ahead hold nobody up once it is right."""

import time

import pytest
from redis import Redis

from config.settings import get_settings
from web.http import limits
from web.http.limits import RateLimiter
from web.http.problems import Problem

YEAR = 365 * 86400


@pytest.fixture(params=["shared", "alone"])
def limiter(request: pytest.FixtureRequest, redis: Redis) -> RateLimiter:
    limiter = RateLimiter(get_settings().redis_url)
    if request.param == "alone":
        limiter._away_until = time.monotonic() + 3600
    return limiter


def _may(limiter: RateLimiter, limit: str) -> bool:
    try:
        limiter.hit(limit, "login", "a")
    except Problem:
        return False
    return True


@pytest.mark.parametrize("before", [3, 2, 1])
@pytest.mark.parametrize("ahead", [60, YEAR])
def test_hits_from_the_future_are_forgotten(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch, before: int, ahead: int
) -> None:
    clock = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: clock() + ahead)
        assert all(_may(limiter, "3 per minute") for _ in range(before))
    given = [_may(limiter, "3 per minute") for _ in range(3 - before)]
    assert given == [True] * (3 - before)
    assert _may(limiter, "3 per minute")  # the oldest is from the future
    given = [_may(limiter, "3 per minute") for _ in range(3)]
    assert given == [True, True, False]  # and now it counts as ever


def test_hosts_a_little_apart_share_a_limit(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: clock() + limits._CLOCKS_APART - 2)
        assert all(_may(limiter, "3 per minute") for _ in range(3))
    assert not _may(limiter, "3 per minute")


def test_a_check_is_not_held_up_either(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: clock() + YEAR)
        assert all(_may(limiter, "3 per minute") for _ in range(3))
    limiter.check("3 per minute", "login", "a")
