"""A worker that stops working while it lives: ``python -m tests.faults.standstill HOW -- COMMAND``.

``loop``: its event loop stands still. ``interpreter``: C code holds the interpreter. ``busy``: it
works in the loop itself for longer than a loop may stand still, which is no standstill.
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
AFTER = 3.0  # seconds from the start


def _hold_the_interpreter() -> None:
    """``PyDLL`` does not let go of the interpreter as ``CDLL`` would."""
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
