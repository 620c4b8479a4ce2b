"""Counting calls: no more than the limit, and with a large one seldom a question to the storage."""

from typing import Any

import pytest
from limits.storage import MemoryStorage

from config.networks import network_of, reachable_host
from tests.crowd import at_once
from web.http.limits import RateLimiter
from web.http.problems import Problem


class Counting:
    """The strategy that the limiter uses, with a count of its questions."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.asked = inner, 0

    def hit(self, *arguments: Any, **options: Any) -> bool:
        self.asked += 1
        return bool(self.inner.hit(*arguments, **options))

    def get_window_stats(self, *arguments: Any) -> Any:
        return self.inner.get_window_stats(*arguments)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> MemoryStorage:
    """One that all limiters of the test share."""
    shared = MemoryStorage()
    monkeypatch.setattr("web.http.limits.storage_from_string", lambda *_, **__: shared)
    return shared


@pytest.fixture
def limiter(storage: MemoryStorage) -> RateLimiter:
    limiter = RateLimiter("memory://")
    limiter._shared = Counting(limiter._shared)  # type: ignore[assignment]
    return limiter


def _asked(limiter: RateLimiter) -> int:
    return int(limiter._shared.asked)  # type: ignore[attr-defined]


def _may(limiter: RateLimiter, limits: str, who: str = "a") -> bool:
    try:
        limiter.hit(limits, "api", who)
    except Problem as problem:
        return not (problem.status == 429 and int(problem.headers["Retry-After"]) >= 1)
    return True


@pytest.mark.parametrize("amount", [1, 30, 399])
def test_small_limits_are_exact(storage: MemoryStorage, amount: int) -> None:
    limiters = [RateLimiter("memory://") for _ in range(2)]
    given = [_may(limiters[n % 2], f"{amount} per hour") for n in range(amount + 5)]
    assert given == [True] * amount + [False] * 5


def test_large_limits_ask_seldom_and_never_give_more(limiter: RateLimiter) -> None:
    limits = "2000 per hour"
    given = at_once(8, lambda _: sum(_may(limiter, limits) for _ in range(250)))
    assert sum(given) == 2000
    assert _asked(limiter) <= 400
    assert not _may(limiter, limits)


def test_a_lot_is_used_for_a_moment_only(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.http.limits._KEPT_SECONDS", 0.0)
    assert all(_may(limiter, "1000 per hour") for _ in range(10))
    assert _asked(limiter) == 10


def test_callers_do_not_share(limiter: RateLimiter) -> None:
    limits = "1 per hour"
    assert [_may(limiter, limits, who) for who in ("a", "b", "a")] == [True, True, False]


def test_several_limits_count_at_once(limiter: RateLimiter) -> None:
    limits = "5 per minute; 7 per hour"
    assert [_may(limiter, limits) for _ in range(6)] == [True] * 5 + [False]


def test_several_large_limits_do_not_use_up_each_other(limiter: RateLimiter) -> None:
    limits = "600 per minute; 10000 per hour"
    assert sum(_may(limiter, limits) for _ in range(610)) == 600
    assert _asked(limiter) <= 100


def test_a_changed_limit_counts_at_once(limiter: RateLimiter) -> None:
    assert _may(limiter, "50000 per hour")
    assert [_may(limiter, "2 per hour") for _ in range(3)] == [True, True, False]


def test_one_caller_waits_for_a_storage_that_hangs(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not each of those who come meanwhile; they are counted here, and a moment later it is asked
    again."""
    now, asked = 1000.0, list[object]()
    monkeypatch.setattr("web.http.limits.time.monotonic", lambda: now)

    def hang(*arguments: object, **_options: object) -> bool:
        asked.append(arguments)
        raise TimeoutError

    with monkeypatch.context() as away:
        away.setattr(limiter._shared, "hit", hang)
        assert [_may(limiter, "3 per hour") for _ in range(5)] == [True] * 3 + [False] * 2
    assert len(asked) == 1
    now += 1.5
    assert _may(limiter, "3 per hour")
    assert _asked(limiter) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "127.0.0.1"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:80", "2001:db8::/64"),
        ("unknown", "unknown"),
        (None, "127.0.0.1"),
    ],
)
def test_callers_of_ipv6_count_by_their_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("bind", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8::1", "[2001:db8::1]"),
    ],
)
def test_where_a_listener_of_this_machine_is_reached(bind: str, host: str) -> None:
    assert reachable_host(bind) == host
