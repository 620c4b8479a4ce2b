"""Rounds in turn, A B B A: what the machine does meanwhile hits all sides alike."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TypeVar

from bench.load import Load, drive
from bench.process import Process, cpu_seconds
from bench.report import Report
from bench.servers import Servers, connect, number

K = TypeVar("K")
T = TypeVar("T")
WARM_UP = 600  # calls: each thread has made its connections and PostgreSQL has its plans


def alternate(sides: Mapping[K, Callable[[], T]], rounds: int) -> dict[K, list[T]]:
    """What each side gave in each round; the order is turned around every second round."""
    found: dict[K, list[T]] = {name: [] for name in sides}
    for turn in range(rounds):
        for name in list(sides)[:: 1 if turn % 2 == 0 else -1]:
            sys.stderr.write(f"\r\033[K  round {turn + 1} of {rounds}: {name}\r")
            sys.stderr.flush()
            found[name].append(sides[name]())
    sys.stderr.write("\033[K")
    return found


@dataclass(frozen=True, slots=True)
class Round:
    """Calls, and the microseconds of CPU that each took, by process."""

    load: Load
    cpu: dict[str, float]


@dataclass(slots=True)
class Side:
    """A server that is called. ``written`` is the address of its database and a query that counts
    the calls which it has as a whole; ``behind`` is a process behind the server; ``after`` runs
    after each round with the number of its calls."""

    servers: Servers
    server: Process
    call: Callable[[int], bytes]
    status: int = 201
    written: tuple[str, str] | None = None
    behind: Process | None = None
    clients: int = 16
    seconds: float = 3.0
    after: Callable[[int], None] = field(default=lambda _calls: None)
    answered: int = 0

    def drive(self, *, seconds: float = 1e9, count: int = sys.maxsize) -> Round:
        """Raises RuntimeError: a call was not taken."""
        processes = {"web": self.server, **({"behind": self.behind} if self.behind else {})}
        pids = {name: process.pid for name, process in processes.items()}
        pids |= {"postgres": self.servers.postgres.pid, "redis": self.servers.redis.pid}
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        limits = {"clients": self.clients, "count": count, "server": self.server.pid}
        load = drive(self.server.port, self.call, seconds=seconds, **limits)
        if set(load.statuses) != {self.status}:
            raise RuntimeError(f"not all taken: {load.statuses}\n{self.server.said()[-3000:]}")
        calls = len(load.latencies)
        used = {name: 1e6 * (cpu_seconds(pid) - before[name]) / calls for name, pid in pids.items()}
        self.answered += calls
        self.after(calls)
        return Round(load, used)


def play(report: Report, sides: Mapping[str, Side], *, rounds: int = 5) -> dict[str, list[Round]]:
    """Warm the sides up, drive them in turn, and see that all is written.

    Raises:
        RuntimeError: a call was not taken, not written, or written more than once.
    """
    expected = {side.written: _written(side.written) for side in sides.values()}
    for side in sides.values():
        side.answered = 0
        side.drive(count=WARM_UP)
    turns = {name: partial(side.drive, seconds=side.seconds) for name, side in sides.items()}
    found = alternate(turns, rounds)
    for side in sides.values():
        expected[side.written] += side.answered
    for query, count in expected.items():
        if query and count != _written(query):
            raise RuntimeError(f"{count} should be written, {_written(query)} are: {query[1]}")
    for name, played in found.items():
        report.tell(name, _line(played))
    return found


def _written(query: tuple[str, str] | None) -> int:
    if query is None:
        return 0
    with connect(query[0]) as opened:
        return number(opened, query[1])


def _line(rounds: Sequence[Round]) -> str:
    """All figures of a side, as medians."""
    used = ", ".join(f"{name} {median(cpu(rounds, name)):,.0f} µs" for name in rounds[0].cpu)
    p50 = 1e3 * median(one.load.quantile(0.5) for one in rounds)
    latency = f"p50 {p50:.1f} ms, p99 {median(p99(rounds)):.1f} ms"
    return f"{median(rate(rounds)):,.0f} /s; CPU of each: {used}; {latency}"


def rate(rounds: Sequence[Round]) -> list[float]:
    """Calls in a second."""
    return [one.load.per_second for one in rounds]


def cpu(rounds: Sequence[Round], *names: str) -> list[float]:
    """Microseconds of these processes together, for each call."""
    return [sum(one.cpu[name] for name in names) for one in rounds]


def p99(rounds: Sequence[Round]) -> list[float]:
    """Milliseconds within which 99 of 100 were answered."""
    return [1e3 * one.load.quantile(0.99) for one in rounds]
