"""A caller's body reaches the web as that caller sent it, whatever became of other callers'."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from launcher.server import free_port
from tests.servers.gateway_server import Gateway, serve_gateway

BROKEN_OFF, AT_ONCE, ROUNDS = 40, 48, 3
HALF = 400  # bytes


class _Echo(BaseHTTPRequestHandler):
    """Answers with the body that came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        if "Content-Length" not in self.headers:  # of those who break off
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # who breaks off


@contextmanager
def _echo() -> Iterator[int]:
    with _Server(("127.0.0.1", free_port()), _Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    with _echo() as port, serve_gateway(folder, WEB_PORT=str(port)) as gateway:
        yield gateway


def _connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=60)


def _head(rest: bytes) -> bytes:
    return b"POST /api/requests HTTP/1.1\r\nHost: haja\r\n" + rest + b"\r\n\r\n"


@pytest.mark.parametrize(
    "beginning",
    [
        _head(b"Content-Length: 3000000") + b"x" * 1_500_000,
        _head(b"Content-Length: 3000") + b"x" * 1_500,
        _head(b"Transfer-Encoding: chunked") + b"2dc6c0\r\n" + b"x" * 1_500_000,
        _head(b"Transfer-Encoding: chunked") + b"3\r\nxxx\r\nno size\r\n",
    ],
    ids=["large", "small", "chunked", "malformed"],
)
def test_who_breaks_off_changes_nobodys_body(gateway: Gateway, beginning: bytes) -> None:
    for _ in range(ROUNDS):
        for _ in range(BROKEN_OFF):
            with _connect(gateway) as wire:
                wire.sendall(beginning)
        bodies = [b"%03d," % number * (HALF // 2) for number in range(AT_ONCE)]
        with ExitStack() as open_:
            wires = [open_.enter_context(_connect(gateway)) for _ in bodies]
            for wire, body in zip(wires, bodies, strict=True):
                wire.sendall(_head(b"Content-Length: %d" % len(body)) + body[:HALF])
            for wire, body in zip(wires, bodies, strict=True):
                wire.sendall(body[HALF:])
            assert [_answer(wire, len(body)) for wire, body in zip(wires, bodies, strict=True)] == (
                bodies
            )


def _answer(wire: socket.socket, size: int) -> bytes:
    received = b""
    while len(received.partition(b"\r\n\r\n")[2]) < size and (more := wire.recv(65536)):
        received += more
    return received.partition(b"\r\n\r\n")[2]
