"""Keeps processes running until it is told to stop, and then leaves none behind."""

import selectors
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from launcher.leftovers import ChildrenFile
from launcher.output import Output
from launcher.process import ManagedProcess
from launcher.server import LocalServer, ServerError

STOP_SECONDS = 30.0
TICK_SECONDS = 0.2
REVIVE_AGAIN_SECONDS = 2.0  # a full disk may have room again

# Processes that are stopped together; a later group is needed by an earlier one until its end.
Group = Sequence[ManagedProcess]


class Supervisor:
    """Starts ``groups`` in reverse order (what others need comes last), watches them and
    ``servers``, and stops them in order: processes first, then the servers."""

    def __init__(
        self,
        groups: Sequence[Group],
        servers: Sequence[LocalServer],
        *,
        children: ChildrenFile,
        output: Output,
    ) -> None:
        self._groups = groups
        self._servers = servers
        self._children = children
        self._output = output
        self._selector = selectors.DefaultSelector()
        self._descriptors: dict[ManagedProcess, int] = {}
        self._stops = 0
        self._revive_at = 0.0

    def run(self) -> None:
        """Return after SIGINT, SIGTERM or SIGHUP, when everything has ended."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # nohup
                signal.signal(signum, self._on_signal)
        self.record()
        try:
            while not self._stops:
                self._start_due()
                self._read_output(TICK_SECONDS)
                self._bury_dead()
                self._revive_servers()
        finally:
            self._stop_all()

    def stop(self) -> None:
        """Ask ``run`` to return; safe from another thread."""
        self._stops += 1

    def record(self) -> None:
        """Write down who runs, for the launcher after us."""
        running = [(process.name, process.pid) for process in self._processes if process.pid]
        servers = [(server.name, server.pid) for server in self._servers if server.pid]
        self._children.write(running + servers)

    @property
    def _processes(self) -> list[ManagedProcess]:
        return [process for group in self._groups for process in group]

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self._stops += 1

    def _start_due(self) -> None:
        due = [process for process in reversed(self._processes) if process.is_due]
        for process in due:
            self._descriptors[process] = process.start()
            self._selector.register(self._descriptors[process], selectors.EVENT_READ, process)
        if due:
            self.record()

    def _read_output(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if not key.data.read():
                self._selector.unregister(key.fd)
                del self._descriptors[key.data]
                time.sleep(0.01)  # the end of its output comes a moment before its own

    def _bury_dead(self) -> None:
        for process in self._processes:
            if process.is_dead:
                self._forget(process)
                self._output.line(process.name, process.bury())

    def _forget(self, process: ManagedProcess) -> None:
        if process in self._descriptors:
            self._selector.unregister(self._descriptors.pop(process))

    def _revive_servers(self) -> None:
        if time.monotonic() < self._revive_at:
            return
        for server in self._servers:
            if not server.pid:
                self._output.line(server.name, "꺼져서 다시 시작합니다 · died, starts again")
                try:
                    server.start()
                except ServerError as error:
                    self._output.line(server.name, str(error))
                    self._revive_at = time.monotonic() + REVIVE_AGAIN_SECONDS
                self.record()

    def _stop_all(self) -> None:
        self._output.plain("haja: 멈추는 중 · stopping (Ctrl-C: 바로 · at once)")
        for group in self._groups:
            self._stop_group(group)
        for server in reversed(self._servers):
            server.stop()
        self._children.end_leftovers()
        self._output.plain("haja: 모두 멈췄습니다 · all stopped")

    def _stop_group(self, group: Group) -> None:
        for process in group:
            process.send(signal.SIGTERM)
        first = self._stops
        self._wait(lambda: not any(process.pid for process in group) or self._stops > first)
        for process in group:
            if process.pid:
                self._output.line(process.name, "기다리지 않고 끝냅니다 · ended by force")
            process.kill()

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while not done() and time.monotonic() < deadline:
            self._read_output(TICK_SECONDS)
