"""The process's lines to the outside: so many calls at once, and a few claimed ahead of them."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context as surroundings
from functools import lru_cache
from typing import Any

from celery.signals import worker_shutting_down

from config.settings import get_settings

# What is claimed beyond the calls in flight, as a share of the lines: a line that falls free finds
# its next call at hand and waits for no transaction.
AHEAD = 1.0

# A thread that reckons may keep the interpreter for so long (seconds) from one whose answer has
# come. Python's own 5 ms, several times for each call, would leave lines idle.
SWITCH = 0.0005


class Lines:
    """Shared by the threads of a room. A place is one line, or one claimed ahead for the next."""

    def __init__(self, count: int) -> None:
        # Whose message is being claimed: one after the other, so that claims and records are large.
        self.feeding = threading.Lock()
        self.closing = False
        self._handful = max(1, count // 4)
        self._free = count + int(count * AHEAD)
        self._changed = threading.Condition()
        sys.setswitchinterval(SWITCH)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="lines")

    def take(self, wanted: int, *, seconds: float) -> int:
        """Up to ``wanted`` places, waiting at most ``seconds`` for a handful: fewer are not worth
        a claim of their own."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= min(wanted, self._handful), seconds)
            taken = max(0, min(wanted, self._free))
            self._free -= taken
        return taken

    def take_one_more(self) -> None:
        """A place for what has waited long enough, beyond the number if need be."""
        with self._changed:
            self._free -= 1

    def give(self, count: int = 1) -> None:
        """Places that are needed no more."""
        with self._changed:
            self._free += count
            self._changed.notify()

    def call(self, work: Callable[[], None]) -> Future[None]:
        """Run ``work`` on the next free line; its place is given back at the end."""
        context = surroundings()  # what is logged on the line says whose it was

        def occupy() -> None:
            try:
                context.run(work)
            finally:
                self.give()

        return self._pool.submit(occupy)

    def cancel(self, call: Future[None]) -> bool:
        """Whether the call had not begun and never will; its place is given back then."""
        cancelled = call.cancel()
        if cancelled:
            self.give()
        return cancelled


@lru_cache(maxsize=1)
def lines() -> Lines:
    """This process's lines, opened on first use."""
    return Lines(get_settings().ai_concurrency)


@worker_shutting_down.connect
def _close(**_kwargs: Any) -> None:
    """A signal handler: it may interrupt anything, so it takes no lock."""
    if lines.cache_info().currsize:
        lines().closing = True
