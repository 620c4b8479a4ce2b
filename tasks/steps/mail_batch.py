"""How many messages a group may have: as many as are handed over in the blink of an eye."""

import threading

# A runner that dies takes its group into doubt, and a person has to look at each message of it. So a
# group lasts no longer than this (seconds), but for its last message: with a mail server that takes
# milliseconds for each, that is one or two.
BUDGET = 0.005
LARGEST = 50


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
