"""Requests through all steps, from their commit on, and a burst of them over HTTP.

AI and mail server answer at once. Each request has a receipt and a notice to the operators: three
runs, four steps.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import redis
from psycopg2.extensions import connection
from sqlalchemy import Connection

from bench.calls import json_call, reports
from bench.load import drive
from bench.process import Process, procfile, programs, wait
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, number, servers
from bench.usage import cpu_seconds
from config.settings import get_settings
from launcher.postgres import PostgresServer
from models.database import transaction
from models.services.intake import Submission, submit_request

ROUNDS, REQUESTS, CHAINS, NO_OPS = 3, 5_000, 150, 3_000
BURST, CLIENTS = 5_000, 64
OPERATORS = {"OPERATORS_EMAIL": "desk@example.org"}
ORM_CHAIN = "celery -A bench.rivals.orm_chain worker -c 2 --loglevel warning"
TASKIQ, TASKIQ_QUEUE = "taskiq worker bench.rivals.noop:broker --workers 2", "taskiq-noop"
NOTICES = "SELECT count(*) FROM timeline_entries WHERE event = 'notice_sent'"
# What is kept of each request.
_KEPT = {"maintenance_requests": 1, "timeline_entries": 4, "triage_results": 1, "mails": 2}
_KEPT |= {"runs": 3, "steps": 4}


@dataclass(frozen=True, slots=True)
class Passage:
    """``cpu`` is in milliseconds for each request, of workers, dispatcher and PostgreSQL."""

    per_second: float
    cpu: float


def measure(report: Report) -> None:
    with prepared(**OPERATORS) as base:
        turns = {
            "haja": partial(pass_through, base, REQUESTS),
            "chain": partial(_pass_chains, base),
            "taskiq": partial(_pass_no_ops, base),
        }
        found = alternate(turns, ROUNDS)
    rates = {name: [one.per_second for one in passages] for name, passages in found.items()}
    what, against = "requests through all steps", "an ORM's chain of four tasks"
    report.add(what, against, (rates["haja"], rates["chain"]), "/s", least=30, better=100)
    cpu = ([one.cpu for one in found[name]] for name in ("haja", "chain"))
    report.add("CPU of each request", against, cpu, "ms")
    pair = rates["haja"], rates["taskiq"]
    report.add(what, "tasks of taskiq that do nothing", pair, "/s", least=1, better=2)


def measure_burst(report: Report) -> None:
    """Nothing is refused, nothing lost; the rate counts from the first POST to the last step's end,
    with web and workers on the same cores."""
    with prepared(**OPERATORS) as base, connect(base.url) as opened:
        with base.workers(), base.serve(procfile("web")) as web:
            drive(web.port, json_call, clients=8, count=100)
            drain(opened)
            for table in ("maintenance_requests", "runs"):
                execute(opened, f"DELETE FROM {table}")
            began = time.perf_counter()
            load = drive(web.port, json_call, clients=CLIENTS, count=BURST, server=web.pid)
            answered = time.perf_counter()
            drain(opened)
            ended = time.perf_counter()
        taken = load.statuses[201]
        kept = {table: number(opened, f"SELECT count(*) FROM {table}") for table in _KEPT}
        lost = sum(abs(taken * each - kept[table]) for table, each in _KEPT.items())
        undone = _undone(opened)
        alone = pass_through(base, REQUESTS).per_second
    bad = {"refused": BURST - taken, "lost rows": lost, "steps not done, mails not sent": undone}
    for what, count in bad.items():
        report.add(f"burst: {what}", "sent", ([count], [BURST]), "", most=0.0)
    through = BURST / (ended - began)
    report.add("burst, POST to last step", "pipeline alone", ([through], [alone]), "/s")
    report.tell("POSTs per second, p99 in ms", (load.per_second, 1000 * load.quantile(0.99)))
    report.tell("seconds from the last answer to the last step", round(ended - answered, 1))


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

    ``contact`` gives each a receipt; ``distinct`` lets no two have the same words.
    """
    zone, ids = get_settings().timezone, []
    for place, said in enumerate(islice(cycle(reports()), count)):
        words = said["description"] + (f" ({time.monotonic_ns():x}.{place})" if distinct else "")
        submission = Submission(words, said["location"], said["contact_info"] if contact else "")
        ids.append(submit_request(connection, submission, timezone=zone).request.id)
    return ids


def drain(opened: connection) -> None:
    """Until no step is left to do; a blocked one has an earlier one that is not blocked."""
    # In the order of the index: the planner would look through the table, and take its time for it.
    query = """
        SELECT 1 FROM steps WHERE state IN ('ready', 'running', 'retry')
        AND due_at < 'infinity' ORDER BY due_at LIMIT 1
    """
    while execute(opened, query):
        time.sleep(0.03)


def pass_through(base: Servers, count: int) -> Passage:
    """From the commit of ``count`` requests until their last step is done.

    Raises:
        RuntimeError: a step did not end well, or a mail was not sent.
    """
    with connect(base.url) as opened, base.workers() as running:
        for requests in (50, count):  # the first ones open connections
            with transaction() as session:
                write(session.connection(), requests)
                stop = _begin(requests, base.postgres, *running.values())
            drain(opened)
            passage = stop()
        if undone := _undone(opened):
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


def _pass_no_ops(base: Servers) -> Passage:
    """From the first task that leaves a full queue until the last one; on two processes."""
    path = programs("rivals")
    base.run(f"python -m bench.rivals.noop {NO_OPS}", PATH=path)
    with redis.Redis.from_url(base.redis.url) as client, base.start(TASKIQ, PATH=path) as worker:
        wait(lambda: client.llen(TASKIQ_QUEUE) < NO_OPS, TASKIQ, worker, pause=0.001)
        stop = _begin(client.llen(TASKIQ_QUEUE), worker)
        wait(lambda: not client.llen(TASKIQ_QUEUE), TASKIQ, worker, pause=0.003)
        return stop()


def _begin(count: int, *processes: Process | PostgresServer) -> Callable[[], Passage]:
    """Start to measure; what it returns ends it."""
    pids = [process.pid for process in processes]
    before, began = cpu_seconds(*pids), time.perf_counter()

    def stop() -> Passage:
        per_second = count / (time.perf_counter() - began)
        return Passage(per_second, 1000 * (cpu_seconds(*pids) - before) / count)

    return stop


def _undone(opened: connection) -> int:
    steps = number(opened, "SELECT count(*) FROM steps WHERE state <> 'done'")
    return steps + number(opened, "SELECT count(*) FROM mails WHERE state <> 'sent'")
