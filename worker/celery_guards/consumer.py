"""Celery's consumer, with a guard: a message that it cannot handle is dropped and does not end it."""

from collections.abc import Callable
from typing import Any

import structlog
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer

log = structlog.get_logger()


class GuardedConsumer(Consumer):
    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Celery's own handler, with a catch for errors that unexpected headers and bodies cause."""
        handle = super().create_task_handler(*args, **kwargs)

        def handle_or_drop(message: Any) -> Any:
            try:
                _check_time_limits(message.headers)
                return handle(message)
            except Exception as error:
                if self._is_outage(error):
                    raise  # the consumer handles it: it connects again
                log.error("garbage_dropped", error=type(error).__name__)
                message.reject_log_error(get_logger(__name__), self.connection_errors)

        return handle_or_drop

    def _is_outage(self, error: Exception) -> bool:
        """Whether the error is a lost connection. Kombu counts a KeyError as one too, but here it
        comes from a message's headers."""
        outages = (*self.connection_errors, *self.channel_errors)
        return isinstance(error, outages) and not isinstance(error, KeyError)


def _check_time_limits(headers: dict[str, Any]) -> None:
    """Check the header ``timelimit``: a process pool calculates with it when it accepts the task,
    and does not recover if it is no number.

    Raises:
        ValueError, TypeError: it has something else than numbers.
    """
    for seconds in headers.get("timelimit") or ():
        float(seconds or 0)
