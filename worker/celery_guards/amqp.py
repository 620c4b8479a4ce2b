"""Celery's connection to the broker, with short pauses between retries.

Celery's own pauses grow to half a minute, which requesters would notice after every long outage. A
failed try costs nearly nothing, so the pauses here stay below two seconds.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection

_PAUSES = {"interval_start": 0.2, "interval_step": 0.3, "interval_max": 2.0}  # seconds


class PromptConnection(Connection):
    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Kombu's own method, with short pauses unless the caller passes others."""
        if len(args) <= 2:  # errback and max_retries; Celery passes no more by position
            kwargs = _PAUSES | kwargs
        return super()._ensure_connection(*args, **kwargs)  # type: ignore[no-untyped-call]


class PromptAMQP(AMQP):
    Connection = PromptConnection
