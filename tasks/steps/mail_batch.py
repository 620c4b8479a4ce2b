"""The size of a batch of messages that enter the phase ``handing_over`` together."""

import threading

# If a runner dies, a person has to decide about each message of its batch. So a batch ends after this
# time (seconds), when its present message is sent: with a mail server that takes milliseconds for a
# message, a batch has one or two.
BATCH_SECONDS = 0.005
MAX_BATCH = 50


class BatchSize:
    """Adapts to the speed of the mail server; shared by the threads of a worker."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.size = 1
        self._lock = threading.Lock()

    def adapt(self, sent: int, seconds: float) -> None:
        """After a batch of ``sent`` messages that took ``seconds``: double the size if that was
        quick, reduce it if it took too long."""
        with self._lock:
            if seconds > BATCH_SECONDS:
                self.size = max(1, sent - 1)
            elif sent >= self.size and seconds < BATCH_SECONDS / 2:
                self.size = min(self.largest, self.size * 2)
