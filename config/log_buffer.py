"""Log lines that are written together, a moment later.

Each write is a system call for which a thread gives up the interpreter and has to wait for it
again: under load that costs more than making the line.
"""

import sys
import threading
import time

SECONDS = 0.1  # a process that is killed loses the lines of so long, an idle one shows them so late


class LogBuffer:
    """Lines on their way to stderr. Whatever else writes there flushes what stands before it: lines
    keep their order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending = False

    def write(self, line: bytes) -> None:
        """Write ``line``, without its line break, soon."""
        with self._lock:
            sys.stderr.buffer.write(line + b"\n")
            first, self._pending = not self._pending, True
        if first:
            # A thread for each burst of lines: none lives through a fork, none is there at rest.
            threading.Thread(target=self._flush, name="log", daemon=True).start()

    def _flush(self) -> None:
        time.sleep(SECONDS)
        with self._lock:
            self._pending = False
            sys.stderr.buffer.flush()
