"""Counting in lots: no more than the limit, and seldom a question to the storage."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tests.crowd import at_once
from web.http.quota import Quotas


class Counting(MovingWindowRateLimiter):
    asked = 0

    def hit(self, *arguments: object, **options: object) -> bool:
        self.asked += 1
        return super().hit(*arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def limiter() -> Counting:
    return Counting(MemoryStorage())


def quotas_of(limiter: Counting, storage: object = None) -> Quotas:
    """``storage`` is the one that is meant, where ``limiter`` has another one meanwhile."""
    return Quotas(cast("Any", SimpleNamespace(limiter=limiter, storage=storage or limiter.storage)))


@pytest.mark.parametrize("amount", [1, 30, 399])
def test_small_limits_are_exact(limiter: Counting, amount: int) -> None:
    limit, quotas = f"{amount} per hour", [quotas_of(limiter) for _ in range(2)]
    given = [quotas[n % 2].take(limit, "a", "api") for n in range(amount + 5)]
    assert [quota is not None for quota in given] == [True] * amount + [False] * 5
    assert [quota.remaining for quota in given if quota] == list(range(amount))[::-1]


def test_large_limits_ask_seldom_and_never_give_more(limiter: Counting) -> None:
    limit, quotas = "2000 per hour", quotas_of(limiter)
    given = at_once(
        8, lambda _: sum(quotas.take(limit, "a", "api") is not None for _ in range(250))
    )
    assert sum(given) == 2000
    assert limiter.asked <= 400
    assert quotas.take(limit, "a", "api") is None


def test_what_lies_too_long_is_not_used(limiter: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.http.quota._KEPT_SECONDS", 0.0)
    limit, quotas = "1000 per hour", quotas_of(limiter)
    for _ in range(10):
        assert quotas.take(limit, "a", "api")
    assert limiter.asked == 10


def test_callers_do_not_share(limiter: Counting) -> None:
    limit, quotas = "1 per hour", quotas_of(limiter)
    assert quotas.take(limit, "a", "api") and quotas.take(limit, "b", "api")
    assert quotas.take(limit, "a", "api") is None


def test_what_it_cannot_count_is_left_to_the_library(limiter: Counting) -> None:
    assert quotas_of(limiter).take("5 per minute; 100 per hour", "a", "api") is None
    away = quotas_of(limiter, storage=MemoryStorage())
    assert away.take("5 per minute", "a", "api") is None
    assert limiter.asked == 0


def test_one_caller_waits_for_a_storage_that_hangs(
    limiter: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not each of those who wait together; a moment later it is asked again."""
    now = 1000.0
    monkeypatch.setattr("web.http.quota.time.monotonic", lambda: now)
    quotas, asked = quotas_of(limiter), list[object]()

    def hang(*arguments: object, **_options: object) -> bool:
        asked.append(arguments)
        raise TimeoutError

    with monkeypatch.context() as away:
        away.setattr(limiter, "hit", hang)
        assert [quotas.take("300 per hour", f"caller {n}", "api") for n in range(9)] == [None] * 9
    assert len(asked) == 1
    now += 1.5
    assert quotas.take("300 per hour", "caller 1", "api") is not None
