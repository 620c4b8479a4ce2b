"""Buffering log lines, which are written together a moment later.

For each write, a thread releases the interpreter lock and has to wait for it again: under load that
costs more than making the line.
"""

import sys
import threading
import time

# How late a line is written at most. A process that is killed loses the lines of this time.
SECONDS = 0.1


class LogBuffer:
    """Writes lines to stderr, a moment later.

    It uses stderr's own buffer. Other writers to stderr flush that first, so lines keep their order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending = False

    def write(self, line: bytes) -> None:
        """Write ``line`` (without a line break) within ``SECONDS``."""
        with self._lock:
            sys.stderr.buffer.write(line + b"\n")
            first, self._pending = not self._pending, True
        if first:
            # A thread for each burst of lines: a permanent one would not survive a fork.
            threading.Thread(target=self._flush, name="log", daemon=True).start()

    def _flush(self) -> None:
        time.sleep(SECONDS)
        with self._lock:
            self._pending = False
            sys.stderr.buffer.flush()
