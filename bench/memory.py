"""The whole stack: how soon after its start it takes a request, and what it holds and uses at rest.

Every process of the Procfile but its release step, started all at once as the launcher does.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.request import Request, urlopen

from bench.calls import JSON, REQUESTS, reports
from bench.process import ROOT, Process, cpu_seconds, memory_bytes, wait
from bench.report import Report
from bench.servers import Servers, servers
from launcher import ready
from launcher.environment import compose
from launcher.procfile import RELEASE, read_procfile
from launcher.server import free_port

STILL_SECONDS, STILL_SHARE = 3.0, 0.2  # at rest: for so long, less of a core than so much
IDLE_SECONDS = 60.0
IDLE_CPU, IDLE_MEMORY = 3.0, 850.0  # percent of a core; MB


def measure(report: Report) -> None:
    with _surroundings() as base:
        began = time.monotonic()
        with _stack(base) as running:
            processes = running.values()
            wait(lambda: _accepts(base.environment["PORT"]), "an accepted request", *processes)
            report.tell("s to the first accepted request", round(time.monotonic() - began, 1))
            wait(lambda: not ready._missing(base.environment), "all parts", *processes, pause=0.2)
            report.tell("s until all parts are there", round(time.monotonic() - began, 1))
            wait(lambda: _is_still(*processes), "the stack comes to rest", *processes)
            report.tell("s of CPU until then", round(cpu_seconds(*(p.pid for p in processes)), 1))
            pids = {name: process.pid for name, process in running.items()}
            _measure_rest(report, pids, {"postgres": base.postgres.pid, "redis": base.redis.pid})


def _measure_rest(report: Report, ours: dict[str, int], servers: dict[str, int]) -> None:
    """For a minute; PostgreSQL and Redis count as well where they run for us alone."""
    pids = ours | servers
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    time.sleep(IDLE_SECONDS)
    used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    cpu = {name: 100 * seconds / IDLE_SECONDS for name, seconds in used.items()}
    memory = {name: memory_bytes(pid) / 1e6 for name, pid in pids.items()}
    for name in pids:
        report.tell(name, f"{cpu[name]:.2f} % of a core, {memory[name]:.0f} MB")
    for what, names in (("the stack", ours), ("with PostgreSQL and Redis", pids)):
        total = [sum(cpu[name] for name in names)]
        report.limit(f"{what}, at rest for a minute: CPU", total, IDLE_CPU, "% of a core")
        total = [sum(memory[name] for name in names)]
        report.limit(f"{what}, at rest: memory (PSS)", total, IDLE_MEMORY, "MB")


@contextmanager
def _surroundings() -> Iterator[Servers]:
    """PostgreSQL, Redis and an inbox, and all settings of the processes."""
    with servers() as base:
        names = ("PORT", "WEB_PORT", "LIVE_PORT", "FLOWER_PORT", "MAIL_PORT")
        own = {"MAIL_SERVER": "127.0.0.1", "FLOWER_BASIC_AUTH": f"flower:{secrets.token_hex(12)}"}
        own |= {"HOME": str(base.folder), **{name: str(free_port()) for name in names}}
        base.environment.update(compose(base.folder, base.environment | own))
        with base.serve("python -m launcher.inbox", "MAIL_PORT") as inbox:
            base.environment["MAIL_PORT"] = str(inbox.port)
            yield base


@contextmanager
def _stack(base: Servers) -> Iterator[dict[str, Process]]:
    lines = read_procfile(ROOT / "Procfile")
    del lines[RELEASE]
    with ExitStack() as stack:
        yield {name: stack.enter_context(base.start(line)) for name, line in lines.items()}


def _is_still(*processes: Process) -> bool:
    """Whether nothing is busy any more."""
    pids = [process.pid for process in processes]
    before = cpu_seconds(*pids)
    time.sleep(STILL_SECONDS)
    return (cpu_seconds(*pids) - before) / STILL_SECONDS < STILL_SHARE


def _accepts(port: str) -> bool:
    body = json.dumps(reports()[0]).encode()
    call = Request(f"http://127.0.0.1:{port}{REQUESTS}", body, JSON)
    try:
        with urlopen(call, timeout=30) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 201)
    except OSError:
        return False
