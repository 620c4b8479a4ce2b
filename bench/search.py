"""Search at 1,000,000 requests against a sequential ILIKE, and what its index costs the intake."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from bench.accounting import cpu_seconds
from bench.alternation import alternate
from bench.million import Sized, million
from bench.report import Comparison, Report, Samples
from bench.servers import ROOT
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import LISTED, Filter, list_requests, list_rows
from models.services.intake import Submission, submit_request
from models.services.search import index_requests
from models.services.statistics import fold_deltas

ROUNDS, SEARCHES = 3, 50
WRITE_ROUNDS, WRITE_SECONDS, CLIENTS = 5, 2.0, 8
_BATCH = 200  # what a worker indexes at once under load
_GOAL = 150.0
_ZONE = ZoneInfo("Asia/Seoul")
_SHOWN = tuple(MaintenanceRequest.__table__.c[name] for name in LISTED)  # as the list does

# Kind: what is looked for, and the column that a naive search would look into.
TERMS = {
    "two syllables, common": ("누수", "description"),
    "two syllables, rare": ("비둘", "description"),
    "two syllables, absent": ("펭귄", "description"),
    "inside a word": ("장실누", "description"),
    "English, common": ("leaking", "description"),
    "English, rare": ("pigeon", "description"),
    "English, absent": ("zeppelin", "description"),
    "two words": ("누수 지난주", "description"),
    "one reference": ("", "reference"),
}
# Words that no made-up request has, for three of a million.
_RARE = """
    UPDATE maintenance_requests SET description = description || ' 비둘기 pigeon'
    WHERE id IN (SELECT id FROM maintenance_requests ORDER BY id OFFSET 300000 LIMIT 3)
      AND description NOT LIKE '%pigeon%'
"""
_SEQUENTIAL = """SET enable_indexscan = off; SET enable_bitmapscan = off;
                SET max_parallel_workers_per_gather = 0"""
_NAIVE = """
    SELECT * FROM maintenance_requests WHERE {conditions}
    ORDER BY created_at DESC, id DESC LIMIT 50
"""


def measure() -> Report:
    """Each kind of term both ways, then inserts with and without words to be indexed."""
    report = Report("search")
    with million() as pair:
        _compare_terms(report, pair.million, pair.postgres.pid)
        with _cleaned(pair.million) as first:
            _compare_writes(report, pair.million, first)
    return report


def _compare_terms(report: Report, sized: Sized, postgres: int) -> None:
    engine = create_engine(_with_driver(sized.url))
    found: dict[str, dict[str, list[float]]] = {}
    with sized.connect() as naive, Session(engine) as session:
        _make_rare(session)
        terms = {**TERMS, "one reference": (_some_reference(session), "reference")}
        for kind, (term, column) in terms.items():
            sides: dict[str, Callable[[], float]] = {
                name: partial(_milliseconds, partial(search, session, term), SEARCHES)
                for name, search in (("newest", _newest), ("ranked", _ranked), ("all", _counted))
            }
            sides["ilike"] = partial(_milliseconds, partial(_read_all, naive, term, column), 1)
            newest = partial(_newest, session, term)
            sides["database"] = partial(_milliseconds, newest, SEARCHES, postgres)
            found[kind] = alternate(sides, ROUNDS)
    engine.dispose()
    ratios = {kind: _ratio(both) for kind, both in found.items()}
    worst = min(ratios, key=lambda kind: ratios[kind])
    report.add(
        Comparison(
            f"the newest 50 that a search finds, the dearest of {len(ratios)} kinds: {worst}",
            "sequential ILIKE over one column of 1,000,000 requests",
            _per_second(found[worst]["newest"]),
            _per_second(found[worst]["ilike"]),
            goal=_GOAL,
        )
    )
    report.tell(
        "ms of CPU, newest 50 : PostgreSQL's of it : best 50 : these and their count : ILIKE"
        " : ILIKE / newest",
        {
            kind: " : ".join(
                f"{Samples('', tuple(both[name])).median:.1f}"
                for name in ("newest", "database", "ranked", "all", "ilike")
            )
            + f" : {ratios[kind]:.0f}"
            for kind, both in found.items()
        },
    )


def _ratio(both: dict[str, list[float]]) -> float:
    return Samples("", tuple(both["ilike"])).median / Samples("", tuple(both["newest"])).median


def _per_second(milliseconds: list[float]) -> Samples:
    return Samples("per second of CPU", tuple(1000 / took for took in milliseconds))


def _newest(session: Session, term: str) -> object:
    return list_rows(session, Filter(q=term, limit=50, ranked=False), *_SHOWN)


def _ranked(session: Session, term: str) -> object:
    return list_rows(session, Filter(q=term, limit=50), *_SHOWN)


def _counted(session: Session, term: str) -> object:
    return list_requests(session, Filter(q=term, limit=50))


def _make_rare(session: Session) -> None:
    """Once per database: three requests get their rare words, and are indexed anew."""
    if session.execute(text(_RARE)).rowcount:  # type: ignore[attr-defined]  # an UPDATE has it
        changed = session.query(MaintenanceRequest).filter(
            MaintenanceRequest.id.between(300_001, 300_003)
        )
        session.execute(text("DELETE FROM search_texts WHERE request_id BETWEEN 300001 AND 300003"))
        index_requests(session, changed.all())
    session.commit()


def _some_reference(session: Session) -> str:
    query = "SELECT reference FROM maintenance_requests ORDER BY id OFFSET 700000 LIMIT 1"
    return str(session.execute(text(query)).scalar_one())


def _milliseconds(search: Callable[[], object], times: int, root: int | None = None) -> float:
    """CPU of one search: ours and PostgreSQL's, which is our child, or that of ``root`` alone."""
    before = cpu_seconds(root or os.getpid())
    for _ in range(times):
        search()
    return (cpu_seconds(root or os.getpid()) - before) / times * 1000


