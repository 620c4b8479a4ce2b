"""What the whole stack holds and uses at rest, and how soon after its start it takes a request.

Every process of the Procfile but its release step, started all at once as the launcher does. PSS
counts a page that several processes share in parts, so that the processes add up.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from urllib.request import Request, urlopen

from bench.calls import JSON, REQUESTS, reports
from bench.process import ROOT, Process, wait
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, servers
from bench.usage import cpu_seconds, memory_bytes
from launcher import ready
from launcher.environment import compose
from launcher.procfile import RELEASE, read_procfile
from launcher.server import free_port

ROUNDS = 2
STILL_SECONDS, STILL_SHARE = 3.0, 0.2  # at rest: for so long, less of a core than so much
IDLE_SECONDS = 60.0
IDLE_CPU, IDLE_MEMORY = 3.0, 850.0  # percent of a core; MB
# What the processes are started from instead, for an application of one module.
_EVERYTHING = {
    "web.wsgi:application": "bench.variants:web",
    "-m worker": "-m bench.variants everything worker",
}


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds to the first 201 and until all parts were there; then MB and seconds of CPU by
    process."""

    accepted: float
    complete: float
    memory: dict[str, float]
    cpu: dict[str, float]

    def total(self, figure: str) -> float:
        value = getattr(self, figure)
        return float(sum(value.values()) if isinstance(value, dict) else value)


def measure(report: Report) -> None:
    """Against the same processes with everything imported everywhere, in turn."""
    kinds = ("lean", "everything")
    with _surroundings() as base:
        turns = {kind: partial(_start, base, kind) for kind in kinds}
        found = alternate(turns, ROUNDS)
    for name in found["lean"][0].memory:
        memory, used = (
            [f"{median(getattr(one, kind)[name] for one in found[side]):.1f}" for side in kinds]
            for kind in ("memory", "cpu")
        )
        report.tell(f"{name}: MB, s of CPU until at rest", [" : ".join(memory), " : ".join(used)])
    for what, unit, figure, goals in (
        ("memory of the stack at rest (PSS)", "MB", "memory", {"most": 0.6, "better": 0.4}),
        ("first accepted request after start", "s", "accepted", {"most": 0.5, "better": 0.25}),
        ("all parts there after start", "s", "complete", {}),
        ("CPU of the stack until at rest", "s", "cpu", {}),
    ):
        pair = ([one.total(figure) for one in found[kind]] for kind in kinds)
        report.add(what, "everything imported everywhere", pair, unit, **goals)


def measure_idle(report: Report) -> None:
    """The stack alone, for a minute; then with PostgreSQL and Redis, which it asks."""
    with _surroundings() as base, _stack(base, "lean") as running:
        _await_all(base, *running.values())
        _await_rest(*running.values())
        pids = {name: process.pid for name, process in running.items()}
        pids |= {"postgres": base.postgres.pid, "redis": base.redis.pid}
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(IDLE_SECONDS)
        cpu = {name: 100 * (cpu_seconds(pid) - before[name]) for name, pid in pids.items()}
        memory = {name: memory_bytes(pid) / 1e6 for name, pid in pids.items()}
    for name in pids:
        report.tell(name, f"{cpu[name] / IDLE_SECONDS:.2f} % of a core, {memory[name]:.0f} MB")
    for what, names in (("the stack", running), ("with PostgreSQL and Redis", pids)):
        used = sum(cpu[name] for name in names) / IDLE_SECONDS
        held = sum(memory[name] for name in names)
        report.limit(f"{what}, at rest for a minute: CPU", [used], IDLE_CPU, "% of a core")
        report.limit(f"{what}, at rest: memory (PSS)", [held], IDLE_MEMORY, "MB")


@contextmanager
def _surroundings() -> Iterator[Servers]:
    """PostgreSQL, Redis and an inbox, and all settings of the processes."""
    with servers() as base:
        ports = {name: str(free_port()) for name in ("PORT", "FLOWER_PORT", "MAIL_PORT")}
        own = {"MAIL_SERVER": "127.0.0.1", "FLOWER_BASIC_AUTH": f"flower:{secrets.token_hex(12)}"}
        own |= {"HOME": str(base.folder), **ports}
        path = {"PATH": base.environment["PATH"]}
        base.environment.update(compose(base.folder, base.environment | own) | path)
        with base.serve("python -m launcher.inbox", "MAIL_PORT") as inbox:
            base.environment["MAIL_PORT"] = str(inbox.port)
            yield base


@contextmanager
def _stack(base: Servers, kind: str) -> Iterator[dict[str, Process]]:
    lines = read_procfile(ROOT / "Procfile")
    del lines[RELEASE]
    if kind == "everything":
        for ours, theirs in _EVERYTHING.items():
            lines = {name: line.replace(ours, theirs) for name, line in lines.items()}
    with ExitStack() as stack:
        yield {name: stack.enter_context(base.start(line)) for name, line in lines.items()}


def _start(base: Servers, kind: str) -> Start:
    with connect(base.url) as opened:
        execute(opened, "TRUNCATE heartbeats")  # an earlier stack's would make this one look ready
    began = time.monotonic()
    with _stack(base, kind) as running:
        processes = running.values()
        wait(lambda: _accepts(base.environment["PORT"]), "an accepted request", *processes)
        accepted = time.monotonic() - began
        _await_all(base, *processes)
        complete = time.monotonic() - began
        _await_rest(*processes)
        memory = {name: memory_bytes(one.pid) / 1e6 for name, one in running.items()}
        used = {name: cpu_seconds(one.pid) for name, one in running.items()}
        return Start(accepted, complete, memory, used)


def _await_all(base: Servers, *processes: Process) -> None:
    """Until everything says that it is there."""
    wait(lambda: not ready._missing(base.environment), "all parts", *processes, pause=0.2)


def _await_rest(*processes: Process) -> None:
    """Until nothing is busy any more."""

    def is_still() -> bool:
        before = cpu_seconds(*(one.pid for one in processes))
        time.sleep(STILL_SECONDS)
        used = cpu_seconds(*(one.pid for one in processes)) - before
        return used / STILL_SECONDS < STILL_SHARE

    wait(is_still, "the stack comes to rest", *processes)


def _accepts(port: str) -> bool:
    body = json.dumps(reports()[0]).encode()
    call = Request(f"http://127.0.0.1:{port}{REQUESTS}", body, JSON)
    try:
        with urlopen(call, timeout=30) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 201)
    except OSError:
        return False
