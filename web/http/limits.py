"""How often one caller may call: which limit each call counts against stands in ``access``.

Redis counts for all web processes. A Redis that is away or hangs costs one call 0.2 s; then each
process counts in its own memory for a while: nobody is refused for it.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from config.redis_tls import redis_tls
from config.settings import Settings, get_settings
from web.http.access import ACCESS, Limit
from web.http.caller import caller
from web.http.device import find_device
from web.http.problems import Problem

log = structlog.get_logger()

PREFIX = "haja"  # of the keys in a Redis that others may use
LOGIN_LIMIT = "30 per minute"
ACCOUNT_LINK_LIMIT = "20 per minute"
TYPING_LIMIT = "240 per minute"  # a page asks at most 40 times, and a house may share an address

# With a large limit a process takes several hits at once, at most this share of the limit: so much
# it may take and leave unused. Below 120 each hit is counted by itself, and exactly.
_SHARE = 60
_LARGEST_LOT = 100
_KEPT_SECONDS = 1.0
_CALLERS_KEPT = 10_000
_CLOCKS_APART = 5.0  # seconds, of hosts whose clocks are right
_STORAGE_OPTIONS: dict[str, Any] = {
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "protocol": 2,
}


@dataclass(slots=True)
class Lot:
    """Hits that were counted and not used yet. ``remaining`` and ``reset`` (seconds since 1970) are
    the window's as they were then."""

    limit: RateLimitItem
    left: int
    remaining: int
    reset: float
    until: float


