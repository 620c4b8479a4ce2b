"""Haja's web server as the Procfile starts it, on the tests' PostgreSQL and Redis."""

import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.procfile import read_procfile
from tests.conftest import ROOT
from tests.waiting import wait_for

APPLICATION = "web.wsgi:application"


@dataclass(frozen=True, slots=True)
class WebServer:
    port: int
    pid: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, words: str) -> int:
        """How often the log says so."""
        return self.log.read_text(errors="replace").count(words)


@contextmanager
def serve(log: Path, application: str = APPLICATION, **settings: str) -> Iterator[WebServer]:
    """A web server of its own, with ``settings`` besides the tests' usual ones."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = f"{read_procfile(ROOT / 'Procfile')['web']} {application}"
    ours = {"WEB_PORT": str(port), "INTAKE_RATE_LIMIT": "10000 per minute"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=ROOT,
            env={**os.environ, **ours, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        server = WebServer(port, process.pid, log)
        try:
            wait_for(lambda: _answers(process, server), "the web server answers", seconds=180)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def _answers(process: "subprocess.Popen[bytes]", server: WebServer) -> bool:
    assert process.poll() is None, server.log.read_text()
    try:
        with urllib.request.urlopen(f"{server.address}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
