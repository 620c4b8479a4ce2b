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
    """One caller, who sleeps on ``bell``; ``group`` is whom it is to act for, itself first."""

    __slots__ = ("bell", "error", "group", "item", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.bell = Lock()
        self.bell.acquire()
        self.group: list[_Place[T, R]] = []
        self.result: R | None = None
        self.error: Exception | None = None


class Gathering(Generic[T, R]):
    """``act`` gets the items of up to ``largest`` callers and returns what each of them gets; at
    most ``leaders`` callers act at a time, and nobody waits while fewer do.

    If it raises, all of them raise the same, and so do those who wait for the next turn: what
    kept the first so long would keep them as long again.
    """

    def __init__(
        self, act: Callable[[Sequence[T]], Sequence[R]], *, largest: int, leaders: int = 1
    ) -> None:
        self._act = act
        self._largest = largest
        self._free = leaders
        self._lock = Lock()
        self._queue: list[_Place[T, R]] = []

    def __call__(self, item: T) -> R:
        """What ``act`` returned for ``item``; raises what it raised."""
        place: _Place[T, R] = _Place(item)
        with self._lock:
            if self._free:  # then nobody waits
                self._free -= 1
                place.group = [place]
            else:
                self._queue.append(place)
        if not place.group:
            place.bell.acquire()  # rung with a result, or with a group to lead
        if place.group:
            self._lead(place.group)
        if place.error is not None:
            raise place.error
        return place.result  # type: ignore[return-value]

    def _lead(self, group: list[_Place[T, R]]) -> None:
        leader, failed = group[0], None
        try:
            for place, result in zip(group, self._act([p.item for p in group]), strict=True):
                place.result = result
        except Exception as error:  # noqa: BLE001 - it belongs to the callers
            failed = error
        with self._lock:
            if failed is not None:
                group, self._queue = [*group, *self._queue], []
            following, self._queue = self._queue[: self._largest], self._queue[self._largest :]
            self._free += not following
        if following:
            following[0].group = following
            following[0].bell.release()
        for place in group:
            place.error = failed
            if place is not leader:
                place.bell.release()
