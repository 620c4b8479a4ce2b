"""Requests from their commit on: until the first task starts, and through all steps.

AI and mail server answer at once. Each request has a receipt and a notice to the operators: three
runs, four steps.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from psycopg2.extensions import connection
from sqlalchemy import Connection

from bench.calls import reports
from bench.process import Process, cpu_seconds
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, number, servers
from config.settings import get_settings
from launcher.postgres import PostgresServer
from models.database import autocommit_connection, get_engine, transaction
from models.services.intake import Submission, submit_request

WAITS, PAUSES = 150, (0.05, 0.25)  # seconds; at random, so that no beat of the dispatcher's is met
MEDIAN, P99 = 25.0, 60.0  # ms
ROUNDS, REQUESTS, CHAINS = 3, 5_000, 150
OPERATORS = {"OPERATORS_EMAIL": "desk@example.org"}
ORM_CHAIN = "celery -A bench.rivals.orm_chain worker -c 2 --loglevel warning"
NOTICES = "SELECT count(*) FROM timeline_entries WHERE event = 'notice_sent'"
_STARTED = """
    SELECT 1000 * extract(epoch FROM started_at - created_at)::float
    FROM runs JOIN steps ON run_id = runs.id AND position = 0 WHERE subject_id = ANY(%s)
"""
# In the order of the index: the planner would look through the table, and take its time for it.
_DUE = """
    SELECT 1 FROM steps WHERE state IN ('ready', 'running', 'retry') AND due_at < 'infinity'
    ORDER BY due_at LIMIT 1
"""
_UNDONE = """
    SELECT (SELECT count(*) FROM steps WHERE state <> 'done')
         + (SELECT count(*) FROM mails WHERE state <> 'sent')
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """``cpu`` is in milliseconds for each request, of workers, dispatcher and PostgreSQL."""

    per_second: float
    cpu: float


def measure_handover(report: Report) -> None:
    """From the commit of one request to its first task's start, while nothing else is to do."""
    with prepared() as base, connect(base.url) as opened, base.workers():
        waits = sorted(_waits(opened))
    for name, share, limit in (("median", 0.5, MEDIAN), ("p99", 0.99, P99)):
        found = waits[int(share * len(waits))]
        report.limit(f"commit to task start, idle, {name}", [found], limit, "ms")


def _waits(opened: connection) -> list[float]:
    """Milliseconds. One statement writes a run, so its time is that of its beginning: the commit's own
    wait for the disk counts too."""
    ids = []
    for _ in range(WAITS + 5):
        with autocommit_connection(get_engine()) as connection:
            ids += write(connection, 1, contact=False)
        drain(opened)
        time.sleep(random.uniform(*PAUSES))
    return [
        row[0] for row in execute(opened, _STARTED, (ids[5:],))
    ]  # the first ones open connections


def measure(report: Report) -> None:
    """Many requests that come due at once, against the same work as chains of Celery's."""
    with prepared(**OPERATORS) as base:
        turns = {"haja": partial(_pass_through, base), "chain": partial(_pass_chains, base)}
        ours, theirs = alternate(turns, ROUNDS).values()
    against = "an ORM's chain of four tasks"
    pair = [[one.per_second for one in side] for side in (ours, theirs)]
    report.add("requests through all steps", against, pair, "/s", least=30, better=100)
    pair = [[one.cpu for one in side] for side in (ours, theirs)]
    report.add("CPU of each request", against, pair, "ms")


@contextmanager
def prepared(**settings: str) -> Iterator[Servers]:
    """Servers whose settings this process has too: it writes requests down itself."""
    with servers() as base:
        base.environment.update(settings)
        os.environ.update(base.environment)
        yield base


def write(
    connection: Connection, count: int, *, contact: bool = True, distinct: bool = False
) -> list[int]:
    """Write requests down, which all come due with the commit; their ids.

    ``contact`` gives each a receipt, at an address of its own, since an address is sent only so many
    mails in an hour; ``distinct`` lets no two have the same words.
    """
    zone, ids = get_settings().timezone, []
    for place, said in enumerate(islice(cycle(reports()), count)):
        one = f"{time.monotonic_ns():x}.{place}"
        words = said["description"] + (f" ({one})" if distinct else "")
        address = f"010-5550-1200, tenant.{one}@example.org" if contact else ""
        submission = Submission(words, said["location"], address)
        ids.append(submit_request(connection, submission, timezone=zone).request.id)
    return ids


def drain(opened: connection) -> None:
    """Until no step is left to do; a blocked one has an earlier one that is not blocked."""
    while execute(opened, _DUE):
        time.sleep(0.03)


def _pass_through(base: Servers) -> Passage:
    """From the commit until the last step is done.

    Raises:
        RuntimeError: a step did not end well, or a mail was not sent.
    """
    with connect(base.url) as opened, base.workers() as running:
        for requests in (50, REQUESTS):  # the first ones open connections
            with transaction() as session:
                write(session.connection(), requests)
                stop = _begin(requests, base.postgres, *running.values())
            drain(opened)
            passage = stop()
        if undone := number(opened, _UNDONE):
            raise RuntimeError(f"{undone} steps or mails did not end well")
    return passage


def _pass_chains(base: Servers) -> Passage:
    """From the first ``apply_async`` until the last task's end."""
    from bench.rivals.orm_chain import publish

    with connect(base.url) as opened, base.start(ORM_CHAIN) as worker:
        for count in (10, CHAINS):
            with transaction() as session:
                ids = write(session.connection(), count)
            execute(opened, "DELETE FROM runs")
            goal, stop = number(opened, NOTICES) + count, _begin(count, base.postgres, worker)
            for request_id in ids:
                publish(request_id)
            while number(opened, NOTICES) < goal:
                time.sleep(0.03)
            passage = stop()
    return passage


def _begin(count: int, *processes: Process | PostgresServer) -> Callable[[], Passage]:
    """Start to measure; what it returns ends it."""
    pids = [process.pid for process in processes]
    before, began = cpu_seconds(*pids), time.perf_counter()

    def stop() -> Passage:
        per_second = count / (time.perf_counter() - began)
        return Passage(per_second, 1000 * (cpu_seconds(*pids) - before) / count)

    return stop
