"""The whole stack on this machine, in the foreground."""

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from launcher.attach import keep_environment
from launcher.credentials import make_missing
from launcher.environment import ROOT, check_settings, compose
from launcher.given_database import require_answer
from launcher.leftovers import ChildrenFile
from launcher.lock import hold
from launcher.output import Output
from launcher.ports import chosen_ports, require_free
from launcher.postgres import PostgresServer
from launcher.process import ManagedProcess
from launcher.procfile import RELEASE, read_procfile
from launcher.ready import announce
from launcher.redis import RedisServer
from launcher.release import run_release
from launcher.server import LocalServer, free_port
from launcher.supervisor import Supervisor


class Stack:
    """What ``make run`` starts. ``run`` returns after everything has ended."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._root = root
        self._environment = environment
        self._data = Path(environment["HAJA_DATA_DIR"])
        self._output = Output()
        self._children = ChildrenFile(self._data / "run" / "children.json")
        self._made: dict[str, str] = {}

    def run(self) -> None:
        """Raises:
        LockedError, PortError, SettingsError, ServerError, ReleaseError: it cannot be started.
        """
        with hold(self._data), ExitStack() as cleanup:
            self._end_leftovers()
            require_free(chosen_ports(self._environment))
            self._made = make_missing(self._environment, self._data)
            self._environment |= self._made
            check_settings(self._environment)
            if url := self._environment.get("DATABASE_URL"):
                require_answer(url)
            servers = self._start_servers(cleanup)
            groups = self._make_groups()
            keep_environment(self._environment, self._data)
            self._release()
            supervisor = Supervisor(groups, servers, children=self._children, output=self._output)
            self._announce_later()
            supervisor.run()

    def _end_leftovers(self) -> None:
        if count := self._children.end_leftovers():
            self._say(f"남은 프로세스 {count}개를 정리했습니다 · ended {count} left-over processes")

    def _start_servers(self, cleanup: ExitStack) -> list[LocalServer]:
        wanted: dict[str, LocalServer] = {
            "DATABASE_URL": PostgresServer(self._data / "postgres"),
            "REDIS_URL": RedisServer(self._data / "redis"),
        }
        started = []
        for variable, server in wanted.items():
            if self._environment.get(variable):
                continue
            self._say(f"{server.name} 시작 · starting {server.name}")
            cleanup.callback(server.stop)
            server.start()
            if server.notice:
                self._say(server.notice)
            self._environment[variable] = server.url
            started.append(server)
            self._children.write((one.name, one.pid) for one in started)
        return started

    def _make_groups(self) -> list[list[ManagedProcess]]:
        """Mails may still leave while the workers finish: the inbox stops after them."""
        groups = []
        if not self._environment.get("MAIL_SERVER"):
            self._environment |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(free_port())}
            self._environment["HAJA_INBOX"] = str(self._data / "inbox")
            groups.append([self._managed("inbox", "python -m launcher.inbox", folder=ROOT)])
        processes = read_procfile(self._root / "Procfile")
        processes.pop(RELEASE, None)
        managed = [self._managed(name, command) for name, command in processes.items()]
        return [managed, *groups]

    def _managed(self, name: str, command: str, *, folder: Path | None = None) -> ManagedProcess:
        return ManagedProcess(
            name,
            command,
            environment=self._environment,
            folder=folder or self._root,
            output=self._output,
        )

    def _release(self) -> None:
        command = read_procfile(self._root / "Procfile").get(RELEASE)
        if command:
            self._say("데이터베이스 준비 · preparing the database")
            run_release(command, self._environment, self._root, self._output)

    def _announce_later(self) -> None:
        """In a thread: the supervisor has the main one, whose life the children's hangs on."""
        threading.Thread(
            target=announce,
            args=(self._environment, self._made, self._output),
            daemon=True,
            name="ready",
        ).start()

    def _say(self, text: str) -> None:
        self._output.plain(f"haja: {text}")


class Interrupted(Exception):
    """Told to stop before everything ran."""


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise Interrupted


def run() -> None:
    """Start the stack of this repository and stay until told to stop.

    Raises:
        LockedError, PortError, SettingsError, ServerError, ReleaseError: it cannot be started.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupt)
    try:
        Stack(ROOT, compose(ROOT, os.environ)).run()
    except Interrupted:
        print("haja: 멈췄습니다 · stopped", flush=True)
