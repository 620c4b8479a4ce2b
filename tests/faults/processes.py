"""Processes that are killed on purpose and started again, as by a process manager."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from launcher.leftovers import kill_session
from launcher.proc import descendants
from launcher.server import child_command

RESTART_AFTER = 0.5  # seconds


class RestartedProcess:
    """One command in its own session; ``ensure_running`` starts it again after it ended."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = command
        self._env = dict(env)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._due = 0.0
        self.starts = 0

    def ensure_running(self) -> None:
        """Start it if it does not run and its pause is over. Call it from the main thread."""
        if self._process is not None and self._process.poll() is not None:
            kill_session(self._process.pid)
            self._process = None
            self._due = time.monotonic() + RESTART_AFTER
        if self._process is None and time.monotonic() >= self._due:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    child_command(self._command),
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.starts += 1

    @property
    def pid(self) -> int:
        """The process id; 0 if it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def children(self) -> list[int]:
        return sorted(descendants(self.pid)) if self.pid else []

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to the process itself only."""
        if self.pid:
            os.kill(self.pid, signum)

    def send_all(self, signum: signal.Signals) -> None:
        """Send a signal to the process and all its descendants."""
        for pid in [self.pid, *self.children()] if self.pid else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signum)

    def end(self) -> None:
        """Kill it; it is not started again."""
        if self._process is not None:
            kill_session(self._process.pid)
            self._process.wait()
            self._process = None
            self._due = float("inf")

    def wait(self, seconds: float = 60) -> int:
        """Wait until it ends by itself; returns the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def terminate(self, seconds: float = 40) -> int:
        """Send SIGTERM, as a deploy does, and wait; returns the exit code."""
        assert self._process is not None
        self.send(signal.SIGTERM)
        code = self.wait(seconds)
        self._process = None
        self._due = 0.0
        return code
