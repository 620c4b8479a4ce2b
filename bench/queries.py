"""Search and statistics at 1,000,000 requests against doing without their indexes and counters, and
what keeping these costs whoever writes."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench.dataset import FEW, MANY, dataset
from bench.process import wait
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, new_database, number
from bench.usage import cpu_seconds
from models.database import autocommit_connection
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import LISTED, Filter, list_requests, list_rows
from models.services.intake import Submission, submit_request
from models.services.search import index_requests
from models.services.statistics import fold_deltas

SEARCH_ROUNDS, SEARCHES = 3, 50
READ_ROUNDS, READS = 5, 400
WRITE_ROUNDS, SECONDS, CLIENTS = 5, 2.0, 8
INDEXED_AT_ONCE, FOLD_EVERY = 200, 0.5  # as workers do under load; seconds
PER_CPU = "per second of CPU"
_SHOWN = tuple(MaintenanceRequest.__table__.c[name] for name in LISTED)
_SUBMISSION = Submission("화장실 천장에서 누수가 심합니다", "B동 3층 302호", "a@example.com")
_TERMS = {
    "two syllables, common": "누수",
    "two syllables, rare": "비둘",
    "two syllables, absent": "펭귄",
    "inside a word": "장실누",
    "English, common": "leaking",
    "English, rare": "pigeon",
    "English, absent": "zeppelin",
    "two words": "누수 지난주",
    "one reference": "",  # any will do: it is looked for in its own column
}
_SEQUENTIAL = (
    "SET enable_indexscan = off; SET enable_bitmapscan = off;"
    " SET max_parallel_workers_per_gather = 0"
)
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


def measure_search(report: Report) -> None:
    """Each kind of term both ways, then writing with and without a worker that indexes it."""
    with dataset() as sides:
        _compare_terms(report, sides[MANY])
        with _copy(sides[MANY]) as url:
            engine = _engine(url)
            plain = partial(_rate, _submit, engine)
            indexed = partial(_during, sides[MANY], url, "index", plain)
            rates = alternate({"indexed": indexed, "plain": plain}, WRITE_ROUNDS).values()
            engine.dispose()
    what = f"requests written down, {CLIENTS} clients, a worker indexing them meanwhile"
    report.add(what, "the same, nothing indexed", rates, "/s", least=0.65, better=0.9)


def _compare_terms(report: Report, side: Servers) -> None:
    """Milliseconds of CPU, ours and PostgreSQL's: the newest 50 found, the page that the desk shows
    (the best 50 and how many there are), and the newest 50 by reading all."""
    found, engine = {}, _engine(side.url)
    with connect(side.url) as opened, Session(engine) as session:
        query = "SELECT reference FROM maintenance_requests ORDER BY id OFFSET 700000 LIMIT 1"
        reference = execute(opened, query)[0][0]
        execute(opened, _SEQUENTIAL)
        for kind, words in _TERMS.items():
            column, term = ("description", words) if words else ("reference", reference)
            newest = partial(list_rows, session, Filter(q=term, limit=50, ranked=False), *_SHOWN)
            page = partial(list_requests, session, Filter(q=term, limit=50))
            turns = {
                "newest": partial(_cpu, newest, SEARCHES),
                "page": partial(_cpu, page, SEARCHES),
                "ilike": partial(_cpu, partial(_read_all, opened, term, column), 1),
            }
            found[kind] = alternate(turns, SEARCH_ROUNDS)
    engine.dispose()
    told = {kind: [round(median(one), 1) for one in both.values()] for kind, both in found.items()}
    report.tell("ms of CPU: newest 50, page with its count, ILIKE", told)
    worst = min(told, key=lambda kind: told[kind][2] / told[kind][0])
    what = f"the newest 50 that a search finds, the dearest of {len(told)} kinds: {worst}"
    pair = _per_second(found[worst]["newest"]), _per_second(found[worst]["ilike"])
    report.add(what, f"sequential ILIKE over one column of {MANY:,}", pair, PER_CPU, least=150)


def _read_all(opened: connection, term: str, column: str) -> list[Any]:
    """Every row is looked at, as where no index helps; all words must occur."""
    words = [f"%{word}%" for word in term.split()]
    conditions = " AND ".join([f"{column} ILIKE %s"] * len(words))
    query = f"""SELECT * FROM maintenance_requests WHERE {conditions}
        ORDER BY created_at DESC, id DESC LIMIT 50"""
    return execute(opened, query, words)


def _submit(engine: Engine, end: float) -> int:
    done, zone = 0, ZoneInfo("Asia/Seoul")
    while time.monotonic() < end:
        with autocommit_connection(engine) as opened:
            submit_request(opened, _SUBMISSION, timezone=zone)
        done += 1
    return done


def _index(engine: Engine) -> None:
    """Make findable what has come in, in batches, as the triage worker does."""
    with Session(engine) as session:
        last = session.scalar(text("SELECT max(id) FROM maintenance_requests")) or 0
    while True:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            query = session.query(MaintenanceRequest).filter(MaintenanceRequest.id > last)
            coming = query.order_by(MaintenanceRequest.id).limit(INDEXED_AT_ONCE).all()
            index_requests(session, coming)
        last = max([last, *(request.id for request in coming)])
        time.sleep(0 if coming else 0.02)


def _fold(engine: Engine) -> None:
    """Fold the statistics now and then, as their worker does."""
    while True:
        with Session(engine) as session, session.begin():
            fold_deltas(session)
        time.sleep(FOLD_EVERY)


def _during(side: Servers, url: str, work: str, measured: Callable[[], float]) -> float:
    """While another process does ``work``."""
    with side.start(f"python -m bench.queries {work}", DATABASE_URL=url) as process:
        wait(lambda: "ready" in process.said(), work, process)
        return measured()


def measure_counts(report: Report) -> None:
    """Kept numbers equal counted ones and cost a fraction; an insert is hardly slowed by them."""
    with dataset() as sides:
        _compare_reads(report, sides[MANY])
        with _copy(sides[FEW]) as url:  # where an insert is cheapest, and keeping weighs most
            _compare_inserts(report, sides[FEW], url)


def _compare_reads(report: Report, side: Servers) -> None:
    os.environ.update(side.environment)
    from models import wiring
    from models.queries.statistics import read_statistics
    from models.services.statistics_cache import cache_statistics, read_cached_statistics

    cache, engine = wiring.cache(), _engine(side.url)
    with Session(engine) as session, connect(side.url) as opened:
        cache_statistics(session, cache)
        kept, counted = read_cached_statistics(session, cache).as_dict(), _count(opened)
        assert {name: _without_noughts(kept[name]) for name in counted} == counted, "they differ"
        turns = {
            "kept": partial(_cpu, partial(read_cached_statistics, session, cache), READS),
            "counters": partial(_cpu, partial(read_statistics, session), READS // 4),
            "groups": partial(_cpu, partial(_count, opened), 1),
        }
        found = {name: _per_second(took) for name, took in alternate(turns, READ_ROUNDS).items()}
    engine.dispose()
    against = f"six GROUP BYs over {MANY:,} requests, with equal result"
    pair = found["kept"], found["groups"]
    report.add("statistics as GET /api/stats reads them", against, pair, PER_CPU, least=1_000)
    what = "the same from the counters when the cache is empty"
    report.add(what, against, (found["counters"], found["groups"]), PER_CPU)


def _count(opened: connection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, query in _GROUPS.items():
        rows: dict[str, Any] = dict(execute(opened, query))
        found[name] = rows if name.startswith("by_") else next(iter(rows.values()))
    return found


def _without_noughts(value: Any) -> Any:
    return {key: n for key, n in value.items() if n} if isinstance(value, dict) else value


def _compare_inserts(report: Report, side: Servers, url: str) -> None:
    used: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}

    def insert(mode: str) -> float:
        with connect(url) as opened:
            execute(opened, f"ALTER TABLE maintenance_requests {mode} TRIGGER USER")
            execute(opened, "VACUUM statistic_deltas")  # as autovacuum does, which is off
        before = cpu_seconds(side.postgres.pid)
        rate = _during(side, url, "fold", partial(_rate, _insert, url))
        used[mode].append((cpu_seconds(side.postgres.pid) - before) / rate / SECONDS * 1e6)
        return rate

    rates = alternate({mode: partial(insert, mode) for mode in used}, WRITE_ROUNDS).values()
    what = f"inserts, {CLIENTS} clients, statistics kept and folded meanwhile"
    report.add(what, "the same without triggers", rates, "/s", least=0.9)
    told = [round(median(values)) for values in used.values()]
    report.tell("PostgreSQL's CPU for each insert, µs, with and without", told)
    with connect(url) as opened:
        query = "SELECT coalesce(sum(deadlocks), 0) FROM pg_stat_database"
        report.tell("deadlocks", number(opened, query))


def _insert(url: str, end: float) -> int:
    done = 0
    with connect(url) as opened, opened.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(_INSERT, (f"{threading.get_ident()}.{time.monotonic_ns()}",))
            done += 1
    return done


@contextmanager
def _copy(side: Servers) -> Iterator[str]:
    """A copy of the database, gone afterwards."""
    name = side.url.rpartition("/")[2]
    url = new_database(side.url, "copy", like=name)
    try:
        yield url
    finally:
        with connect(side.postgres.superuser_url) as opened:
            execute(opened, "DROP DATABASE copy WITH (FORCE)")


def _rate(client: Callable[[Any, float], int], to: Any) -> float:
    """What all clients together do in a second; raises the first error of any."""
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        done = sum(clients.map(client, [to] * CLIENTS, [began + SECONDS] * CLIENTS))
    return done / (time.monotonic() - began)


def _cpu(work: Callable[[], object], times: int) -> float:
    """Milliseconds of CPU for each time: ours, PostgreSQL's and Redis's, which are our children."""
    before = cpu_seconds(os.getpid())
    for _ in range(times):
        work()
    return max(10.0, 1000 * (cpu_seconds(os.getpid()) - before)) / times


def _per_second(milliseconds: list[float]) -> list[float]:
    return [1000 / took for took in milliseconds]


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg2:"), pool_size=CLIENTS)


if __name__ == "__main__":
    print("ready", flush=True)
    {"index": _index, "fold": _fold}[sys.argv[1]](_engine(os.environ["DATABASE_URL"]))
