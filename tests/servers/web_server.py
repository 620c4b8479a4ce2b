"""Haja's web server as it runs in production, on the tests' PostgreSQL and Redis."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT
from tests.waiting import wait_for


@contextmanager
def serve(log: Path, application: str = "web:create_app()", **settings: str) -> Iterator[str]:
    """A gunicorn of its own, with ``settings`` besides the tests' usual ones; its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    ours = {"PORT": str(port), "INTAKE_RATE_LIMIT": "10000 per minute"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, application],
            cwd=ROOT,
            env={**os.environ, **ours, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(
                lambda: _answers(process, address, log), "the web process answers", seconds=180
            )
            yield address
        finally:
            process.terminate()
            process.wait(60)


def _answers(process: "subprocess.Popen[bytes]", address: str, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
