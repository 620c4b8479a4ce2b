"""Threads that want the same thing at once have one of them do it for all.

As group commit in databases: nobody waits for company, but whoever comes while one is out comes
along the next time. Alone, a caller acts for itself at once.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Place(Generic[T, R]):
    """One caller in the queue, who sleeps on ``bell``."""

    __slots__ = ("bell", "error", "item", "leads", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.bell = Lock()
        self.bell.acquire()
        self.leads = False
        self.result: R | None = None
        self.error: Exception | None = None


class Gathering(Generic[T, R]):
    """``act`` gets the items of up to ``largest`` callers and returns what each of them gets.

    If it raises, all of them raise the same, and so do those who wait for the next turn: what
    kept the first so long would keep them as long again.
    """

    def __init__(self, act: Callable[[Sequence[T]], Sequence[R]], *, largest: int) -> None:
        self._act = act
        self._largest = largest
        self._lock = Lock()
        self._queue: list[_Place[T, R]] = []
        self._out = False  # somebody is acting

    def __call__(self, item: T) -> R:
        """What ``act`` returned for ``item``; raises what it raised."""
        place: _Place[T, R] = _Place(item)
        with self._lock:
            self._queue.append(place)
            place.leads, self._out = not self._out, True
        if not place.leads:
            place.bell.acquire()  # rung with a result, or to lead
        if place.leads:
            self._lead()
        if place.error is not None:
            raise place.error
        return place.result  # type: ignore[return-value]

    def _lead(self) -> None:
        """Act for those at the head of the queue, this thread's own caller first."""
        with self._lock:
            group, self._queue = self._queue[: self._largest], self._queue[self._largest :]
        failed: Exception | None = None
        try:
            for place, result in zip(group, self._act([p.item for p in group]), strict=True):
                place.result = result
        except Exception as error:  # noqa: BLE001 - it belongs to the callers
            failed = error
        with self._lock:
            if failed is not None:
                group, self._queue = [*group, *self._queue], []
            following = self._queue[0] if self._queue else None
            self._out = following is not None
        for place in group:
            place.error = failed
            if not place.leads:
                place.bell.release()
        if following is not None:
            following.leads = True
            following.bell.release()
