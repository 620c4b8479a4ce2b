"""A circuit breaker: after a failure, calls are refused for some time."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

COOL_DOWN = 15.0  # seconds
LONGEST_WAIT = 600.0  # seconds; whoever asks for more is asked again all the same


class Breaker:
    """Shared by threads; ``clock`` returns seconds."""

    def __init__(
        self, cool_down: float = COOL_DOWN, clock: Callable[[], float] = monotonic
    ) -> None:
        self._cool_down = cool_down
        self._clock = clock
        self._lock = Lock()
        self._closed_until_failure = True
        self._next_try = 0.0

    def allows(self) -> bool:
        """Whether to try now; after the cool-down one caller tries, the others still wait."""
        with self._lock:
            if self._closed_until_failure:
                return True
            if self._clock() < self._next_try:
                return False
            self._next_try = self._clock() + self._cool_down
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._closed_until_failure = True

    def failed(self, wait: float | None = None) -> None:
        """``wait``: how long (seconds) the other side asked for, if it did; not more than
        ``LONGEST_WAIT``."""
        pause = self._cool_down if wait is None else min(max(wait, 0.0), LONGEST_WAIT)
        with self._lock:
            self._closed_until_failure = False
            self._next_try = self._clock() + pause
