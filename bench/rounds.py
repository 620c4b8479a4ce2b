"""Rounds of calls against web servers: how many were answered, how fast, and at what CPU."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.accounting import cpu_seconds
from bench.alternation import alternate
from bench.load import Load, drive
from bench.servers import Running, Servers
from bench.spreading import spread

WARM_UP = 400  # calls: each thread has made its connections and PostgreSQL has its plans


@dataclass(frozen=True, slots=True)
class Round:
    """CPU in microseconds per answered call, latencies in milliseconds."""

    calls: int
    per_second: float
    web: float
    postgres: float
    redis: float
    p50: float
    p99: float

    @property
    def web_and_postgres(self) -> float:
        return self.web + self.postgres


@dataclass(slots=True)
class Side:
    """One design. ``written`` counts the whole requests that its database has, ``status`` is the
    answer of a call that was taken, ``after`` runs after each round with the number of its calls.
    """

    running: Running
    call: Callable[[int], bytes]
    written: Callable[[], int]
    status: int = 201
    clients: int = 16
    warm_up: int = WARM_UP
    after: Callable[[int], None] | None = None
    answered: int = 0

    def drive(self, *, seconds: float | None = None, count: int | None = None) -> Load:
        """Raises RuntimeError: a call was not taken."""
        port, clients = self.running.port, self.clients
        opened = spread(port, self.running.pid, clients)
        load = drive(port, self.call, clients=clients, seconds=seconds, count=count, opened=opened)
        if set(load.statuses) != {self.status}:
            tail = self.running.log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"not all calls were taken: {dict(load.statuses)}\n{tail}")
        self.answered += len(load.latencies)
        return load

    def check(self) -> None:
        """Raises RuntimeError: what was answered was not written, or written more than once."""
        if (written := self.written()) != self.answered:
            raise RuntimeError(f"{self.answered} calls were taken and {written} written")


def play(
    sides: Mapping[str, Side], base: Servers, *, rounds: int, seconds: float
) -> dict[str, list[Round]]:
    """Warm each side up, drive them in turn, and see that all is written."""
    for side in sides.values():
        done = len(side.drive(count=side.warm_up).latencies)
        if side.after:
            side.after(done)
    turns = {name: _turn(side, base, seconds) for name, side in sides.items()}
    found = alternate(turns, rounds)
    for side in sides.values():
        side.check()
    return found


def _turn(side: Side, base: Servers, seconds: float) -> Callable[[], Round]:
    roots = (side.running.pid, base.postgres.pid, base.redis.pid)

    def turn() -> Round:
        before = [cpu_seconds(root) for root in roots]
        load = side.drive(seconds=seconds)
        used = [cpu_seconds(root) - start for root, start in zip(roots, before, strict=True)]
        calls = len(load.latencies)
        if side.after:
            side.after(calls)
        web, postgres, redis = (1e6 * one / calls for one in used)
        p50, p99 = 1e3 * load.quantile(0.5), 1e3 * load.quantile(0.99)
        return Round(calls, load.per_second, web, postgres, redis, p50, p99)

    return turn
