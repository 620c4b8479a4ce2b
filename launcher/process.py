"""One process of the Procfile: started, watched, started again, stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from launcher.leftovers import kill_session
from launcher.output import Output
from launcher.server import child_command

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_SECONDS = 60.0  # who lived that long starts again without the pauses of earlier deaths


class ManagedProcess:
    """A command that ought to run. It leads a session of its own, so that Ctrl-C reaches only the
    launcher and whatever it starts can be found; it dies with the launcher."""

    def __init__(
        self,
        name: str,
        command: str,
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: Output,
    ) -> None:
        self.name = name
        self._command = command
        self._environment = dict(environment)
        self._folder = folder
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._due = 0.0
        self._deaths = 0
        self._rest = b""

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def is_due(self) -> bool:
        """Whether it does not run and its pause is over."""
        return self._process is None and time.monotonic() >= self._due

    @property
    def is_dead(self) -> bool:
        """Whether it ran and ended, and ``bury`` is wanted."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> int:
        """Start it and return the descriptor of its output.

        ``exec``: the shell must become the program, or a signal would end the shell alone.
        """
        self._process = subprocess.Popen(
            child_command(["/bin/sh", "-c", f"exec {self._command}"]),
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout
        self._started = time.monotonic()
        descriptor = self._process.stdout.fileno()
        os.set_blocking(descriptor, False)
        return descriptor

    def read(self) -> bool:
        """Pass on what it printed since; False when no more can come."""
        chunk = self._take()
        if chunk is None:
            return True
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._output.line(self.name, line.decode(errors="replace"))
        return bool(chunk)

    def _take(self) -> bytes | None:
        assert self._process
        assert self._process.stdout
        try:
            return os.read(self._process.stdout.fileno(), 65536)
        except BlockingIOError:
            return None

    def bury(self) -> str:
        """After its death: end what it started, plan the next start, say what happened."""
        assert self._process
        assert self._process.stdout
        code = self._process.wait()
        kill_session(self._process.pid)
        self.read()
        self._process.stdout.close()
        self._process, self._rest = None, b""
        pause = self._next_pause()
        self._due = time.monotonic() + pause
        return f"{_ending(code)}; {pause:.0f}초 뒤 다시 시작 · starts again in {pause:.0f} s"

    def _next_pause(self) -> float:
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._deaths = 0
        self._deaths += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._deaths - 1))

    def send(self, signum: signal.Signals) -> None:
        """Only to the process itself: servers and Celery see to their own children."""
        if self.pid and self._process:
            self._process.send_signal(signum)

    def kill(self) -> None:
        """It and all that it started."""
        if self._process:
            kill_session(self._process.pid)
            self._process.wait()


def _ending(code: int) -> str:
    if code < 0:
        return f"{signal.Signals(-code).name} 신호로 끝남 · ended by {signal.Signals(-code).name}"
    return f"종료 코드 {code} · ended with exit code {code}"