class RateLimiter:
    """Counts hits by caller and scope in ``storage`` (an address, as for Redis)."""

    def __init__(self, storage: str, **options: Any) -> None:
        shared = storage_from_string(storage, **{**_STORAGE_OPTIONS, **options})
        self._shared = MovingWindowRateLimiter(shared)
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0
        self._lots: dict[tuple[RateLimitItem, str, str], Lot] = {}
        self._lock = Lock()

    def hit(self, limits: str, scope: str, who: str) -> list[tuple[str, str]]:
        """Count one call; returns what the answer says about the caller's place in the limit.

        Raises:
            Problem: 429, the limit is reached.
        """
        headers: list[tuple[str, str]] = []
        for limit in parse_limits(limits):
            headers = self._hit_lot(limit, scope, who) or self._hit_one(limit, scope, who)
        return headers

    def check(self, limits: str, scope: str, who: str) -> None:
        """Whether one more call would be taken; counts nothing.

        Raises:
            Problem: 429, the limit is reached.
        """
        for limit in parse_limits(limits):
            if not self._ask(lambda limiter: limiter.test(limit, PREFIX, who, scope)):  # noqa: B023 - called at once
                self._refuse_unless_ahead(limit, scope, who)

    def _hit_one(self, limit: RateLimitItem, scope: str, who: str) -> list[tuple[str, str]]:
        if not self._ask(lambda limiter: limiter.hit(limit, PREFIX, who, scope)):
            self._refuse_unless_ahead(limit, scope, who)
            self._ask(lambda limiter: limiter.hit(limit, PREFIX, who, scope))
        return [("X-RateLimit-Limit", str(limit.amount))]

    def _refuse_unless_ahead(self, limit: RateLimitItem, scope: str, who: str) -> None:
        """Raises Problem (429). Hits from the future come of a clock that was ahead and was put
        right; they would count for as long as it was ahead, so the caller begins anew."""
        window = self._ask(lambda limiter: limiter.get_window_stats(limit, PREFIX, who, scope))
        if window.reset_time <= time.time() + limit.get_expiry() + _CLOCKS_APART:
            raise _refused(limit, window.reset_time)
        log.warning("limit_from_the_future", seconds=int(window.reset_time - time.time()))
        self._ask(lambda limiter: limiter.clear(limit, PREFIX, who, scope))

    def _hit_lot(self, limit: RateLimitItem, scope: str, who: str) -> list[tuple[str, str]]:
        """From a lot; empty if the limit is too small for lots, or nearly used up."""
        size = min(_LARGEST_LOT, limit.amount // _SHARE)
        if size < 2:
            return []
        now, key = time.monotonic(), (limit, scope, who)
        with self._lock:
            lot = self._lots.get(key)
            if lot is not None and lot.left and now < lot.until:
                return _use(lot)
        if not self._ask(lambda limiter: limiter.hit(limit, PREFIX, who, scope, cost=size)):
            return []
        window = self._ask(lambda limiter: limiter.get_window_stats(limit, PREFIX, who, scope))
        until = now + min(_KEPT_SECONDS, limit.get_expiry() / 10)
        lot = Lot(limit, size, window.remaining, window.reset_time, until)
        with self._lock:
            if len(self._lots) > _CALLERS_KEPT:
                self._lots.clear()
            other = self._lots.get(key)
            if other and now < other.until:
                lot.left += other.left  # another thread's lot, taken meanwhile
            self._lots[key] = lot
            return _use(lot)

    def _ask(self, question: Any) -> Any:
        """Redis, or this process's own memory while Redis is away."""
        if time.monotonic() >= self._away_until:
            try:
                return question(self._shared)
            except Exception:  # noqa: BLE001 - whatever the client raises: it is away
                # One caller waits for a Redis that hangs, not each of those who come meanwhile.
                self._away_until = time.monotonic() + _KEPT_SECONDS
        return question(self._alone)


def _use(lot: Lot) -> list[tuple[str, str]]:
    lot.left -= 1
    return _headers(lot.limit, lot.remaining + lot.left, lot.reset)


def _headers(limit: RateLimitItem, remaining: int, reset: float) -> list[tuple[str, str]]:
    return [
        ("X-RateLimit-Limit", str(limit.amount)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(int(reset + 1))),
    ]


def _refused(limit: RateLimitItem, reset: float) -> Problem:
    seconds = max(1, int(reset - time.time()) + 1)
    headers = {"Retry-After": str(seconds), **dict(_headers(limit, 0, reset))}
    return Problem(429, "rate_limited", headers=headers)


@lru_cache(maxsize=16)
def parse_limits(limits: str) -> tuple[RateLimitItem, ...]:
    return tuple(parse_many(limits))


def init_limits(app: Flask, settings: Settings) -> None:
    app.extensions["haja.limiter"] = RateLimiter(settings.redis_url, **redis_tls(settings))


def count_call() -> None:
    """Count this call against the limit of its endpoint, if it has one. A login that is over it
    is left to ``web.http.passwords``.

    Raises:
        Problem: 429
    """
    access = ACCESS.get(request.endpoint or "")
    if access is None or access.limit is None:
        return
    limiter: RateLimiter = current_app.extensions["haja.limiter"]
    try:
        g.limit_headers = limiter.hit(
            _limits_of(access.limit), access.scope(request.endpoint), _counted(access.limit)
        )
    except Problem as refusal:
        if access.limit is not Limit.LOGIN:
            raise
        g.login_refusal = refusal


def _counted(limit: Limit) -> str:
    """Whose calls are counted together. A login from a device that is known has a limit of its own:
    whoever shares its address cannot use it up."""
    return (counted_by_device() if limit is Limit.LOGIN else "") or caller()


def counted_by_device() -> str:
    """As which a browser is counted that a user has logged in with; empty for any other."""
    device = find_device()
    return f"device:{device.id}" if device else ""


def _limits_of(limit: Limit) -> str:
    if limit is Limit.INTAKE:
        return get_settings().intake_rate_limit
    if limit is Limit.ACCOUNT_LINK:
        return ACCOUNT_LINK_LIMIT
    if limit is Limit.TYPING:
        return TYPING_LIMIT
    return get_settings().api_rate_limit if limit is Limit.API else LOGIN_LIMIT


def tell_limits(response: Response) -> None:
    response.headers.extend(g.get("limit_headers", ()))
