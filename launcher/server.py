"""A server that belongs to us: started in a folder, on a loopback port, ended with us."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

from launcher.proc import descendants

CHILD = Path(__file__).with_name("child.py")
HOST = "127.0.0.1"
START_SECONDS = 60.0  # while it runs: recovery after a crash takes its time
RETRY_SECONDS = 15.0  # when it ends by itself
STOP_SECONDS = 20.0


class ServerError(Exception):
    """A server could not be found or started; the message is fit for a person."""


def child_command(
    command: list[str], *, death_signal: signal.Signals = signal.SIGKILL, user: str = "-"
) -> list[str]:
    """``command`` so that it dies with this process; see ``launcher/child.py`` for ``user``.

    Start it from a thread that lives as long as the child should: Linux watches the thread.
    """
    shim = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(death_signal)), user]
    return shim + command


def free_port() -> int:
    """A loopback port that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def kept_password(path: Path) -> str:
    """The password in ``path`` (mode 0600), made on the first call."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
    return path.read_text()


class LocalServer(ABC):
    """Start, stop, kill, pause and resume one server process; a context manager.

    ``folder`` holds its data, password and log and may exist from an earlier start. The port is
    chosen at the first start and kept for later ones of the same object.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with user and password, for settings."""

    @abstractmethod
    def _prepare(self) -> None:
        """Make the folder ready; called before each start."""

    @abstractmethod
    def _launch(self) -> "subprocess.Popen[bytes]":
        """Start the process on ``self.port``."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server takes work."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def notice(self) -> str:
        """What a person ought to know after the start; usually nothing."""
        return ""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Return when the server answers.

        Raises:
            ServerError: it did not; the message ends with the last lines of its log.
        """
        if self.pid:
            return
        try:
            self._start()
        except OSError as error:  # no room, or no right
            raise ServerError(f"{self.name} did not start: {error}") from error

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._prepare()
        fixed, give_up = self.port, time.monotonic() + RETRY_SECONDS
        while True:
            self.port = fixed or free_port()
            self._process = self._launch()
            if self._wait_until_it_answers():
                return
            # The port was taken in between, or a killed predecessor still holds its memory.
            self.kill()
            if time.monotonic() > give_up:
                raise ServerError(f"{self.name} did not start:\n{self._last_words()}")
            time.sleep(0.3)

    def stop(self) -> None:
        """End it in good order, by force after 20 seconds; quiet when it does not run."""
        self._end(self.stop_signal, STOP_SECONDS)

    def restart(self) -> None:
        """Stop, and start on the same port with the same data."""
        self.stop()
        self.start()

    def kill(self, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send ``signum`` and wait for the end, as after a crash."""
        self._end(signum, STOP_SECONDS)

    def pause(self) -> None:
        """Freeze it with all its processes: connections stay open and nothing answers."""
        self._signal_tree(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._signal_tree(signal.SIGCONT)

    def _end(self, signum: signal.Signals, seconds: float) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signum)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _signal_tree(self, signum: signal.Signals) -> None:
        if pid := self.pid:
            for member in (pid, *descendants(pid)):
                _send(member, signum)

    def _wait_until_it_answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.pid:
            if self._answers():
                return True
            time.sleep(0.05)
        return False

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  {line}" for line in lines[-6:])

    def _open_log(self) -> BinaryIO:
        """A log may quote what a client sent."""
        return open(self.log, "ab", opener=_open_privately)

    def _popen(
        self, command: list[str], *, user: str = "-", folder: Path | None = None
    ) -> "subprocess.Popen[bytes]":
        with self._open_log() as log:
            return subprocess.Popen(
                child_command(command, death_signal=self.stop_signal, user=user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder or self.folder,
                start_new_session=True,
            )


def _open_privately(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # one of an earlier version, too
    return descriptor


def _send(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)
