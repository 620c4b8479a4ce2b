"""Kombu's Redis transport, with a guard: entries that are no messages are logged and dropped.

Kombu decodes the entries of a queue in the worker's event loop, where one that cannot be decoded
ends the whole process. Nothing is lost by dropping it, because the ledger has every step.
"""

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis

log = structlog.get_logger()


class GuardedChannel(redis.Channel):
    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested too deeply
            log.error("garbage_dropped", error=type(error).__name__)
            return True


class GuardedTransport(redis.Transport):
    Channel = GuardedChannel

    def _deliver(self, message: Any, queue: str) -> None:
        if self._is_readable(message):
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        else:
            log.error("garbage_dropped", error="NotAMessage", queue=queue)

    def _is_readable(self, raw: object) -> bool:
        """Whether kombu can make a message of it; tried here, where an error does no harm."""
        channel = next((channel for channel in self.channels if channel), None)
        if channel is None or not isinstance(raw, dict):
            return False
        try:
            message = channel.Message(raw, channel=channel)
            hash(message.delivery_tag)
        except Exception:  # noqa: BLE001 - an arbitrary entry may raise any error
            return False
        return isinstance(message.headers, dict) and isinstance(message.delivery_info, dict)


def guard_redis() -> None:
    """From now on, ``redis://`` means the guarded transport. It has no URL scheme of its own,
    because Flower tells the broker by the scheme."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{GuardedTransport.__name__}"
