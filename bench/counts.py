"""Statistics: read against counting anew at 1,000,000 requests, and what keeping them costs."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from bench.accounting import cpu_seconds
from bench.alternation import alternate
from bench.million import Pair, Sized, million
from bench.report import Comparison, Report, Samples

READ_ROUNDS, READS = 5, 400
WRITE_ROUNDS, WRITE_SECONDS, CLIENTS = 5, 2.0, 8
FOLD_EVERY = 0.5  # seconds, as the workers do under load

_GROUPS = {
    "by_category": "SELECT category, count(*) FROM maintenance_requests GROUP BY 1",
    "by_priority": "SELECT priority, count(*) FROM maintenance_requests GROUP BY 1",
    "by_status": "SELECT status, count(*) FROM maintenance_requests GROUP BY 1",
    "by_day": "SELECT submitted_on::text, count(*) FROM maintenance_requests GROUP BY 1",
    "total": "SELECT 'total', count(*) FROM maintenance_requests GROUP BY 1",
    "hours_to_complete": """
        SELECT status, round((avg(extract(epoch FROM completed_at - created_at)) / 3600)::numeric,
                             2)::float
        FROM maintenance_requests WHERE status = 'completed' GROUP BY 1""",
}
_INSERT = """
    INSERT INTO maintenance_requests (reference, description, location, contact_info,
        contact_email, requester_name, language, category, priority, status, assignee, danger,
        submitted_on, version)
    VALUES (%s, '복도 전등이 깜박거려요', 'B동 3층', 'tenant@example.com', 'tenant@example.com',
        '김서연', 'ko', 'pending', 'pending', 'pending', '', '', current_date, 1)
"""


def measure() -> Report:
    """Kept numbers equal counted ones and cost a fraction; an insert is hardly slowed by them."""
    report = Report("counts")
    with million() as pair:
        _compare_reads(report, pair)
        with _scratch(pair) as url:
            _compare_writes(report, pair, url)
    return report


def _compare_reads(report: Report, pair: Pair) -> None:
    os.environ.update(pair.million.environment)
    from models import wiring
    from models.database import transaction
    from models.queries.statistics import read_statistics
    from models.services.statistics_cache import cache_statistics, read_cached_statistics

    cache = wiring.cache()
    with transaction() as session, pair.million.connect() as opened:
        cache_statistics(session, cache)
        kept, counted = read_cached_statistics(session, cache).as_dict(), _count(opened)
        shown = {name: kept[name] for name in counted}
        assert _without_noughts(shown) == counted, "kept numbers differ from counted ones"
        found = alternate(
            {
                "kept": lambda: _cost(lambda: read_cached_statistics(session, cache), READS),
                "counters": lambda: _cost(lambda: read_statistics(session), READS // 4),
                "groups": lambda: _cost(lambda: _count(opened), 1),
            },
            READ_ROUNDS,
        )
    for name, what, goal in (
        ("kept", "statistics as GET /api/stats reads them", 1_000.0),
        ("counters", "the same from the counters when the cache is empty", None),
    ):
        report.add(
            Comparison(
                what,
                "six GROUP BYs over 1,000,000 requests, with equal result",
                Samples("per second of CPU", tuple(1000 / cost for cost in found[name])),
                Samples("per second of CPU", tuple(1000 / cost for cost in found["groups"])),
                goal=goal,
            )
        )


def _cost(read: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one reading: ours, PostgreSQL's and Redis's, which we started."""
    before = cpu_seconds(os.getpid())
    for _ in range(times):
        read()
    return max(10.0, 1000 * (cpu_seconds(os.getpid()) - before)) / times


def _count(opened: connection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with opened.cursor() as cursor:
        for name, query in _GROUPS.items():
            cursor.execute(query)
            rows: dict[str, Any] = dict(cursor.fetchall())
            found[name] = rows if name.startswith("by_") else next(iter(rows.values()))
    return found


def _without_noughts(numbers: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: n for key, n in value.items() if n} if isinstance(value, dict) else value
        for name, value in numbers.items()
    }


@contextmanager
def _scratch(pair: Pair) -> Iterator[str]:
    """A copy of the small database, gone afterwards: there an insert is cheapest, and what is
    added to it weighs most."""
    url = f"{pair.postgres.superuser_url.rpartition('/')[0]}/scratch"
    _execute(pair.postgres.superuser_url, "DROP DATABASE IF EXISTS scratch WITH (FORCE)")
    name = pair.thousand.url.rpartition("/")[2]
    _execute(pair.postgres.superuser_url, f"CREATE DATABASE scratch TEMPLATE {name}")
    try:
        yield url
    finally:
        _execute(pair.postgres.superuser_url, "DROP DATABASE scratch WITH (FORCE)")


def _compare_writes(report: Report, pair: Pair, url: str) -> None:
    cost: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}

    def insert(mode: str) -> float:
        _execute(url, f"ALTER TABLE maintenance_requests {mode} TRIGGER USER")
        # As autovacuum does, which is off while we measure.
        _execute(url, "VACUUM statistic_deltas")
        before = cpu_seconds(pair.postgres.pid)
        rate = _insert_rate(url)
        used = cpu_seconds(pair.postgres.pid) - before
        cost[mode].append(used / rate / WRITE_SECONDS * 1e6)
        return rate

    found = alternate(
        {"with": lambda: insert("ENABLE"), "without": lambda: insert("DISABLE")}, WRITE_ROUNDS
    )
    with Sized(0, url, {}).connect() as opened, opened.cursor() as cursor:
        cursor.execute("SELECT sum(deadlocks) FROM pg_stat_database")
        (deadlocks,) = cursor.fetchone() or (0,)
    report.add(
        Comparison(
            f"inserts, {CLIENTS} clients, statistics kept and folded meanwhile",
            "the same without triggers",
            Samples("requests/s", tuple(found["with"])),
            Samples("requests/s", tuple(found["without"])),
            goal=0.9,
            note="each insert a durable transaction of its own",
        )
    )
    report.tell("deadlocks", int(deadlocks))
    report.tell(
        "PostgreSQL's CPU per insert in microseconds, with and without",
        [round(sorted(values)[len(values) // 2]) for values in cost.values()],
    )


def _insert_rate(url: str) -> float:
    """Inserts per second of all clients; the first error of any is raised."""
    done, errors = [0] * CLIENTS, list[Exception]()
    end = time.monotonic() + WRITE_SECONDS

    def client(number: int) -> None:
        try:
            with Sized(0, url, {}).connect() as opened, opened.cursor() as cursor:
                while time.monotonic() < end:
                    cursor.execute(_INSERT, (f"{number}.{time.monotonic_ns()}",))
                    done[number] += 1
        except psycopg2.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    threads.append(threading.Thread(target=_fold_until, args=(url, end)))
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads[:-1]:
        thread.join()
    seconds = time.monotonic() - started
    threads[-1].join()
    if errors:
        raise errors[0]
    return sum(done) / seconds


def _fold_until(url: str, end: float) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    from models.services.statistics import fold_deltas

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    while time.monotonic() < end:
        with Session(engine) as session, session.begin():
            fold_deltas(session)
        time.sleep(FOLD_EVERY)
    engine.dispose()


def _execute(url: str, statement: str) -> None:
    with Sized(0, url, {}).connect() as opened, opened.cursor() as cursor:
        cursor.execute(statement)
