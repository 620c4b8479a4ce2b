"""Counting calls in lots, so that most need no question to Redis."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from limits import RateLimitItem
from limits.strategies import RateLimiter

# A lot is at most this share of the limit: so much a process may take and leave unused.
_SHARE = 200
_LARGEST_LOT = 100
_KEPT_SECONDS = 1.0
_CALLERS_KEPT = 10_000


@dataclass(slots=True)
class Quota:
    """What is left of a lot. ``remaining`` and ``reset`` (seconds since 1970) are the window's."""

    left: int
    remaining: int
    reset: float
    until: float


class Quotas:
    """Takes hits from a limiter for one caller after the other.

    With a limit of less than 400 each hit is counted by itself, and exactly.
    """

    def __init__(self, limiter: Callable[[], RateLimiter]) -> None:
        self._limiter = limiter
        self._kept: dict[tuple[str, ...], Quota] = {}
        self._lock = Lock()

    def take(self, limit: RateLimitItem, *caller: str) -> Quota | None:
        """One hit; None if the limit is reached, and nothing was counted.

        Raises whatever the limiter's storage raises.
        """
        now = time.monotonic()
        with self._lock:
            quota = self._kept.get(caller)
            if quota and quota.left and now < quota.until:
                return self._use(quota)
        quota = self._fetch(limit, caller, now)
        if quota is None:
            return None
        with self._lock:
            if len(self._kept) > _CALLERS_KEPT:
                self._kept.clear()
            if (other := self._kept.get(caller)) and now < other.until:
                quota.left += other.left  # another thread's lot, taken meanwhile
            if quota.left > 1:
                self._kept[caller] = quota
            return self._use(quota)

    def _use(self, quota: Quota) -> Quota:
        quota.left -= 1
        return Quota(0, quota.remaining + quota.left, quota.reset, 0.0)

    def _fetch(self, limit: RateLimitItem, caller: tuple[str, ...], now: float) -> Quota | None:
        limiter = self._limiter()
        for lot in sorted({max(1, min(_LARGEST_LOT, limit.amount // _SHARE)), 1}, reverse=True):
            if limiter.hit(limit, *caller, cost=lot):
                stats = limiter.get_window_stats(limit, *caller)
                until = now + min(_KEPT_SECONDS, limit.get_expiry() / 10)
                return Quota(lot, stats.remaining, stats.reset_time, until)
        return None


def quota_headers(limit: RateLimitItem, quota: Quota) -> list[tuple[str, str]]:
    """What an answer says about the caller's place in the limit, as Flask-Limiter says it."""
    return [
        ("X-RateLimit-Limit", str(limit.amount)),
        ("X-RateLimit-Remaining", str(quota.remaining)),
        ("X-RateLimit-Reset", str(int(quota.reset + 1))),
    ]
