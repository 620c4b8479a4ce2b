"""Buffering log lines, which are written together a moment later.

For each write, a thread releases the interpreter lock and has to wait for it again: under load that
costs more than making the line.
"""

import sys
import threading
import time

from config.log_file import LogFile

# How late a line is written at most. A process that is killed loses the lines of this time.
SECONDS = 0.1


class LogBuffer:
    """Writes lines to stderr, and to ``file`` if there is one, a moment later.

    It uses stderr's own buffer. Other writers to stderr flush that first, so lines keep their order.
    """

    def __init__(self, file: LogFile | None = None) -> None:
        self._lock = threading.Lock()
        self._pending = False
        self._file = file
        self._for_file: list[bytes] = []

    def write(self, line: bytes) -> None:
        """Write ``line`` (without a line break) within ``SECONDS``."""
        with self._lock:
            sys.stderr.buffer.write(line + b"\n")
            if self._file:
                self._for_file.append(line + b"\n")
            first, self._pending = not self._pending, True
        if first:
            # A thread for each burst of lines: a permanent one would not survive a fork.
            threading.Thread(target=self._flush, name="log", daemon=True).start()

    def _flush(self) -> None:
        time.sleep(SECONDS)
        with self._lock:
            self._pending = False
            lines, self._for_file = self._for_file, []
            sys.stderr.buffer.flush()
        if self._file:
            self._file.write(b"".join(lines))
