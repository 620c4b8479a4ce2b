"""Live messages over Redis pub/sub: a courtesy, so never an error and never a wait."""

import json
import logging
from collections.abc import Sequence
from threading import Lock
from time import monotonic

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import Settings

CHANNEL = "haja:live"
SOCKET_SECONDS = 0.5
PAUSE_SECONDS = 2.0  # after a failure, so that an outage costs one wait and not one per request

# One command with many words: the client's work for a command of its own costs more than all else.
_PUBLISH_EACH = "for i = 1, #ARGV do redis.call('PUBLISH', KEYS[1], ARGV[i]) end"

log = logging.getLogger(__name__)


class RedisChannel:
    """Publishes on one channel; safe to share between threads and over a fork."""

    def __init__(self, settings: Settings) -> None:
        self._redis = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._lock = Lock()
        self._silent_until = 0.0

    def publish(self, kind: str, subject_id: int | None = None) -> None:
        """See :meth:`models.ports.LiveChannel.publish`; sends ``{"type": kind, "id": number}``."""
        self._publish(kind, [subject_id])

    def publish_each(self, kind: str, subject_ids: Sequence[int]) -> None:
        """See :meth:`models.ports.LiveChannel.publish_each`."""
        self._publish(kind, subject_ids)

    def _publish(self, kind: str, subject_ids: Sequence[int | None]) -> None:
        if not subject_ids or not self._may_try():
            return
        try:
            messages = [json.dumps({"type": kind, "id": one}) for one in subject_ids]
            self._redis.eval(_PUBLISH_EACH, 1, CHANNEL, *messages)
        except (redis.RedisError, OSError) as error:
            self._pause()
            log.warning("live_publish_failed", extra={"kind": kind, "error": type(error).__name__})

    def _may_try(self) -> bool:
        with self._lock:
            return monotonic() >= self._silent_until

    def _pause(self) -> None:
        with self._lock:
            self._silent_until = monotonic() + PAUSE_SECONDS
