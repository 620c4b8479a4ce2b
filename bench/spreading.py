"""Connections spread evenly over a server's workers.

Workers that share a listening socket race for each connection, and what one has got it keeps: with
sixteen clients that never close, anything from 8 and 8 to 16 and 0 comes out, which moves the rate
of the very same server by half. A balancer in front would spread them; this does.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.accounting import pids
from bench.load import connect

PATIENCE = 10.0  # seconds until a worker that accepts nothing counts as dead
_WAITING = "0"  # the inode of a connection that no process has accepted yet


def spread(port: int, server: int, clients: int) -> list[socket.socket]:
    """``clients`` connections to ``port``, each worker below ``server`` (a process id) has as many.

    Raises:
        TimeoutError: a worker does not accept.
    """
    workers = _workers(server)
    opened: list[socket.socket] = []
    for number, worker in enumerate(workers):
        share = len(range(number, clients, len(workers)))
        with _stopped([other for other in workers if other != worker]):
            mine = [connect(port) for _ in range(share)]
            _await_accepted(port, mine)
        opened += mine
    return opened


def _workers(server: int) -> list[int]:
    """All children; or those of them that serve, where multiprocessing has put its tracker too."""
    children = pids(server)[1:]
    return [pid for pid in children if b"resource_tracker" not in _command(pid)]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def _stopped(processes: Sequence[int]) -> Iterator[None]:
    """For milliseconds: no server misses a heartbeat in that time."""
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def _await_accepted(port: int, connections: Sequence[socket.socket]) -> None:
    wanted = {one.getsockname()[1] for one in connections}
    end = time.monotonic() + PATIENCE
    while not wanted <= _accepted(port):
        if time.monotonic() > end:
            raise TimeoutError(f"a worker on port {port} accepts no connection")
        time.sleep(0.002)


def _accepted(port: int) -> set[int]:
    """The callers' ports of the connections to ``port`` that some process holds (proc(5))."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {
        int(row[2].rpartition(":")[2], 16)
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port and row[9] != _WAITING
    }