def _read_all(opened: connection, term: str, column: str) -> list[Any]:
    """Every row is looked at, as where no index helps; all words must occur."""
    words = term.split()
    query = _NAIVE.format(conditions=" AND ".join(f"{column} ILIKE %s" for _ in words))
    with opened.cursor() as cursor:
        cursor.execute(_SEQUENTIAL)
        cursor.execute(query, [f"%{word}%" for word in words])
        return cursor.fetchall()


@contextmanager
def _cleaned(sized: Sized) -> Iterator[int]:
    """Yields the number after which requests are ours; they are gone afterwards."""
    with sized.connect() as opened, opened.cursor() as cursor:
        cursor.execute("SELECT max(request_id) FROM search_texts")
        (last,) = cursor.fetchone() or (0,)
        _remove(sized.url, cursor, last)
        try:
            yield last
        finally:
            _remove(sized.url, cursor, last)


def _remove(url: str, cursor: Any, last: int) -> None:
    cursor.execute("DELETE FROM maintenance_requests WHERE id > %s", (last,))
    if cursor.rowcount:
        cursor.execute("TRUNCATE runs CASCADE")
        with Session(create_engine(_with_driver(url))) as session, session.begin():
            fold_deltas(session)  # each reader would add them up
        cursor.execute(
            "VACUUM maintenance_requests, search_texts, timeline_entries, runs, steps,"
            " statistic_deltas"
        )


def _compare_writes(report: Report, sized: Sized, first: int) -> None:
    def indexed() -> float:
        with _indexing(sized, first):
            return _submit_rate(sized)

    found = alternate({"indexed": indexed, "plain": lambda: _submit_rate(sized)}, WRITE_ROUNDS)
    report.add(
        Comparison(
            f"requests written down, {CLIENTS} clients, a worker indexing them meanwhile",
            "the same, nothing indexed",
            Samples("requests/s", tuple(found["indexed"])),
            Samples("requests/s", tuple(found["plain"])),
            goal=0.65,
            stretch=0.9,
            note="submit_request() with its run and steps, at 1,000,000 requests",
        )
    )


def _submit_rate(sized: Sized) -> float:
    engine = create_engine(_with_driver(sized.url), pool_size=CLIENTS)
    done, end = [0] * CLIENTS, time.monotonic() + WRITE_SECONDS

    def client(number: int) -> None:
        while time.monotonic() < end:
            words = Submission("화장실 천장에서 누수가 심합니다", "B동 3층 302호", "a@example.com")
            with Session(engine, expire_on_commit=False) as session, session.begin():
                submit_request(session.connection(), words, timezone=_ZONE)
            done[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return sum(done) / (time.monotonic() - started)


@contextmanager
def _indexing(sized: Sized, first: int) -> Iterator[None]:
    """A process that makes findable what comes in, as the triage worker does."""
    command = [sys.executable, "-m", "bench.search", str(first)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": sized.url}
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert worker.stdout
    worker.stdout.readline()  # it has begun
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def index_for_ever(first: int) -> None:
    """What is newer than ``first``, in batches, with the worker's own code."""
    engine = create_engine(_with_driver(os.environ["DATABASE_URL"]))
    with Session(engine) as session:
        session.execute(text("SELECT 1"))
    print("ready", flush=True)
    while True:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            query = session.query(MaintenanceRequest).filter(MaintenanceRequest.id > first)
            coming = query.order_by(MaintenanceRequest.id).limit(_BATCH).all()
            index_requests(session, coming)
        first = max([first, *(request.id for request in coming)])
        if not coming:
            time.sleep(0.02)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg2://")


if __name__ == "__main__":
    index_for_ever(int(sys.argv[1]))
