"""The base class of every task: it logs one line at the task's end, and tells Celery the truth.

A step that failed is recorded in the ledger, which starts it again; the task itself ends without an
error. Flower would show it as a success, so that error is raised after everything is recorded.
"""

import time
from typing import Any

import structlog
from celery import Task
from celery.exceptions import Ignore, Retry

from tasks.steps.endings import Endings, StepFailed, StepWaits, gathered_endings

log = structlog.get_logger()


class LedgerTask(Task):
    """Logs task, message, queue and duration (seconds); arguments are ids and safe to log.

    In Flower: SUCCESS if all steps are done, FAILURE if one is dead or unknown, RETRY if one is
    to be tried again, REVOKED if another message did or does the work.
    """

    abstract = True
    throws = (StepFailed,)  # recorded and logged already: no traceback, no second report

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
            with structlog.contextvars.bound_contextvars(**context), gathered_endings() as endings:
                result = self._run(endings, args, kwargs)
            outcome = "done"
            return result
        except Ignore:
            outcome = "nothing_to_do"
            self._announce_nothing_to_do()
            raise
        except Retry:
            outcome = "retry"
            raise
        finally:
            seconds = round(time.monotonic() - started, 4)
            log.info("task_ended", outcome=outcome, seconds=seconds, args=_ids(args), **context)

    def _run(self, endings: Endings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The task itself.

        Raises:
            Ignore: there was nothing to do.
            Retry: a step is to be tried again.
            StepFailed: a step is dead or unknown.
        """
        ignored: Ignore | None = None
        result = None
        try:
            result = super().__call__(*args, **kwargs)
        except Ignore as nothing_ended:
            ignored = nothing_ended
        error = endings.error()
        if isinstance(error, StepWaits):
            raise Retry(str(error), exc=error)
        if error is not None:
            raise error
        if ignored is not None:
            raise ignored
        return result

    def _announce_nothing_to_do(self) -> None:
        """Celery announces no end of an ignored message: Flower would show it as running for ever."""
        from celery.worker import state as worker_state  # loaded in workers; beat needs none of it

        received = worker_state.requests.get(self.request.id)
        if received is not None:
            received.send_event("task-revoked", terminated=False, signum=None, expired=False)


def _ids(args: tuple[Any, ...]) -> str:
    """The arguments, cut off: the first few ids are enough to find a batch."""
    text = str(list(args))
    return text if len(text) <= 120 else text[:117] + "..."
