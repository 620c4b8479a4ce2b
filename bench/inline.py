"""Haja's POST against designs that call the AI inside the request: ``python -m bench inline``.

The AI is a local server that thinks for 300 ms; 64 clients at once. It uses the same processors as
all others, next to nothing of them.
"""

import sys
from collections.abc import Mapping
from contextlib import ExitStack

from bench.asgi import uvicorn
from bench.databases import count, execute, new_database
from bench.front_desk import as_side, front_desk
from bench.report import Report
from bench.rivals.triage_prompt import TABLE
from bench.round_figures import compare, tell
from bench.rounds import Side, play
from bench.servers import Running, Servers, gunicorn, listening, servers
from bench.submissions import json_call
from launcher.server import free_port

ROUNDS, SECONDS = 3, 4.0
CLIENTS = 64
THINKS = 300  # milliseconds
_RIVALS = {
    "flask": ("AI inside the request, Flask", (25.0, 30.0)),
    "fastapi": ("AI inside the request, async FastAPI", (6.0, 8.0)),
}


def measure() -> Report:
    """Three designs in turn.

    Raises:
        RuntimeError: a call was not taken or not written, or was answered before the AI can have.
    """
    report = Report("inline")
    with servers() as base, ExitStack() as stack:
        address = f"http://127.0.0.1:{_start_ai(base, stack).port}/v1"
        environment = {**base.environment, "OPENAI_BASE_URL": address, "OPENAI_API_KEY": "none"}
        sides = {
            "haja": as_side(stack.enter_context(front_desk(base)), base, clients=CLIENTS),
            "flask": _flask(base, stack, environment),
            "fastapi": _fastapi(base, stack, environment),
        }
        found = play(sides, base, rounds=ROUNDS, seconds=SECONDS)
    for name, rounds in found.items():
        tell(report, name, rounds)
        if name in _RIVALS and min(one.p50 for one in rounds) < THINKS:
            raise RuntimeError(f"{name} answers before the AI has thought")
    for name, (against, goals) in _RIVALS.items():
        ours, theirs = found["haja"], found[name]
        compare(report, "per_second", ours, theirs, against=against, goals=goals)
    return report


def _start_ai(base: Servers, stack: ExitStack) -> Running:
    port = free_port()
    command = [sys.executable, "-m", "bench.rivals.slow_ai", str(port), str(THINKS)]
    return stack.enter_context(listening(command, base.environment, folder=base.folder, port=port))


def _flask(base: Servers, stack: ExitStack, environment: Mapping[str, str]) -> Side:
    url = _database(base, "inline_flask")
    running = gunicorn(
        "bench.rivals.inline_flask:app", {**environment, "DATABASE_URL": url}, base.folder
    )
    return _side(stack.enter_context(running), url)


def _fastapi(base: Servers, stack: ExitStack, environment: Mapping[str, str]) -> Side:
    url = _database(base, "inline_fastapi")
    environment = {**environment, "DATABASE_URL": url}
    running = uvicorn("bench.rivals.inline_fastapi:app", environment, base.folder)
    return _side(stack.enter_context(running), url)


def _database(base: Servers, name: str) -> str:
    url = new_database(base.postgres.url, name)
    execute(url, TABLE)
    return url


def _side(running: Running, url: str) -> Side:
    """Counts only what has the AI's answer."""
    query = "SELECT count(*) FROM inline_requests WHERE category = 'plumbing'"
    return Side(running, json_call, lambda: count(url, query), clients=CLIENTS, warm_up=128)
