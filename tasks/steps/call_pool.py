"""The process's lines to the outside: so many calls at once, and a few claimed ahead of them.

The calls are coroutines in one event loop, in a thread of its own: waiting costs no thread, and
nobody has to fight for the interpreter when answers come.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextvars import copy_context as surroundings
from functools import lru_cache
from typing import Any

from config.settings import get_settings

# What is claimed beyond the calls in flight, as a share of the lines: a line that falls free finds
# its next call at hand and waits for no transaction.
AHEAD = 1.0

# A thread that reckons may keep the interpreter for so long (seconds) from the one that answers
# come to. Python's own 5 ms, several times for each call, would leave lines idle.
SWITCH = 0.0005

Work = Callable[[], Coroutine[Any, Any, None]]


class Call:
    """One piece of work on its way to a line."""

    __slots__ = ("begun", "cancelled", "context", "lock", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.context = surroundings()  # what is logged on the line says whose it was
        self.lock = threading.Lock()
        self.begun = self.cancelled = False

    def begin(self) -> bool:
        """False if it was cancelled before."""
        with self.lock:
            self.begun = not self.cancelled
        return self.begun

    def cancel(self) -> bool:
        """Whether it had not begun, and never will."""
        with self.lock:
            first, self.cancelled = not (self.begun or self.cancelled), not self.begun
        return first


class Lines:
    """Shared by the threads of a room. A place is one line, or one claimed ahead for the next."""

    def __init__(self, count: int) -> None:
        # Whose message is being claimed: one after the other, so that claims and records are large.
        self.feeding = threading.Lock()
        self._handful = max(1, count // 4)
        self._free = count + int(count * AHEAD)
        self._changed = threading.Condition()
        sys.setswitchinterval(SWITCH)
        self._lines = asyncio.Semaphore(count)
        self._loop = asyncio.new_event_loop()
        self._running: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="lines")
        self._thread.start()

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

    def call(self, works: Iterable[Work]) -> list[Call]:
        """Do each of ``works`` on the next free line; its place is given back at the end."""
        calls = [Call(work) for work in works]
        if calls:
            self._loop.call_soon_threadsafe(self._begin, calls)
        return calls

    def cancel(self, call: Call) -> bool:
        """Whether the call had not begun and never will; its place is given back then."""
        cancelled = call.cancel()
        if cancelled:
            self.give()
        return cancelled

    def close(self) -> None:
        """End the loop; what is still on the lines is cut off."""

        async def cut_off() -> None:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cut_off(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, calls: Sequence[Call]) -> None:
        for call in calls:
            task = self._loop.create_task(self._occupy(call), context=call.context)
            self._running.add(task)  # the loop itself holds tasks only weakly
            task.add_done_callback(self._running.discard)

    async def _occupy(self, call: Call) -> None:
        async with self._lines:
            if call.begin():
                try:
                    await call.work()
                finally:
                    self.give()


@lru_cache(maxsize=1)
def lines() -> Lines:
    """This process's lines, opened on first use."""
    return Lines(get_settings().ai_concurrency)
