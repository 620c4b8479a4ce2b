"""Requests per second through all steps, against a chain of Celery tasks and against no-ops.

AI and mail answer at once on all sides. Haja's dispatcher and rooms are the Procfile's; each
request has a receipt and a notice to the operators. The chain makes the same rows with the usual
means. The no-ops are tasks without any work or database, in the rivals' own two processes.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import redis
from sqlalchemy import Connection, text

from bench.accounting import cpu_seconds
from bench.accounting import pids as members
from bench.alternation import alternate
from bench.environments import rival_python
from bench.report import Comparison, Report, Samples
from bench.rooms import connected, rooms, seed, submit, unfinished, wait
from bench.servers import ROOT, Servers, servers, started

REQUESTS = 5_000
CHAINS = 150
NO_OPS = 3_000
ROUNDS = 3
WARM_UP = 50
OPERATORS = {"OPERATORS_EMAIL": "desk@example.org"}
LOOK_EVERY = 0.05
RIVALS = ROOT / "bench" / "rivals"
CHAIN_WORKER = "-m celery -A bench.rivals.celery_chain worker -c 2 --loglevel warning"


@dataclass(frozen=True, slots=True)
class NoOp:
    """A rival's worker command and the Redis key of its queue."""

    command: str
    queue: str


NO_OP_SIDES = {
    "huey": NoOp("huey_consumer huey_noop.huey -k process -w 2", "huey.redis.noop"),
    "taskiq": NoOp("taskiq worker taskiq_noop:broker --workers 2", "taskiq-noop"),
    "saq": NoOp("saq saq_noop.settings --workers 2 --quiet", "saq:noop:queued"),
    "dramatiq": NoOp("dramatiq dramatiq_noop --processes 2", "dramatiq:default"),
}


@dataclass(frozen=True, slots=True)
class Ride:
    """``cpu`` is in seconds for each request, of workers, dispatcher and PostgreSQL."""

    per_second: float
    cpu: float = 0.0


def measure() -> Report:
    report = Report("pipeline")
    with servers() as ours, connected(ours) as connection:
        sides: dict[str, Callable[[], Ride]] = {
            "haja": lambda: ride(ours, connection, REQUESTS),
            "chain": lambda: chains(ours, connection, CHAINS),
        }
        for name, rival in NO_OP_SIDES.items():
            sides[name] = partial(no_ops, ours, name, rival)
        found = alternate(sides, ROUNDS)
    _compare(report, found)
    return report


def _compare(report: Report, found: dict[str, list[Ride]]) -> None:
    rates = {name: _rates(rides) for name, rides in found.items()}
    best = max(NO_OP_SIDES, key=lambda name: rates[name].median)
    what = "requests through all steps"
    report.add(Comparison(what, "a chain of four tasks", rates["haja"], rates["chain"], 30, 100))
    report.add(Comparison(what, f"no-ops of {best}", rates["haja"], rates[best], 1, 2))
    ours, theirs = (
        Samples("ms", tuple(1000 * ride.cpu for ride in found[name])) for name in ("chain", "haja")
    )
    report.add(Comparison("CPU of a chain's request", "ours", ours, theirs))
    for name in NO_OP_SIDES:
        report.tell(f"no-ops of {name}", rates[name].shown())


def _rates(rides: list[Ride]) -> Samples:
    return Samples("/s", tuple(ride.per_second for ride in rides))


def ride(ours: Servers, connection: Connection, count: int) -> Ride:
    """From the commit of ``count`` runs until their last step is done."""
    with rooms(ours, module="bench.instant", environment=OPERATORS) as running:
        submit(connection, seed(connection, WARM_UP))
        drain(connection)
        ids = seed(connection, count)
        pids = [ours.postgres.pid, *(process.pid for process in running.values())]
        with _measured(pids, count) as result:
            submit(connection, ids)
            drain(connection)
    _check(connection)
    return result[0]


