"""How many messages a group may have: as many as are handed over in the blink of an eye."""

import threading

# A runner that dies takes its group into doubt, so a group lasts no longer than this (seconds),
# but for its last message. A server that takes longer for one gets groups of one.
BUDGET = 0.05
# However quick the server is: what a dying runner leaves in doubt a person has to look at.
LARGEST = 5


class Pace:
    """Learns from each group how large the next may be; shared by the threads of a room."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.size = 1
        self._lock = threading.Lock()

    def learn(self, sent: int, seconds: float) -> None:
        """``sent`` messages took ``seconds`` from their note on: double where there is room for it,
        else shrink to what was possible."""
        with self._lock:
            if seconds > BUDGET:
                self.size = max(1, sent - 1)
            elif sent >= self.size and seconds < BUDGET / 2:
                self.size = min(self.largest, self.size * 2)
