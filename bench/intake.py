"""The whole product's POST against a floor and against other designs: ``python -m bench intake``.

All get the same calls from 16 clients in turn, before the same PostgreSQL and Redis.
"""

import subprocess
import sys
from contextlib import ExitStack

import redis

from bench.asgi import uvicorn
from bench.databases import count, execute, new_database
from bench.front_desk import WHOLE, as_side, front_desk
from bench.report import Report
from bench.rivals import floor
from bench.round_figures import compare, tell
from bench.rounds import Round, Side, play
from bench.servers import ROOT, Servers, gunicorn, servers
from bench.submissions import json_call

ROUNDS, SECONDS = 5, 3.0
QUEUE = "celery"  # the name of Celery's default queue is the key of its list in Redis
_MESSAGES_OF_A_CHAIN = 1  # the first task's message carries the other three


def measure() -> Report:
    """Four designs in turn.

    Raises:
        RuntimeError: a call was not taken, or not written, or a message is missing.
    """
    report = Report("intake")
    with servers() as base, ExitStack() as stack:
        sides = {
            "fastapi": _fastapi(base, stack),
            "floor": _floor(base, stack),
            "haja": as_side(stack.enter_context(front_desk(base)), base),
            "orm_chain": _orm_chain(base, stack),
        }
        found = play(sides, base, rounds=ROUNDS, seconds=SECONDS)
    for name, rounds in found.items():
        tell(report, name, rounds)
    _against_floor(report, found["haja"], found["floor"])
    _against_designs(report, found)
    return report


def _floor(base: Servers, stack: ExitStack) -> Side:
    url = base.postgres.url
    execute(url, floor.TABLE)
    running = gunicorn("bench.rivals.floor:app", base.environment, base.folder)
    return Side(
        stack.enter_context(running), json_call, lambda: count(url, "SELECT count(*) FROM floor")
    )


def _orm_chain(base: Servers, stack: ExitStack) -> Side:
    url = base.postgres.url
    make = [sys.executable, "-m", "bench.rivals.orm_chain"]
    subprocess.run(make, env=base.environment, cwd=ROOT, check=True)
    running = gunicorn("bench.rivals.orm_chain:app", base.environment, base.folder)
    return Side(
        stack.enter_context(running),
        json_call,
        lambda: count(url, "SELECT count(*) FROM orm_chain_requests"),
        after=lambda calls: _take_messages(base.redis.url, calls),
    )


def _take_messages(url: str, calls: int) -> None:
    """Empty the queue; raises RuntimeError if it did not hold a chain for each call."""
    client = redis.Redis.from_url(url)
    try:
        waiting = int(client.llen(QUEUE))
        client.delete(QUEUE)
    finally:
        client.close()
    if waiting != calls * _MESSAGES_OF_A_CHAIN:
        raise RuntimeError(f"{calls} calls were taken and {waiting} chains are in the queue")


def _fastapi(base: Servers, stack: ExitStack) -> Side:
    """In a copy of Haja's migrated database; made first, while nobody is connected to it."""
    url = new_database(base.postgres.url, "fastapi", like="haja")
    environment = {**base.environment, "DATABASE_URL": url}
    running = uvicorn("bench.rivals.fastapi_intake:app", environment, base.folder)
    return Side(stack.enter_context(running), json_call, lambda: count(url, WHOLE))


def _against_floor(report: Report, ours: list[Round], theirs: list[Round]) -> None:
    against = "Flask with one INSERT"
    compare(report, "per_second", ours, theirs, against=against, goals=(0.85, 1.0))
    for figure in ("web", "web_and_postgres"):
        goals = (1.25, 1.0)
        compare(report, figure, ours, theirs, against=against, goals=goals, at_most=True)
    compare(report, "p99", ours, theirs, against=against, goals=(1.2, None), at_most=True)


def _against_designs(report: Report, found: dict[str, list[Round]]) -> None:
    for name, against, goals in (
        ("orm_chain", "ORM insert and a Celery chain", (3.0, 4.0)),
        ("fastapi", "FastAPI, equal transaction", (0.9, 1.05)),
    ):
        ours, theirs = found["haja"], found[name]
        compare(report, "per_second", ours, theirs, against=against, goals=goals)
        for figure in ("web", "web_and_postgres"):
            compare(report, figure, ours, theirs, against=against)