def chains(ours: Servers, connection: Connection, count: int) -> Ride:
    """From the first ``apply_async`` until the last task's end."""
    with (
        started([sys.executable, *CHAIN_WORKER.split()], ours.environment, folder=ours.folder) as (
            process,
            log,
        ),
        _publisher(ours) as publisher,
    ):
        _publish(publisher, seed(connection, 10))
        wait(partial(_told, connection, 10), f"the first chains\n{log.read_text()}", process)
        ids = seed(connection, count)
        before = _notices(connection)
        with _measured([ours.postgres.pid, process.pid], count) as result:
            _publish(publisher, ids)
            while _notices(connection) < before + count:
                time.sleep(LOOK_EVERY)
                if publisher.poll() is not None:
                    raise RuntimeError("the chains' publisher ended")
    return result[0]


@contextmanager
def _publisher(ours: Servers) -> Iterator["subprocess.Popen[str]"]:
    """Starts chains for requests, in a process of its own as the web's would be, which runs."""
    code = (
        "import sys; from bench.rivals.celery_chain import publish\n"
        "for line in sys.stdin: [publish(int(one)) for one in line.split()]"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, env=ours.environment, cwd=ROOT, stdin=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process


def _publish(publisher: "subprocess.Popen[str]", ids: list[int]) -> None:
    assert publisher.stdin
    publisher.stdin.write(" ".join(map(str, ids)) + "\n")


def _notices(connection: Connection) -> int:
    query = "SELECT count(*) FROM timeline_entries WHERE event = 'notice_sent'"
    return int(connection.execute(text(query)).scalar_one())


def _told(connection: Connection, count: int) -> bool:
    return _notices(connection) >= count


def no_ops(ours: Servers, name: str, rival: NoOp) -> Ride:
    """From the first task that leaves a full queue until the last one."""
    python = rival_python("rivals")
    environment = ours.environment | {"PATH": f"{python.parent}:{os.environ['PATH']}"}
    environment["PYTHONPATH"] = str(RIVALS)
    fill = [str(python), str(RIVALS / f"{name}_noop.py"), str(NO_OPS)]
    subprocess.run(fill, env=environment, cwd=RIVALS, check=True, capture_output=True)
    words = rival.command.split()
    command = [str(python.parent / words[0]), *words[1:]]
    client = redis.Redis.from_url(ours.redis.url)
    if client.llen(rival.queue) != NO_OPS:
        raise RuntimeError(f"{name} queued {client.llen(rival.queue)} of {NO_OPS}")
    with started(command, environment, folder=ours.folder, cwd=RIVALS) as (process, log):
        wait(lambda: client.llen(rival.queue) < NO_OPS, f"{name} works", process)
        began = time.perf_counter()
        while client.llen(rival.queue):
            time.sleep(0.005)
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended: {log.read_text()[-2000:]}")
        seconds = time.perf_counter() - began
        family = members(process.pid)
    _end_orphans(family)
    client.flushdb()
    return Ride(NO_OPS / seconds)


def _end_orphans(family: list[int]) -> None:
    """Not every rival takes its children along; in the next round they would work for it."""
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _measured(pids: list[int], count: int) -> Iterator[list[Ride]]:
    result: list[Ride] = []
    before, began = cpu_seconds(*pids), time.perf_counter()
    yield result
    seconds = time.perf_counter() - began
    result.append(Ride(count / seconds, (cpu_seconds(*pids) - before) / count))


def drain(connection: Connection) -> None:
    """Until nothing is left to do."""
    while unfinished(connection):
        time.sleep(LOOK_EVERY)


def _check(connection: Connection) -> None:
    """Raises RuntimeError if a step did not end well or a mail was not sent."""
    for query in (
        "SELECT count(*) FROM steps WHERE state <> 'done'",
        "SELECT count(*) FROM mails WHERE state <> 'sent'",
    ):
        if left := connection.execute(text(query)).scalar_one():
            raise RuntimeError(f"{query}: {left}")
