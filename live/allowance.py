"""How much of something a peer may send."""

import time


class Allowance:
    """So much in each ``seconds``."""

    __slots__ = ("_limit", "_seconds", "_since", "_spent")  # every socket has two

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._spent, self._since = 0, 0.0

    def spend(self, amount: int) -> bool:
        """False if this was too much."""
        now = time.monotonic()
        if now - self._since > self._seconds:
            self._spent, self._since = 0, now
        self._spent += amount
        return self._spent <= self._limit
