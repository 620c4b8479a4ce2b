"""Counting in lots: no more than the limit, and seldom a question to the storage."""

import pytest
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tests.crowd import at_once
from web.quota import Quotas


class Counting(MovingWindowRateLimiter):
    asked = 0

    def hit(self, *arguments: object, **options: object) -> bool:
        self.asked += 1
        return super().hit(*arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def limiter() -> Counting:
    return Counting(MemoryStorage())


@pytest.mark.parametrize("amount", [1, 30, 399])
def test_small_limits_are_exact(limiter: Counting, amount: int) -> None:
    limit, quotas = parse(f"{amount} per hour"), [Quotas(lambda: limiter) for _ in range(2)]
    given = [quotas[n % 2].take(limit, "a") for n in range(amount + 5)]
    assert [quota is not None for quota in given] == [True] * amount + [False] * 5
    assert [quota.remaining for quota in given if quota] == list(range(amount))[::-1]


def test_large_limits_ask_seldom_and_never_give_more(limiter: Counting) -> None:
    limit, quotas = parse("2000 per hour"), Quotas(lambda: limiter)
    given = at_once(8, lambda _: sum(quotas.take(limit, "a") is not None for _ in range(250)))
    assert sum(given) == 2000
    assert limiter.asked <= 400
    assert quotas.take(limit, "a") is None


def test_what_lies_too_long_is_not_used(limiter: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.quota._KEPT_SECONDS", 0.0)
    limit, quotas = parse("1000 per hour"), Quotas(lambda: limiter)
    for _ in range(10):
        assert quotas.take(limit, "a")
    assert limiter.asked == 10


def test_callers_do_not_share(limiter: Counting) -> None:
    limit, quotas = parse("1 per hour"), Quotas(lambda: limiter)
    assert quotas.take(limit, "a") and quotas.take(limit, "b")
    assert quotas.take(limit, "a") is None
