"""Calls over HTTP/1.1 from a number of clients, each of which waits for its answer.

Ready-made load generators in Python cost more CPU for each call than the servers under test, on the
same cores; this one sends bytes that were made before and reads no more of an answer than it must.
"""

import itertools
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.process import tree

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
PATIENCE = 60.0  # seconds without any answer until the server counts as dead


@dataclass(slots=True)
class Load:
    """What came of it. ``latencies`` are in seconds, in the order in which answers came."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        last = len(self.latencies) - 1
        return sorted(self.latencies)[min(last, int(share * len(self.latencies)))]


class _Client:
    """One connection, which stays open."""

    def __init__(self, opened: socket.socket) -> None:
        self.socket, self.buffer, self.started = opened, b"", 0.0

    def send(self, call: bytes) -> None:
        self.buffer, self.started = b"", time.perf_counter()
        self.socket.sendall(call)

    def read(self) -> int | None:
        """The status of a whole answer, or None while there is more to come.

        Raises:
            ConnectionError: the server closed before it had answered.
        """
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        if length := _LENGTH.search(head):
            complete = len(body) >= int(length.group(1))
        else:
            complete = b"chunked" not in head.lower() or body.endswith(b"0\r\n\r\n")
        return int(head[9:12]) if complete else None


def drive(
    port: int,
    call: Callable[[int], bytes],
    *,
    clients: int = 16,
    seconds: float = 1e9,
    count: int = sys.maxsize,
    server: int | None = None,
) -> Load:
    """Send ``call(0)``, ``call(1)`` ... for some seconds, or until ``count`` were answered. With
    ``server``, its process id, each of its workers gets as many clients as the others.

    Raises:
        TimeoutError: no answer for a minute.
        ConnectionError: the server closed a connection.
    """
    clients = min(clients, count)
    opened = _spread(port, server, clients) if server else [_connect(port) for _ in range(clients)]
    load, numbers, started = Load(), itertools.count(), time.perf_counter()
    with selectors.DefaultSelector() as ready:
        for client in map(_Client, opened):
            client.send(call(next(numbers)))
            ready.register(client.socket, selectors.EVENT_READ, client)
        while ready.get_map():
            if not (events := ready.select(PATIENCE)):
                raise TimeoutError(f"no answer on port {port}")
            for client in (key.data for key, _mask in events):
                if (status := client.read()) is None:
                    continue
                moment = time.perf_counter()
                load.latencies.append(moment - client.started)
                load.statuses[status] += 1
                if (number := next(numbers)) < count and moment < started + seconds:
                    client.send(call(number))
                else:
                    ready.unregister(client.socket)
                    client.socket.close()
        load.seconds = time.perf_counter() - started
    return load


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _spread(port: int, server: int, clients: int) -> list[socket.socket]:
    """Connections, as many for each worker; those that a worker has too many of are closed again.

    Chance gives anything from 8 and 8 to 14 and 2, which moves the rate of the very same server.

    Raises:
        TimeoutError: a worker accepts none.
    """
    workers = [pid for pid in tree(server)[1:] if b"resource_tracker" not in _command(pid)]
    if len(workers) < 2:
        return [_connect(port) for _ in range(clients)]
    share, opened = -(-clients // len(workers)), list[socket.socket]()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        opened += [_connect(port) for _ in range(clients)]
        time.sleep(0.05)
        held = _by_worker(port, opened, workers)
        if all(len(mine) >= share for mine in held.values()):
            kept = [one for mine in held.values() for one in mine[:share]][:clients]
            for connection in set(opened).difference(kept):
                connection.close()
            return kept
    raise TimeoutError(f"a worker on port {port} accepts no connections")


def _by_worker(
    port: int, opened: Sequence[socket.socket], workers: Sequence[int]
) -> dict[int, list[socket.socket]]:
    """Who has accepted which: proc(5) names the inode of each connection's other end."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inodes = {
        int(row[2].rpartition(":")[2], 16): f"socket:[{row[9]}]"
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port
    }
    return {
        pid: [one for one in opened if inodes.get(one.getsockname()[1]) in held]
        for pid in workers
        for held in [{_target(link) for link in Path(f"/proc/{pid}/fd").iterdir()}]
    }


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed since
        return ""
