"""Calls per second to an AI that takes 300 ms, by one triage worker, against the physical limit.

The limit is calls in flight / 0.3 s. Each text is another one, so no answer comes from a cache.
"""

import json
import sys
import time
import urllib.request

from sqlalchemy import Connection, text

from bench.accounting import cpu_seconds, resident_bytes
from bench.report import Comparison, Report, Samples
from bench.rooms import connected, rooms, seed, submit, wait
from bench.servers import ROOT, Servers, listening, servers
from launcher.server import free_port

DELAY = 0.3  # seconds
SIZES = {64: 0.95, 200: 0.90}  # calls in flight and the share of the limit that is wanted
WARM_UP = 10  # calls of each line: the first ones begin and end all together
ROUNDS = 9  # in a sample
SAMPLES = 3
LOOK_EVERY = 0.003  # seconds
MEMORY = 120.0  # MB


def measure() -> Report:
    report = Report("ai")
    with servers() as ours, connected(ours) as connection:
        for size, goal in SIZES.items():
            _measure_one(report, ours, connection, size, goal)
    return report


def _measure_one(
    report: Report, ours: Servers, connection: Connection, size: int, goal: float
) -> None:
    port = free_port()
    command = [sys.executable, str(ROOT / "bench" / "rivals" / "slow_ai.py"), str(port)]
    own = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "AI_CONCURRENCY": str(size)}
    names = ("dispatcher", "triage")
    with (
        listening([*command, str(DELAY * 1000)], ours.environment, folder=ours.folder, port=port),
        rooms(ours, names, module="bench.bare", environment=own) as running,
    ):
        count = size * (ROUNDS * SAMPLES + WARM_UP + 6)
        submit(connection, seed(connection, count, alike=False))
        wait(lambda: _told(port)["answered"] > WARM_UP * size, "the calls go their ways")
        pid = running["triage"].pid
        began = cpu_seconds(pid)
        before = _told(port)["answered"]
        rates = [_rate(port, size * ROUNDS) for _ in range(SAMPLES)]
        cpu = (cpu_seconds(pid) - began) / (_told(port)["answered"] - before)
        memory = resident_bytes(pid) / 1e6
        connections = _connections(connection)
    what = f"AI calls, {size} in flight"
    limit = Samples("/s", (size / DELAY,) * SAMPLES)
    report.add(Comparison(what, "the limit", Samples("/s", tuple(rates)), limit, goal))
    most = Samples("MB", (MEMORY,))
    used = Samples("MB", (memory,))
    report.add(Comparison(f"{what}: memory", "120 MB", used, most, 1.0, at_most=True))
    report.tell(f"{size} in flight: worker's CPU per call, ms", round(cpu * 1000, 2))
    report.tell(f"{size} in flight: database connections of all", connections)
    report.tell(f"{size} in flight: most at once", _most)
    _forget(connection)


_most = 0


def _told(port: int) -> dict[str, int]:
    global _most  # noqa: PLW0603 - the server is gone when it is told
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
    _most = found["most"]
    return found


def _rate(port: int, calls: int) -> float:
    """From one answer to the one that is so many ``calls`` later: calls that began together end
    together for a while, so a sample by the clock would hold a wave more or less by chance."""
    earlier = _told(port)["answered"]
    first, began = _wait_beyond(port, earlier)
    last, ended = _wait_beyond(port, first + calls - 1)
    return (last - first) / (ended - began)


def _wait_beyond(port: int, answered: int) -> tuple[int, float]:
    while (found := _told(port)["answered"]) <= answered:
        time.sleep(LOOK_EVERY)
    return found, time.perf_counter()


def _connections(connection: Connection) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'haja'"
    return int(connection.execute(text(query)).scalar_one())


def _forget(connection: Connection) -> None:
    """What is left of this size must not be work for the next."""
    connection.execute(text("DELETE FROM runs"))
