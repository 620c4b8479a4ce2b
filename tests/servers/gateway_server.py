"""Haja's gateway as the Procfile starts it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.server import free_port
from tests.conftest import ROOT
from tests.servers.live_server import serve_live
from tests.servers.web_server import serve
from tests.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Gateway:
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve_gateway(folder: Path, **settings: str) -> Iterator[Gateway]:
    """A gateway whose other processes are where ``settings`` say."""
    port = int(settings.get("PORT") or free_port())
    environment = {**os.environ, "PORT": str(port), "HAJA_DATA_DIR": str(folder), **settings}
    log = folder / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: _listens(process, port, log), "the gateway listens", seconds=120)
        yield Gateway(port, log)
    finally:
        process.terminate()
        process.wait(60)


def _listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


@contextmanager
def serve_pages(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a gateway with a web and a live process behind it."""
    with (
        serve(folder / "web.log", **settings) as web,
        serve_live(folder / "live.log", **settings) as live,
        serve_gateway(
            folder, WEB_PORT=str(web.port), LIVE_PORT=str(live.port), **settings
        ) as gateway,
    ):
        yield gateway.address
