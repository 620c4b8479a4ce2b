"""What a dispatcher's round costs when the history is long: 10,000,000 finished steps."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median

from sqlalchemy import Connection, create_engine, text

from bench.accounting import cpu_seconds
from bench.report import Comparison, Report, Samples
from bench.servers import ROOT, servers
from models.ledger import dispatch
from tasks.policies import POLICIES

FEW, MANY = 1_000, 10_000_000
STEPS_PER_RUN = 4
DUE = 500
GROUPS = 10  # a sample is the median of as many rounds as follow
IDLE_ROUNDS, BUSY_ROUNDS = 30, 3
BACKLOG = 100_000
WATCHED_SECONDS = 10.0
TASKS = sorted(POLICIES)
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "autovacuum": "off",
}

_FILL_RUNS = text("""
    INSERT INTO runs (event, subject_id, request_id, created_at)
    SELECT 'request_submitted', n, '', now() FROM generate_series(1, :runs) n
""")
_FILL_STEPS = text("""
    INSERT INTO steps (run_id, position, task, state, due_at, token, claims, started_at, done_at)
    SELECT id, position, (CAST(:tasks AS text[]))[position + 1], 'done', now(), 1, 1, now(), now()
    FROM generate_series(CAST(:first AS bigint), :last) id, generate_series(0, :steps - 1) position
""")
_MAKE_DUE = text("""
    WITH made AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT 'request_submitted', n, '' FROM generate_series(1, :count) n RETURNING id
    )
    INSERT INTO steps (run_id, position, task, state)
    SELECT id, 0, 'triage.categorize_request', 'ready' FROM made
""")


def measure() -> Report:
    """Rounds with nothing and with much to do, after a short and after a long history."""
    report = Report("dispatcher")
    with servers(settings=SETTINGS) as made, connect(made.postgres.superuser_url) as connection:
        idle, busy = {}, {}
        for steps in (FEW, MANY):
            started = time.monotonic()
            fill(connection, steps)
            if steps == MANY:
                took = time.monotonic() - started
                report.tell(f"seconds to fill in {MANY:,} steps", round(took))
            idle[steps], busy[steps] = idle_rounds(connection), busy_rounds(connection)
        for what, found in (("a round with nothing due", idle), (f"a round of {DUE} due", busy)):
            report.add(
                Comparison(
                    f"{what}, {MANY:,} finished steps",
                    f"{FEW:,} finished steps",
                    Samples("ms", found[MANY]),
                    Samples("ms", found[FEW]),
                    goal=1.5,
                    at_most=True,
                )
            )
        _tell(report, connection)
        report.tell("an idle dispatcher, percent of a core", idle_cpu(made.environment))
    return report


def _tell(report: Report, connection: Connection) -> None:
    size = connection.execute(
        text(
            "SELECT pg_size_pretty(pg_total_relation_size('steps')), "
            "pg_size_pretty(pg_relation_size('ix_steps_due'))"
        )
    ).one()
    report.tell("steps with all indexes, and the index of due work", list(size))
    report.tell("plan of a round", plan(connection))
    waiting = median_with_backlog(connection)
    report.tell(f"ms of an idle round while {BACKLOG:,} steps wait for later", waiting)


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Each statement by itself, as the dispatcher does."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
    engine.dispose()


def fill(connection: Connection, steps: int) -> None:
    """Insert finished steps. The keys and indexes are made anew behind them, which costs a
    fraction of minding them row by row."""
    tasks = ["triage.categorize_request", "stats.refresh_statistics"]
    tasks += ["mail.send_receipt", "mail.notify_operators"]
    runs = steps // STEPS_PER_RUN
    connection.execute(_FILL_RUNS, {"runs": runs})
    last = connection.execute(text("SELECT max(id) FROM runs")).scalar_one()
    taken = _bare_steps(connection)
    connection.execute(
        _FILL_STEPS,
        {"first": last - runs + 1, "last": last, "tasks": tasks, "steps": STEPS_PER_RUN},
    )
    for statement in taken:
        connection.execute(text(statement))
    connection.execute(text("VACUUM ANALYZE runs, steps"))


def _bare_steps(connection: Connection) -> list[str]:
    """Take keys, checks and indexes off the table; returns what makes them anew."""
    constraints = connection.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) AS made FROM pg_constraint"
            " WHERE conrelid = 'steps'::regclass AND contype <> 'n' ORDER BY contype = 'f'"
        )
    ).all()
    for row in constraints:
        connection.execute(text(f"ALTER TABLE steps DROP CONSTRAINT {row.conname} CASCADE"))
    indexes = connection.execute(
        text(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made"
            " FROM pg_index WHERE indrelid = 'steps'::regclass"
        )
    ).all()
    for row in indexes:
        connection.execute(text(f"DROP INDEX {row.name}"))
    made = [f"ALTER TABLE steps ADD CONSTRAINT {row.conname} {row.made}" for row in constraints]
    return [*made, *(row.made for row in indexes)]


def idle_rounds(connection: Connection) -> tuple[float, ...]:
    return tuple(
        median(_timed_round(connection) for _ in range(IDLE_ROUNDS)) for _ in range(GROUPS)
    )


def busy_rounds(connection: Connection) -> tuple[float, ...]:
    return tuple(median(_busy_round(connection) for _ in range(BUSY_ROUNDS)) for _ in range(GROUPS))


def _busy_round(connection: Connection) -> float:
    connection.execute(_MAKE_DUE, {"count": DUE})
    took = _timed_round(connection)
    connection.execute(text("UPDATE steps SET state = 'done' WHERE state = 'ready'"))
    return took


def median_with_backlog(connection: Connection) -> float:
    """While much waits for later, as when the mail server is away."""
    connection.execute(_MAKE_DUE, {"count": BACKLOG})
    connection.execute(
        text(
            "UPDATE steps SET state = 'retry', due_at = now() + interval '1 h' WHERE state = 'ready'"
        )
    )
    connection.execute(text("ANALYZE steps"))
    return round(Samples("ms", idle_rounds(connection)).median, 3)


def _timed_round(connection: Connection) -> float:
    started = time.perf_counter()
    dispatch.take_due(connection, TASKS)
    return (time.perf_counter() - started) * 1000


def plan(connection: Connection) -> list[str]:
    """How PostgreSQL takes what is due."""
    connection.execute(_MAKE_DUE, {"count": DUE})
    lines = connection.execute(
        text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + dispatch._TAKE.text),
        {"tasks": TASKS, "capacity": dispatch.CAPACITY, "lease": dispatch.PUBLISH_LEASE},
    ).scalars()
    found = list(lines)
    connection.execute(text("UPDATE steps SET state = 'done' WHERE state = 'ready'"))
    return found


def idle_cpu(environment: Mapping[str, str]) -> float:
    """CPU of an idle dispatcher process, in percent of one core."""
    command = [sys.executable, "-m", "worker.dispatcher"]
    process = subprocess.Popen(
        command, env={**environment}, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(3)
        before = cpu_seconds(process.pid)
        time.sleep(WATCHED_SECONDS)
        used = cpu_seconds(process.pid) - before
    finally:
        process.terminate()
        process.wait()
    return round(100 * used / WATCHED_SECONDS, 1)
