"""The pool of this process's calls to an AI: a limited number in flight, and some claimed ahead.

The calls are coroutines in one event loop in its own thread, so a waiting call needs no thread.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextvars import copy_context
from functools import lru_cache
from typing import Any

from config.settings import get_settings

# Steps claimed beyond the calls in flight, as a share of their number: when a call ends, the next one
# is ready and need not wait for a transaction.
PREFETCH = 1.0

# How long (seconds) a busy thread keeps the interpreter lock while the event loop has answers to
# read. With Python's default of 5 ms, several times per call, slots would be idle.
SWITCH_INTERVAL = 0.0005

Work = Callable[[], Coroutine[Any, Any, None]]


class Call:
    """One submitted call: waiting for its turn, in flight, or cancelled."""

    __slots__ = ("begun", "cancelled", "context", "lock", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.context = copy_context()  # so that the call's log lines have the ids of its request
        self.lock = threading.Lock()
        self.begun = self.cancelled = False

    def begin(self) -> bool:
        """Mark the call as begun; False if it was cancelled before."""
        with self.lock:
            self.begun = not self.cancelled
        return self.begun

    def cancel(self) -> bool:
        """Cancel the call if it has not begun; True if this call cancelled it."""
        with self.lock:
            first, self.cancelled = not (self.begun or self.cancelled), not self.begun
        return first


class CallPool:
    """Shared by the threads of a worker. A slot is one call in flight, or one claimed ahead."""

    def __init__(self, size: int) -> None:
        # One message claims at a time, so that each claim gets many steps in one transaction.
        self.claim_lock = threading.Lock()
        self._min_take = max(1, size // 4)
        self._free = size + int(size * PREFETCH)
        self._changed = threading.Condition()
        self._in_flight = asyncio.Semaphore(size)
        self._loop = asyncio.new_event_loop()
        self._running: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="ai-calls")
        self._thread.start()

    def take_slots(self, wanted: int, *, seconds: float) -> int:
        """Take up to ``wanted`` slots; returns how many. Waits at most ``seconds`` for a quarter of
        the pool, because fewer are not worth a transaction."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= min(wanted, self._min_take), seconds)
            taken = max(0, min(wanted, self._free))
            self._free -= taken
        return taken

    def take_extra_slot(self) -> None:
        """For a call that has waited long enough: beyond the size if need be."""
        with self._changed:
            self._free -= 1

    def return_slots(self, count: int = 1) -> None:
        with self._changed:
            self._free += count
            self._changed.notify()

    def submit(self, works: Iterable[Work]) -> list[Call]:
        """Run each of ``works`` as soon as it may be in flight. The caller has taken a slot for each,
        which the pool returns at its end."""
        calls = [Call(work) for work in works]
        if calls:
            self._loop.call_soon_threadsafe(self._begin, calls)
        return calls

    def cancel(self, call: Call) -> bool:
        """Cancel the call if it has not begun, and return its slot; True if it was cancelled."""
        cancelled = call.cancel()
        if cancelled:
            self.return_slots()
        return cancelled

    def close(self) -> None:
        """Stop the event loop; calls in flight are cancelled."""

        async def cancel_all() -> None:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, calls: Sequence[Call]) -> None:
        for call in calls:
            task = self._loop.create_task(self._run(call), context=call.context)
            self._running.add(task)  # the loop itself has only weak references to tasks
            task.add_done_callback(self._running.discard)

    async def _run(self, call: Call) -> None:
        async with self._in_flight:
            if call.begin():
                try:
                    await call.work()
                finally:
                    self.return_slots()


@lru_cache(maxsize=1)
def call_pool() -> CallPool:
    """This process's pool, made on first use."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    return CallPool(get_settings().ai_concurrency)
