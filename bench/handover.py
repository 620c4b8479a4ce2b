"""From a request's commit to its first task's start, and what the dispatcher costs under load."""

import random
import subprocess
import sys
import time

from sqlalchemy import Connection, text

from bench.accounting import cpu_seconds
from bench.report import Comparison, Report, Samples
from bench.rooms import connected, rooms, seed, submit, unfinished, wait
from bench.servers import ROOT, Servers, servers

SAMPLES = 150
PAUSES = (0.05, 0.25)  # seconds; at random, so that no beat of the dispatcher's is met
LOAD = 5_000
CROWD = (500, 0.1)  # so many in a commit, and the seconds from one to the next: 5,000 a second
STREAM = (25, 0.025)  # a thousand a second
MEDIAN, P99 = 25.0, 60.0  # ms
ROUNDS = 2
_DELAY = """
import os, sys, time
from celery import Celery
app = Celery("plain", broker=os.environ["REDIS_URL"])
@app.task(name="plain")
def task(number):
    pass
task.delay(0)
before = time.process_time()
for number in range(int(sys.argv[1])):
    task.delay(number)
print((time.process_time() - before) / int(sys.argv[1]))
"""


def measure() -> Report:
    report = Report("handover")
    with servers() as ours, connected(ours) as connection:
        with rooms(ours, module="bench.instant"):
            waits = _waits(connection, SAMPLES)
        median = Samples("ms", (1000 * waits[len(waits) // 2],))
        p99 = Samples("ms", (1000 * waits[int(len(waits) * 0.99)],))
        what = "commit to task start, idle"
        for name, found, limit in (("median", median, MEDIAN), ("p99", p99, P99)):
            allowed = Samples("ms", (limit,))
            report.add(Comparison(f"{what}, {name}", "goal", found, allowed, 1.0, at_most=True))
        own, plain = [], []
        for _ in range(ROUNDS):
            own.append(1e6 * _dispatching(ours, connection, *CROWD))
            plain.append(1e6 * _delaying(ours))
        report.add(
            Comparison(
                "CPU per request under load",
                ".delay",
                Samples("µs", tuple(own)),
                Samples("µs", tuple(plain)),
                0.1,
                at_most=True,
            )
        )
        stream = 1e6 * _dispatching(ours, connection, *STREAM)
        report.tell("CPU per request at a thousand a second, µs", round(stream))
    return report


def _waits(connection: Connection, count: int) -> list[float]:
    """Seconds from each run's ``created_at`` to its first step's ``started_at``, sorted.

    A run is written by one statement, so its time is that of the transaction's begin: the commit's
    own wait for the disk counts too.
    """
    ids = seed(connection, count + 5)
    for one in ids:
        submit(connection, [one])
        wait(lambda: not unfinished(connection), "an idle stack")
        time.sleep(random.uniform(*PAUSES))
    found = connection.execute(
        text("""
            SELECT extract(epoch FROM s.started_at - r.created_at)::float
            FROM runs r JOIN steps s ON s.run_id = r.id AND s.position = 0
            WHERE r.subject_id = ANY(:ids)
        """),
        {"ids": ids[5:]},  # the first ones open connections
    ).scalars()
    return sorted(found)


def _dispatching(ours: Servers, connection: Connection, at_once: int, every: float) -> float:
    """CPU seconds of a dispatcher for each of many requests."""
    ids = seed(connection, LOAD)
    with rooms(ours, ("dispatcher",)) as running:
        time.sleep(1)
        pid = running["dispatcher"].pid
        before = cpu_seconds(pid)
        for start in range(0, LOAD, at_once):
            submit(connection, ids[start : start + at_once])
            time.sleep(every)
        wait(lambda: not _due(connection), "all are published")
        used = cpu_seconds(pid) - before
    connection.execute(text("DELETE FROM runs"))
    _empty_broker(ours)
    return used / LOAD


def _due(connection: Connection) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM steps WHERE state = 'ready' AND due_at <= clock_timestamp())"
    )
    return bool(connection.execute(text(query)).scalar_one())


def _delaying(ours: Servers) -> float:
    """CPU seconds of one ``.delay``."""
    command = [sys.executable, "-c", _DELAY, str(LOAD)]
    done = subprocess.run(
        command, env=ours.environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    _empty_broker(ours)
    return float(done.stdout)


def _empty_broker(ours: Servers) -> None:
    import redis

    redis.Redis.from_url(ours.redis.url).flushdb()
