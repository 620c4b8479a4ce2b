"""How many messages one batch hands over."""

import threading

# Where a runner dies, a person has to look at each message of its batch. So a batch lasts no longer
# than this (seconds), but for its last message: with a mail server that takes milliseconds for
# each, that is one or two.
BATCH_SECONDS = 0.005
MAX_BATCH = 50


class BatchSize:
    """Adapts to how fast the mail server is; shared by the threads of a worker."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.size = 1
        self._lock = threading.Lock()

    def learn(self, sent: int, seconds: float) -> None:
        """``sent`` messages took ``seconds``: double if that was quick, else shrink to what fits."""
        with self._lock:
            if seconds > BATCH_SECONDS:
                self.size = max(1, sent - 1)
            elif sent >= self.size and seconds < BATCH_SECONDS / 2:
                self.size = min(self.largest, self.size * 2)
