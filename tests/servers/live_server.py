"""Haja's live process as it runs in production, on the tests' PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.server import free_port
from tests.conftest import ROOT
from tests.waiting import wait_for

_MAIN = "from live.__main__ import main; main()"


@dataclass(frozen=True, slots=True)
class LiveServer:
    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def serve_live(log: Path, first: str = "", /, **settings: str) -> Iterator[LiveServer]:
    """A live process of its own, with ``settings`` besides the tests' usual ones; ``first`` is
    Python that it runs before anything else."""
    port = int(settings.get("LIVE_PORT") or free_port())
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(("-c", f"{first}; {_MAIN}") if first else ("-m", "live"))],
            cwd=ROOT,
            env={**os.environ, "LIVE_PORT": str(port), **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = LiveServer(process, port, log)
    try:
        wait_for(server.answers, "the live process answers", seconds=120)
        yield server
    finally:
        # One that a test has frozen hears nothing else.
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(60)
