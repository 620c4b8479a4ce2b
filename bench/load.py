"""Calls over HTTP/1.1 from a number of clients, each of which waits for its answer.

Ready-made load generators in Python cost more CPU per call than the servers under test, on the
same cores; this one writes bytes made before and reads no more of an answer than it must.
"""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
PATIENCE = 60.0  # seconds without any answer until the server counts as dead


@dataclass(slots=True)
class Load:
    """What came of it. ``latencies`` in seconds, in the order in which answers came."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        return sorted(self.latencies)[
            min(len(self.latencies) - 1, int(share * len(self.latencies)))
        ]


def connect(port: int) -> socket.socket:
    """A connection to a server on this machine."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Client:
    """One connection, opened anew when the server closes it."""

    def __init__(self, port: int, opened: socket.socket | None = None) -> None:
        self.port = port
        self.buffer = b""
        self.started = 0.0
        self.socket = opened or connect(port)

    def send(self, call: bytes) -> None:
        self.buffer = b""
        self.started = time.perf_counter()
        try:
            self.socket.sendall(call)
        except OSError:
            self.reopen()
            self.socket.sendall(call)

    def reopen(self) -> None:
        self.socket.close()
        self.socket = connect(self.port)

    def read(self) -> int | None:
        """The status of a whole answer, or None while there is more to come.

        Raises:
            ConnectionError: the server closed before it had answered.
        """
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer = self.buffer + data if self.buffer else data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _LENGTH.search(head)
        if length:
            complete = len(body) >= int(length.group(1))
        else:
            complete = b"chunked" not in head.lower() or body.endswith(b"0\r\n\r\n")
        return int(head[9:12]) if complete else None


def drive(
    port: int,
    call: Callable[[int], bytes],
    *,
    clients: int = 16,
    seconds: float | None = None,
    count: int | None = None,
    opened: Sequence[socket.socket] = (),
) -> Load:
    """Send ``call(0)``, ``call(1)`` ... for some seconds, or until ``count`` were answered.

    ``opened`` are connections to use instead of new ones, at least one for each client.

    Raises:
        TimeoutError: no answer for a minute.
        ConnectionError: a connection was closed in the middle of an answer.
    """
    load, sent = Load(), 0
    end = time.perf_counter() + (seconds or 1e9)
    with selectors.DefaultSelector() as ready:
        started = time.perf_counter()
        for number in range(min(clients, count or clients)):
            client = _Client(port, opened[number] if opened else None)
            client.send(call(sent))
            sent += 1
            ready.register(client.socket, selectors.EVENT_READ, client)
        while ready.get_map():
            events = ready.select(PATIENCE)
            if not events:
                raise TimeoutError(f"no answer on port {port}")
            for key, _mask in events:
                client = key.data
                if (status := client.read()) is None:
                    continue
                moment = time.perf_counter()
                load.latencies.append(moment - client.started)
                load.statuses[status] += 1
                if moment >= end or (count is not None and sent >= count):
                    ready.unregister(client.socket)
                    client.socket.close()
                    continue
                before = client.socket
                client.send(call(sent))
                sent += 1
                if client.socket is not before:
                    ready.unregister(before)
                    ready.register(client.socket, selectors.EVENT_READ, client)
        load.seconds = time.perf_counter() - started
    return load


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET call as bytes."""
    return _head("GET", path, headers or {}) + b"\r\n"


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST call as bytes; ``headers`` name the body's type."""
    return _head("POST", path, {**headers, "Content-Length": str(len(body))}) + b"\r\n" + body


def _head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n").encode()
