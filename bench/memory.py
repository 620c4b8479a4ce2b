"""The whole stack: how soon after its start it takes a request, what it holds and uses at rest, and
what its web processes hold at most while strangers send the largest that there is.

Every process of the Procfile but its release step, started all at once as the launcher does.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from bench.calls import JSON, REQUESTS, caller, large_photo, multipart, reports
from bench.process import ROOT, Process, cpu_seconds, locked, memory_bytes, wait
from bench.report import Report
from bench.servers import Servers, servers
from launcher import ready
from launcher.environment import compose
from launcher.procfile import RELEASE, read_procfile
from launcher.server import free_port

STILL_SECONDS, STILL_SHARE = 3.0, 0.2  # at rest: for so long, less of a core than so much
IDLE_SECONDS = 60.0
IDLE_CPU, IDLE_MEMORY = 3.0, 850.0  # percent of a core; MB
FORMS, LOGINS = 8, 30


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
            _measure_peak(report, base.environment["WEB_PORT"], pids["web"])


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


def _measure_peak(report: Report, port: str, web: int) -> None:
    """Of what costs most: forms with five photos of 15 MB each, and logins, all at once."""
    calls = [partial(_send_photos, port)] * FORMS + [partial(_log_in, port)] * LOGINS
    peak = memory_bytes(web)
    report.tell("web before", f"{peak / 1e6:.0f} MB")
    with ThreadPoolExecutor(len(calls)) as crowd:
        sent = [crowd.submit(call) for call in calls]
        while not all(one.done() for one in sent):
            peak = max(peak, memory_bytes(web))
            time.sleep(0.02)
    statuses = Counter(one.result() for one in sent)
    report.tell(f"web during {FORMS} forms of 75 MB and {LOGINS} logins", f"{peak / 1e6:.0f} MB")
    report.tell("answers by status", dict(sorted(statuses.items())))


def _send_photos(port: str) -> int:
    return _status(port, *multipart(0, [large_photo()] * 5))


def _log_in(port: str) -> int:
    body = {"username": secrets.token_hex(4), "password": secrets.token_hex(16)}
    return _status(port, json.dumps(body).encode(), JSON, path="/token")


def _status(port: str, body: bytes, headers: Mapping[str, str], path: str = REQUESTS) -> int:
    call = Request(f"http://127.0.0.1:{port}{path}", body, {**headers, **caller()})
    try:
        with urlopen(call, timeout=300) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except HTTPError as error:
        return error.code


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
            # As it is installed to run: libraries load what the tests' tools have brought along.
            base.environment["PATH"] = locked("run")
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
