"""The base class of every task, which logs one line at the task's end."""

import time
from typing import Any

import structlog
from celery import Task
from celery.exceptions import Ignore

log = structlog.get_logger()


class LedgerTask(Task):
    """Logs task, message, queue and duration (seconds); arguments are ids and safe to log."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        delivery = self.request.delivery_info or {}
        context = {
            "task": self.name,
            "message": self.request.id,
            "queue": delivery.get("routing_key"),
        }
        started = time.monotonic()
        outcome = "failed"
        try:
            # So that other log lines, such as those of slow statements, have the task's id.
            with structlog.contextvars.bound_contextvars(**context):
                result = super().__call__(*args, **kwargs)
            outcome = "done"
            return result
        except Ignore:
            outcome = "nothing_to_do"
            raise
        finally:
            seconds = round(time.monotonic() - started, 4)
            log.info("task_ended", outcome=outcome, seconds=seconds, args=_ids(args), **context)


def _ids(args: tuple[Any, ...]) -> str:
    """The arguments, cut off: the first few ids are enough to find a batch."""
    text = str(list(args))
    return text if len(text) <= 120 else text[:117] + "..."
