"""Live messages into a stream in Redis: a courtesy, so never an error and never a wait."""

import logging
from collections.abc import Sequence
from itertools import chain
from threading import Lock
from time import monotonic

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.redis_tls import redis_tls
from config.settings import Settings

STREAM = "haja:live"
KEPT = 2000  # for who comes back after a moment; whoever missed more reads everything anew
SOCKET_SECONDS = 0.5
PAUSE_SECONDS = 2.0  # after a failure, so that an outage costs one wait and not one per request

# One command with many words: the client's work for a command of its own costs more than all else.
_ADD_EACH = """
for i = 2, #ARGV, 2 do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'type', ARGV[i], 'id', ARGV[i + 1])
end
"""
# Whoever listens is to read everything anew.
_RELOAD = ("reload", "")

log = logging.getLogger(__name__)


class RedisChannel:
    """Writes to one stream; safe to share between threads and over a fork."""

    def __init__(self, settings: Settings) -> None:
        self._redis = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
            **redis_tls(settings),
        )
        self._lock = Lock()
        self._silent_until = 0.0
        self._lost_some = False

    def publish(self, kind: str, subject_id: int | None = None) -> None:
        """See :meth:`models.ports.LiveChannel.publish`; adds ``type`` and ``id``, which is empty
        where there is none."""
        self._publish([(kind, "" if subject_id is None else str(subject_id))])

    def publish_each(self, kind: str, subject_ids: Sequence[int]) -> None:
        """See :meth:`models.ports.LiveChannel.publish_each`."""
        self._publish([(kind, str(one)) for one in subject_ids])

    def _publish(self, entries: list[tuple[str, str]]) -> None:
        if not entries or not self._may_try():
            return
        told = [_RELOAD, *entries] if self._lost_some else entries
        try:
            self._redis.eval(_ADD_EACH, 1, STREAM, str(KEPT), *chain.from_iterable(told))
            self._lost_some = False
        except (redis.RedisError, OSError) as error:
            self._pause()
            kind, _ = entries[0]
            log.warning("live_publish_failed", extra={"kind": kind, "error": type(error).__name__})

    def _may_try(self) -> bool:
        with self._lock:
            return monotonic() >= self._silent_until

    def _pause(self) -> None:
        """What is not tried meanwhile is lost as well."""
        with self._lock:
            self._silent_until = monotonic() + PAUSE_SECONDS
            self._lost_some = True
