"""Celery's consumer, which no message can end: one that it cannot make sense of is dropped."""

from collections.abc import Callable
from typing import Any

import structlog
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer

log = structlog.get_logger()


class GuardedConsumer(Consumer):
    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Celery's own, behind a catch for what it does not expect in headers and bodies."""
        handle = super().create_task_handler(*args, **kwargs)

        def handle_or_drop(message: Any) -> Any:
            try:
                _check_time_limits(message.headers)
                return handle(message)
            except Exception as error:
                if self._is_outage(error):
                    raise  # the consumer's own business: it connects again
                log.error("garbage_dropped", error=type(error).__name__)
                message.reject_log_error(get_logger(__name__), self.connection_errors)

        return handle_or_drop

    def _is_outage(self, error: Exception) -> bool:
        """Kombu counts a KeyError as a lost connection too; a message's header is no connection."""
        outages = (*self.connection_errors, *self.channel_errors)
        return isinstance(error, outages) and not isinstance(error, KeyError)


def _check_time_limits(headers: dict[str, Any]) -> None:
    """A process pool calculates with them while it takes the task, and never recovers from a word.

    Raises:
        ValueError, TypeError: they are no two numbers.
    """
    for seconds in headers.get("timelimit") or ():
        float(seconds or 0)
