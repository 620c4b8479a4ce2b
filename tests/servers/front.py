"""One address before the web and the live process: sockets to the one, all else to the other."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from launcher.server import free_port
from tests.conftest import ROOT
from tests.servers.live_server import serve_live
from tests.servers.web_server import serve
from tests.waiting import wait_for

HEAD_BYTES = 64 * 1024


@contextmanager
def serve_pages(logs: Path, **settings: str) -> Iterator[str]:
    """A web and a live process behind one address, as browsers need them."""
    with serve(logs / "web.log", **settings) as web, serve_live(logs / "live.log") as live:
        with _serve_front(urlsplit(web).port or 0, live.port) as address:
            yield address


@contextmanager
def _serve_front(web_port: int, live_port: int) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", __name__, *map(str, (port, web_port, live_port))]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            wait_for(lambda: _listens(port), "the front listens")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except OSError:
        return False
    return True


class Front:
    """What a connection asks for first decides where it goes."""

    def __init__(self, web_port: int, live_port: int) -> None:
        self._ports = {False: web_port, True: live_port}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            to_live = head.partition(b" ")[2].startswith(b"/ws")
            behind, before = await asyncio.open_connection("127.0.0.1", self._ports[to_live])
            before.write(head)
            await asyncio.gather(_pass_on(reader, before), _pass_on(behind, writer))


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(HEAD_BYTES):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()


async def _main(port: int, web_port: int, live_port: int) -> None:
    front = Front(web_port, live_port)
    server = await asyncio.start_server(front.serve, "127.0.0.1", port, limit=HEAD_BYTES)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
