"""The real processes of the Procfile on servers of their own, started again when they die."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from launcher.leftovers import kill_session
from launcher.postgres import PostgresServer
from launcher.procfile import RELEASE, read_procfile
from launcher.redis import RedisServer
from launcher.server import child_command, free_port
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
PAUSE = 0.2  # seconds between looks at the processes, and before a dead one starts again
STOP_SECONDS = 30.0


class Stack:
    """``with Stack(folder, MAIL_PORT="2525") as stack`` runs the release and then everything.

    Settings are given as environment variables. Output goes to one file per process in ``logs``.
    ``only`` names the processes that a test needs, if not all.
    """

    def __init__(self, folder: Path, only: tuple[str, ...] = (), /, **settings: str) -> None:
        self.logs = folder / "logs"
        self.data = folder / "data"
        self.postgres = PostgresServer(folder / "postgres", settings={"fsync": "off"})
        self.redis = RedisServer(folder / "redis")
        self.port, self.live_port, self.flower_port = (free_port() for _ in range(3))
        # Without a gateway the web is called itself.
        self.web_port = self.port if only and "gateway" not in only else free_port()
        self._settings = settings
        self._commands = {
            name: command
            for name, command in read_procfile(ROOT / "Procfile").items()
            if not only or name in (RELEASE, *only)
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        # The kernel ends children with the thread that started them: one thread for their life.
        self._thread = threading.Thread(target=self._supervise, name="stack")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        """Where sockets are opened."""
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def environment(self) -> dict[str, str]:
        programs = Path(sys.executable).parent
        usual = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.data),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": "a secret of the stack of the tests, 32 bytes",
            "JWT_SECRET_KEY": "another secret of the stack of the tests, 32",
            "PORT": str(self.port),
            "WEB_PORT": str(self.web_port),
            "LIVE_PORT": str(self.live_port),
            "FLOWER_PORT": str(self.flower_port),
            "HAJA_DATA_DIR": str(self.data),
            "PUBLIC_URL": self.url,
        }
        return usual | self._settings

    def __enter__(self) -> "Stack":
        for folder in (self.logs, self.data / "run"):
            folder.mkdir(parents=True)
        try:
            self.postgres.start()
            self.redis.start()
            self.run(self._commands.pop(RELEASE))
            self._thread.start()
            wait_for(lambda: len(self._processes) == len(self._commands), "all are started")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.redis.stop()
        self.postgres.stop()

    def run(self, command: str) -> str:
        """Run a command line to its end in the stack's environment; returns what it printed."""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env=self.environment,
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pid(self, name: str) -> int:
        with self._lock:
            return self._processes[name].pid

    def kill(self, name: str, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the main process alone; a dead one is started again."""
        os.kill(self.pid(name), signum)

    def change(self, names: tuple[str, ...], settings: Mapping[str, str]) -> None:
        """Other settings for these processes from now on: returns when each was started anew."""
        self._settings |= settings
        old = {name: self.pid(name) for name in names}
        for name in names:
            self.kill(name, signal.SIGTERM)
        wait_for(lambda: all(self.pid(name) != old[name] for name in names), "they start anew")

    def log(self, name: str) -> str:
        return (self.logs / name).read_text(errors="replace")

    def _supervise(self) -> None:
        while not self._stopping.wait(PAUSE):
            for name in self._commands:
                process = self._processes.get(name)
                if process is None or process.poll() is not None:
                    self._start(name, process)
        self._stop_all()

    def _start(self, name: str, dead: "subprocess.Popen[bytes] | None") -> None:
        if dead is not None:
            kill_session(dead.pid)
        with (self.logs / name).open("ab") as log, self._lock:
            self._processes[name] = subprocess.Popen(
                child_command(["/bin/sh", "-c", f"exec {self._commands[name]}"]),
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _stop_all(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            finally:
                kill_session(process.pid)
                process.wait()
