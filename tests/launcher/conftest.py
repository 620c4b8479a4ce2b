"""A toy stack in a folder with a space in its name."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.postgres import PostgresServer
from launcher.proc import find_process
from launcher.server import free_port
from tests.launcher.waiting import wait_until

ROOT = Path(__file__).parents[2]


class ToyStack:
    """Writes a Procfile, starts launchers on it, and knows which processes they made."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", str(folder)),
            "PORT": str(free_port()),
            "FLOWER_PORT": str(free_port()),
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "MAIL_SERVER": "127.0.0.1",
        }
        self._launchers: list[subprocess.Popen[str]] = []

    def write_procfile(self, *lines: str) -> None:
        (self.folder / "Procfile").write_text("\n".join(lines) + "\n")

    def start(self) -> "subprocess.Popen[str]":
        """A launcher in the background; its output goes to the file ``out``."""
        with (self.folder / "out").open("a") as out:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "tests.launcher.toy", str(self.folder)],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._launchers.append(launcher)
        return launcher

    @property
    def output(self) -> str:
        return (self.folder / "out").read_text()

    def pids(self, name: str) -> list[int]:
        """The process ids that toys wrote into the file ``name``, one a line."""
        path = self.folder / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def running(self, name: str) -> list[int]:
        found = [find_process(pid) for pid in self.pids(name)]
        return [process.pid for process in found if process and not process.zombie]

    def wait_for(self, name: str, count: int = 1) -> None:
        wait_until(lambda: len(self.pids(name)) >= count, f"{count} lines in {name}")

    def end(self) -> None:
        for launcher in self._launchers:
            if launcher.poll() is None:
                launcher.send_signal(signal.SIGTERM)
                launcher.wait(60)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Its own, and not the other tests': here it is killed."""
    with PostgresServer(tmp_path_factory.mktemp("with a space")) as server:
        yield server


@pytest.fixture
def toys(tmp_path: Path, postgres: PostgresServer) -> Iterator[ToyStack]:
    folder = tmp_path / "toy stack"
    folder.mkdir()
    stack = ToyStack(folder, postgres.url)
    yield stack
    stack.end()
