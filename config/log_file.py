"""The log file: one that all processes of a machine write to, turned over at a size.

Nobody waits for anybody: each line is appended by one call (POSIX makes its place in the file
certain), and only who turns the files over holds a lock, which nobody else waits for. A library that
takes a lock for each line would stand still with the process that was stopped while it held it.
"""

import fcntl
import logging
import os
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

MAX_BYTES = 10_000_000
# Those that were turned over: haja.log.1, the newest, to haja.log.5.
KEPT_FILES = 5
_MODE = 0o600  # what it holds of people is for its own user alone


class LogFile:
    """Appends lines; never raises, whatever happens to the disk, and goes on when it is well again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._failing = self._torn = False
        self._renew_lock()
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def write(self, lines: bytes) -> None:
        """Append whole lines, or lose them: then stderr says so once, until it works again."""
        with self._lock:
            try:
                self._open()
                text = b"\n" + lines if self._torn else lines
                # A disk that fills up may take the beginning alone.
                self._torn = os.write(self._descriptor, text) < len(text)
                if os.fstat(self._descriptor).st_size >= MAX_BYTES:
                    self._turn_over()
            except OSError as error:
                self._say(f"LOG_FILE cannot be written: {error.strerror}")
            else:
                self._failing = False

    def _open(self) -> None:
        """Hold the file that the path names now: another process may have turned it over, or somebody
        moved it away."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            named = None
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._descriptor >= 0:
            if named is not None and os.path.samestat(named, os.fstat(self._descriptor)):
                return
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._descriptor = os.open(self._path, flags, _MODE)

    def _turn_over(self) -> None:
        """Rename the files, unless another process is about it. The lock is on the file itself, so
        that it is gone with its holder and a second one finds another file."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            here = os.fstat(descriptor)
            if here.st_size >= MAX_BYTES and os.path.samestat(here, self._path.stat()):
                for number in range(KEPT_FILES - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        self._numbered(number).rename(self._numbered(number + 1))
                self._path.rename(self._numbered(1))
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _say(self, words: str) -> None:
        first, self._failing = not self._failing, True
        if first:
            with suppress(OSError, ValueError):
                sys.stderr.write(f"haja: {words}\n")


@cache
def log_file(path: Path) -> LogFile:
    """The process's only one."""
    return LogFile(path)


class LogFileHandler(logging.Handler):
    """Puts what the loggers say into the file, formatted as on stderr."""

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode(errors="backslashreplace")
        except Exception:  # noqa: BLE001 - as every handler: a wrong line ends no call
            self.handleError(record)
        else:
            self._file.write(line + b"\n")
