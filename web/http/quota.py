"""Counting calls in lots, so that most need no question to Redis.

It knows success only: what cannot be had this way (the limit is reached, several limits count at
once, Redis is away) is for Flask-Limiter to answer, which counts under the same keys.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from flask_limiter import Limiter
from limits import RateLimitItem, parse_many

# A lot is at most this share of the limit: so much a process may take and leave unused.
_SHARE = 200
_LARGEST_LOT = 100
_KEPT_SECONDS = 1.0
_CALLERS_KEPT = 10_000
PREFIX = "haja"  # of the keys


@dataclass(slots=True)
class Quota:
    """What is left of a lot. ``remaining`` and ``reset`` (seconds since 1970) are the window's."""

    limit: RateLimitItem
    left: int
    remaining: int
    reset: float
    until: float

    def headers(self) -> list[tuple[str, str]]:
        """What an answer says about the caller's place in the limit, as Flask-Limiter says it."""
        return [
            ("X-RateLimit-Limit", str(self.limit.amount)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(int(self.reset + 1))),
        ]


class Quotas:
    """Takes hits from ``limiter`` for one caller after the other.

    With a limit of less than 400 each hit is counted by itself, and exactly.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._kept: dict[tuple[str, ...], Quota] = {}
        self._away_until = 0.0
        self._lock = Lock()

    def take(self, limits: str, caller: str, scope: str) -> Quota | None:
        """One hit against ``limits`` as they stand in the settings; None if there is none to have,
        and then nothing was counted."""
        limit, limiter = only_limit(limits), self._limiter
        if limit is None or limiter.limiter.storage is not limiter.storage:  # Redis is away
            return None
        if time.monotonic() < self._away_until:
            return None
        try:
            return self._take(limit, PREFIX, caller, scope)
        except Exception:  # noqa: BLE001 - whatever the storage raises: the library will meet it too
            # One caller waits for a Redis that hangs, not each of those who wait together.
            self._away_until = time.monotonic() + _KEPT_SECONDS
            return None

    def _take(self, limit: RateLimitItem, *caller: str) -> Quota | None:
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
        return Quota(quota.limit, 0, quota.remaining + quota.left, quota.reset, 0.0)

    def _fetch(self, limit: RateLimitItem, caller: tuple[str, ...], now: float) -> Quota | None:
        limiter = self._limiter.limiter
        for lot in sorted({max(1, min(_LARGEST_LOT, limit.amount // _SHARE)), 1}, reverse=True):
            if limiter.hit(limit, *caller, cost=lot):
                stats = limiter.get_window_stats(limit, *caller)
                until = now + min(_KEPT_SECONDS, limit.get_expiry() / 10)
                return Quota(limit, lot, stats.remaining, stats.reset_time, until)
        return None


@lru_cache(maxsize=16)
def only_limit(limits: str) -> RateLimitItem | None:
    """None where several limits count at once."""
    parsed = parse_many(limits)
    return parsed[0] if len(parsed) == 1 else None
