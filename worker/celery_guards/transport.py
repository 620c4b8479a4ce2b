"""The Redis road with a guard at its end: what is no message is dropped with a log line.

Kombu reads whatever lies in a queue inside the worker's event loop, where one unreadable entry ends
the whole process. Nothing is lost by dropping it: the ledger has every step.
"""

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis

log = structlog.get_logger()


class GuardedChannel(redis.Channel):
    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
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
        """Whether kombu will get a message out of it: tried here, where a failure harms nobody."""
        channel = next((channel for channel in self.channels if channel), None)
        if channel is None or not isinstance(raw, dict):
            return False
        try:
            message = channel.Message(raw, channel=channel)
            hash(message.delivery_tag)
        except Exception:  # noqa: BLE001 - anything may come out of anything
            return False
        return isinstance(message.headers, dict) and isinstance(message.delivery_info, dict)


def guard_redis() -> None:
    """From here on ``redis://`` means the guarded road. By the alias and not by a name of its own:
    Flower reads the address's scheme to know which broker it is."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{GuardedTransport.__name__}"
