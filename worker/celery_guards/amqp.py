"""How Celery reaches the broker: prompt to come back.

Celery's pauses between tries grow to half a minute, which a requester would notice after every
long outage. A try that is refused costs next to nothing, so ours stay below two seconds.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection

_PAUSES = {"interval_start": 0.2, "interval_step": 0.3, "interval_max": 2.0}  # seconds


class PromptConnection(Connection):
    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Kombu's own, with short pauses where the caller names none."""
        if len(args) <= 2:  # errback and max_retries, as all of Celery calls it
            kwargs = _PAUSES | kwargs
        return super()._ensure_connection(*args, **kwargs)  # type: ignore[no-untyped-call]


class PromptAMQP(AMQP):
    Connection = PromptConnection
