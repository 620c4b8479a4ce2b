"""A worker that stops working: ``python -m tests.faults.standstill HOW -- COMMAND``.

``loop``: its event loop is blocked. ``interpreter``: C code holds the interpreter lock. ``busy``: a
task runs in the event loop for longer than the loop may be blocked, which is allowed.
"""

import ctypes
import sys
import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps

from tasks import triage
from tests.faults.wrapping import run_wrapped
from worker import health
from worker.app import app

LIMIT = 4.0  # seconds
AFTER = 10.0  # seconds from the start


def _hold_the_interpreter() -> None:
    """``PyDLL`` does not release the interpreter lock as ``CDLL`` would."""
    ctypes.PyDLL(None).sleep(3600)


def _stop_after_a_while(act: Callable[[], None]) -> None:
    class Stopper(bootsteps.StartStopStep):
        requires = {"celery.worker.components:Timer"}

        def start(self, parent: Any) -> None:
            parent.timer.call_after(AFTER, act)

    app.steps["worker"].add(Stopper)


def _work_long() -> None:
    categorize = triage._categorize

    def slowly(claims: Any) -> Any:
        time.sleep(2 * LIMIT)
        return categorize(claims)

    triage._categorize = slowly


def _prepare(words: list[str]) -> None:
    health.STANDSTILL_LIMIT = LIMIT
    health.BEAT_EVERY = 1.0
    if words == ["loop"]:
        _stop_after_a_while(lambda: time.sleep(3600))
    elif words == ["interpreter"]:
        _stop_after_a_while(_hold_the_interpreter)
    else:
        _work_long()


if __name__ == "__main__":
    run_wrapped(sys.argv[1:], _prepare)
