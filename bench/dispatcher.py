"""What a dispatcher's round costs when the history is long: ``python -m bench.dispatcher``.

Fills a throw-away PostgreSQL with finished steps and prints the plan of a round, its time idle and
with 500 steps due, and what an idle dispatcher process uses.
"""

import argparse
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from launcher.postgres import PostgresServer
from launcher.redis import RedisServer
from models.services import dispatch
from tasks.policies import POLICIES

ROOT = Path(__file__).parents[1]
STEPS_PER_RUN = 4
AT_ONCE = 1_000_000  # steps of one INSERT
DUE = 500
IDLE_ROUNDS = 300
BUSY_ROUNDS = 30
BACKLOG = 100_000
TASKS = sorted(POLICIES)

_FILL = text("""
    WITH made AS (
        INSERT INTO runs (event, subject_id, request_id, created_at)
        SELECT 'request_submitted', n, '', now() FROM generate_series(1, :runs) n RETURNING id
    )
    INSERT INTO steps (run_id, position, task, state, due_at, token, claims, started_at, done_at)
    SELECT id, position, (CAST(:tasks AS text[]))[position + 1], 'done', now(), 1, 1, now(), now()
    FROM made, generate_series(0, :last) position
""")

_MAKE_DUE = text("""
    WITH made AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT 'request_submitted', n, '' FROM generate_series(1, :count) n RETURNING id
    )
    INSERT INTO steps (run_id, position, task, state)
    SELECT id, 0, 'triage.categorize_request', 'ready' FROM made
""")


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, dict[str, str]]]:
    """A migrated PostgreSQL and a Redis, and the environment of processes that use them."""
    with tempfile.TemporaryDirectory(prefix="haja-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL may run as another user
        postgres = PostgresServer(
            place / "postgres",
            settings={"fsync": "off", "max_wal_size": "8GB", "shared_buffers": "512MB"},
        )
        with postgres, RedisServer(place / "redis", persistent=False) as redis:
            environment = {
                **os.environ,
                "DATABASE_URL": postgres.url,
                "REDIS_URL": redis.url,
                "SECRET_KEY": secrets.token_hex(32),
                "JWT_SECRET_KEY": secrets.token_hex(32),
                "HAJA_DATA_DIR": str(place / "data"),
            }
            _migrate(environment)
            yield postgres, environment


def _migrate(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "web:create_app", "db", "upgrade"]
    subprocess.run(
        [*command, "--directory", "models/migrations"],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Each statement by itself, as the dispatcher does."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
    engine.dispose()


def fill(postgres: PostgresServer, steps: int) -> None:
    """Insert finished steps, without the foreign key's check of each, which costs the most."""
    tasks = ["triage.categorize_request", "stats.refresh_statistics"]
    tasks += ["mail.send_receipt", "mail.notify_operators"]
    with connect(postgres.superuser_url) as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for done in range(0, steps, AT_ONCE):
            started = time.perf_counter()
            runs = min(AT_ONCE, steps - done) // STEPS_PER_RUN
            connection.execute(_FILL, {"runs": runs, "tasks": tasks, "last": STEPS_PER_RUN - 1})
            took = time.perf_counter() - started
            print(f"  {done + runs * STEPS_PER_RUN:>11,} steps  {took:.1f} s", flush=True)
        connection.execute(text("VACUUM ANALYZE runs, steps"))


def median_ms(times: list[float]) -> str:
    worst = sorted(times)[int(len(times) * 0.99)]
    return f"median {statistics.median(times) * 1000:.2f} ms, p99 {worst * 1000:.2f} ms"


def measure(connection: Connection) -> None:
    """Print the cost of idle and of busy rounds."""
    idle = [_timed_round(connection) for _ in range(IDLE_ROUNDS)]
    busy = []
    for _ in range(BUSY_ROUNDS):
        connection.execute(_MAKE_DUE, {"count": DUE})
        busy.append(_timed_round(connection))
        connection.execute(text("UPDATE steps SET state = 'done' WHERE state = 'ready'"))
    print(f"  idle round        {median_ms(idle)}")
    print(f"  round of {DUE} due  {median_ms(busy)}", flush=True)


def measure_backlog(connection: Connection) -> None:
    """Print the cost of a round while much waits for later, as when the mail server is away."""
    connection.execute(_MAKE_DUE, {"count": BACKLOG})
    connection.execute(
        text(
            "UPDATE steps SET state = 'retry', due_at = now() + interval '1 h' WHERE state = 'ready'"
        )
    )
    connection.execute(text("ANALYZE steps"))
    idle = [_timed_round(connection) for _ in range(IDLE_ROUNDS)]
    print(f"  idle round while {BACKLOG:,} wait for later  {median_ms(idle)}", flush=True)
    connection.execute(text("UPDATE steps SET state = 'done' WHERE state = 'retry'"))


def _timed_round(connection: Connection) -> float:
    started = time.perf_counter()
    dispatch.take_due(connection, TASKS)
    return time.perf_counter() - started


def explain(connection: Connection) -> None:
    connection.execute(_MAKE_DUE, {"count": DUE})
    plan = connection.execute(
        text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + dispatch._TAKE.text),
        {"tasks": TASKS, "room": dispatch.ROOM, "lease": dispatch.PUBLISH_LEASE},
    ).scalars()
    print(*(f"  {line}" for line in plan), sep="\n", flush=True)
    connection.execute(text("UPDATE steps SET state = 'done' WHERE state = 'ready'"))


def idle_cpu(environment: Mapping[str, str], seconds: float) -> float:
    """CPU of an idle dispatcher process, in percent of one core."""
    command = [sys.executable, "-m", "worker.dispatcher"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        before = _ticks(process.pid)
        time.sleep(seconds)
        used = _ticks(process.pid) - before
    finally:
        process.terminate()
        process.wait()
    return 100 * used / os.sysconf("SC_CLK_TCK") / seconds


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=20, help="of watching an idle dispatcher")
    given = parser.parse_args()
    with servers() as (postgres, environment), connect(postgres.url) as connection:
        for steps in (1_000, given.steps):
            print(f"{steps:,} finished steps")
            fill(postgres, steps)
            measure(connection)
        size = connection.execute(
            text(
                "SELECT pg_size_pretty(pg_total_relation_size('steps')), "
                "pg_size_pretty(pg_relation_size('ix_steps_due'))"
            )
        ).one()
        print(f"  steps with its indexes {size[0]}, the index of due work {size[1]}")
        explain(connection)
        measure_backlog(connection)
        print(f"  idle dispatcher  {idle_cpu(environment, given.seconds):.1f} % of a core")


if __name__ == "__main__":
    main()
