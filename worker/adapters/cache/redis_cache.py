"""A cache in Redis. It never raises, and a Redis that hangs costs one short wait."""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.redis_tls import redis_tls
from config.settings import Settings

SOCKET_SECONDS = 0.2
PAUSE_SECONDS = 5.0  # after a failure, so that an outage costs one wait and not one per request

log = logging.getLogger(__name__)

T = TypeVar("T")


class RedisCache:
    """See :class:`models.ports.Cache`; safe to share between threads and across a fork."""

    def __init__(self, settings: Settings, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._redis: Any = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
            **redis_tls(settings),
        )
        self._pause_seconds = pause_seconds
        self._lock = Lock()
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        found = self._try(lambda: self._redis.get(_named(key)), otherwise=None)
        return found if isinstance(found, bytes) else None

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        self._try(
            lambda: self._redis.set(_named(key), value, px=_milliseconds(seconds)), otherwise=None
        )

    def claim(self, key: str, *, seconds: float) -> bool:
        return self._try(
            lambda: bool(self._redis.set(_named(key), b"1", nx=True, px=_milliseconds(seconds))),
            otherwise=True,
        )

    def _try(self, call: Callable[[], T], *, otherwise: T) -> T:
        if not self._may_try():
            return otherwise
        try:
            return call()
        except (redis.RedisError, OSError) as error:
            self._pause()
            log.warning("cache_away", extra={"error": type(error).__name__})
            return otherwise

    def _may_try(self) -> bool:
        with self._lock:
            return monotonic() >= self._paused_until

    def _pause(self) -> None:
        with self._lock:
            self._paused_until = monotonic() + self._pause_seconds


def _named(key: str) -> str:
    return f"haja:cache:{key}"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
