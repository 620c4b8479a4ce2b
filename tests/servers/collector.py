"""A real HTTP server that keeps what is sent to it: error reports, traces, page views."""

import gzip
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self


@dataclass(frozen=True, slots=True)
class Arrived:
    path: str
    body: bytes


class Collector:
    """``with Collector() as collector``; ``hanging=True`` takes a call and never answers it."""

    def __init__(self, *, hanging: bool = False) -> None:
        self.arrived: list[Arrived] = []
        self.hanging = hanging
        self.closing = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def bodies(self, path: str) -> list[bytes]:
        """What came to addresses that end with ``path``."""
        return [one.body for one in list(self.arrived) if one.path.endswith(path)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _handler_of(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            encoding = self.headers.get("Content-Encoding", "")
            if encoding == "gzip":
                body = gzip.decompress(body)
            elif encoding:
                body = zlib.decompress(body)
            collector.arrived.append(Arrived(self.path.partition("?")[0], body))
            if collector.hanging:
                collector.closing.wait(120)
                return
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the tests say what matters."""

    return Handler
