"""The dispatcher: from a request's commit to its first task, its CPU under load, and what a round
costs when the history is long."""

import random
import sys
import time
from contextlib import ExitStack
from functools import partial
from statistics import median

import redis
from psycopg2.extensions import connection
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from bench.pipeline import drain, prepared, write
from bench.process import wait
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, new_database, servers
from bench.usage import cpu_seconds
from models.database import autocommit_connection, get_engine, transaction
from models.ledger import dispatch
from models.ledger.events import record_events
from tasks.policies import POLICIES

WAITS, PAUSES = 150, (0.05, 0.25)  # seconds; at random, so that no beat of the dispatcher's is met
MEDIAN, P99 = 25.0, 60.0  # ms
ROUNDS, LOAD = 2, 5_000
CROWD, STREAM = (500, 0.1), (25, 0.025)  # so many in a commit, and the seconds to the next
FEW, MANY, BATCH = 1_000, 10_000_000, 1_000_000
DUE, BACKLOG = 500, 100_000
GROUPS, IDLE_ROUNDS, BUSY_ROUNDS = 10, 30, 3  # a sample is the median of so many rounds
TASKS = sorted(POLICIES)
EVENT = "request_submitted"
_DUE = "SELECT 1 FROM steps WHERE state = 'ready' AND due_at <= clock_timestamp() LIMIT 1"
_DELAY = """
import os, time
from celery import Celery
app = Celery('plain', broker=os.environ['REDIS_URL'])
@app.task(name='plain')
def task(number): pass
task.delay(0)
before = time.process_time()
for number in range({count}): task.delay(number)
print((time.process_time() - before) / {count})
"""
_FINISHED = """
    WITH run AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT 'request_submitted', n, '' FROM generate_series(1, {runs}) n RETURNING id
    )
    INSERT INTO steps (run_id, position, task, state, due_at, token, claims, started_at, done_at)
    SELECT id, place - 1, task, 'done', now(), 1, 1, now(), now()
    FROM run, unnest(ARRAY['triage.categorize_request', 'stats.refresh_statistics',
        'mail.send_receipt', 'mail.notify_operators']) WITH ORDINALITY AS step (task, place)
"""
_FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "1GB"}


def measure_handover(report: Report) -> None:
    with prepared() as base, connect(base.url) as opened:
        with base.workers():
            waits = sorted(_waits(opened))
        for name, share, limit in (("median", 0.5, MEDIAN), ("p99", 0.99, P99)):
            found = waits[int(share * len(waits))]
            report.limit(f"commit to task start, idle, {name}", [found], limit, "ms")
        turns = {"ours": partial(_dispatch, base, *CROWD), ".delay": partial(_delay, base)}
        pair = alternate(turns, ROUNDS).values()
        report.add("CPU per request under load", ".delay", pair, "µs", most=0.1)
        report.tell("CPU per request at a thousand a second, µs", _dispatch(base, *STREAM))


def _waits(opened: connection) -> list[float]:
    """Milliseconds from each request's commit to the start of its first task. One statement writes a
    run, so its time is that of its beginning: the commit's own wait for the disk counts too."""
    ids = []
    for _ in range(WAITS + 5):
        with autocommit_connection(get_engine()) as connection:
            ids += write(connection, 1, contact=False)
        drain(opened)
        time.sleep(random.uniform(*PAUSES))
    query = """
        SELECT 1000 * extract(epoch FROM started_at - created_at)::float
        FROM runs JOIN steps ON run_id = runs.id AND position = 0 WHERE subject_id = ANY(%s)
    """
    return [row[0] for row in execute(opened, query, (ids[5:],))]  # the first ones open connections


def _dispatch(base: Servers, at_once: int, every: float) -> float:
    """Microseconds of a dispatcher's CPU for each of many requests."""
    with connect(base.url) as opened, base.workers(("dispatcher",)) as running:
        time.sleep(1)
        process = running["dispatcher"]
        before = cpu_seconds(process.pid)
        for start in range(0, LOAD, at_once):
            with transaction() as session:
                record_events(session, EVENT, range(start, start + at_once))
            time.sleep(every)
        wait(lambda: not execute(opened, _DUE), "all are published", process)
        used = cpu_seconds(process.pid) - before
        execute(opened, "DELETE FROM runs")
    _empty_broker(base)
    return 1e6 * used / LOAD


def _delay(base: Servers) -> float:
    """Microseconds of CPU for one ``.delay``."""
    used = float(base.run(f'python -c "{_DELAY.format(count=LOAD)}"'))
    _empty_broker(base)
    return 1e6 * used


def _empty_broker(base: Servers) -> None:
    with redis.Redis.from_url(base.redis.url) as client:
        client.flushdb()


def measure(report: Report) -> None:
    """Rounds with nothing and with much to do, after a short and after a long history."""
    with servers(**_FAST) as base, ExitStack() as stack:
        sides = {}
        for steps in (FEW, MANY):
            url = new_database(base.url, f"steps_{steps}", like="haja")
            _fill(url, steps)
            engine = create_engine(url.replace("postgresql:", "postgresql+psycopg2:"))
            opened = stack.enter_context(engine.connect())
            sides[steps] = opened.execution_options(isolation_level="AUTOCOMMIT")
        for what, one_round in (("nothing", _idle), (f"{DUE}", _busy)):
            turns = {steps: partial(one_round, side) for steps, side in sides.items()}
            found = alternate(turns, GROUPS)
            pair = found[MANY], found[FEW]
            name, against = (
                f"a round, {what} due, {MANY:,} finished steps",
                f"{FEW:,} finished steps",
            )
            report.add(name, against, pair, "ms", most=1.5)
        _make_due(sides[MANY], BACKLOG)
        for statement in (
            "UPDATE steps SET due_at = now() + '1 h' WHERE state = 'ready'",
            "ANALYZE",
        ):
            sides[MANY].execute(text(statement))
        waiting = median(_idle(sides[MANY]) for _ in range(GROUPS))
        report.tell(f"ms of a round while {BACKLOG:,} steps wait for later", round(waiting, 3))


def _fill(url: str, steps: int) -> None:
    with connect(url) as opened:
        for done in range(0, steps, BATCH):
            sys.stderr.write(f"\r\033[K  {done:,} of {steps:,} finished steps")
            execute(opened, _FINISHED.format(runs=min(steps, BATCH) // 4))
        sys.stderr.write("\r\033[K")
        execute(opened, "VACUUM ANALYZE runs, steps")


def _idle(side: Connection) -> float:
    return median(_milliseconds(side) for _ in range(IDLE_ROUNDS))


def _busy(side: Connection) -> float:
    took = []
    for _ in range(BUSY_ROUNDS):
        _make_due(side, DUE)
        took.append(_milliseconds(side))
        side.execute(text("UPDATE steps SET state = 'done' WHERE state = 'ready'"))
    return median(took)


def _make_due(side: Connection, count: int) -> None:
    with Session(side) as session:
        record_events(session, EVENT, range(count))
        session.commit()


def _milliseconds(side: Connection) -> float:
    started = time.perf_counter()
    dispatch.take_due(side, TASKS)
    return (time.perf_counter() - started) * 1000
