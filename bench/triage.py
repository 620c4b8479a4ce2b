"""The triage: what a text costs the embedded classifier, and one worker's calls to a slow AI against
the physical limit, which is calls in flight by the time that the AI takes."""

import json
import time
from typing import Any
from urllib.request import urlopen

from bench.calls import texts
from bench.pipeline import prepared, write
from bench.process import cpu_seconds, memory_bytes, wait
from bench.report import Report
from bench.servers import Servers, connect, execute
from models.database import transaction
from models.ports import TriageText
from worker.adapters.ai.embedded import EmbeddedEngine

DELAY = 0.3  # seconds that the AI takes
SIZES = {64: 0.95, 200: 0.90}  # calls in flight, and the share of the limit that is wanted
WARM_UP, WAVES, SAMPLES = 10, 9, 3  # calls of each place; the first ones begin and end all together
MEMORY = 120.0  # MB
ROUNDS = 7


def measure(report: Report) -> None:
    engine = EmbeddedEngine()
    used = [_microseconds(engine) for _ in range(ROUNDS)]
    report.tell("µs of CPU for one text, embedded classifier", round(sorted(used)[ROUNDS // 2]))
    with prepared() as base:
        for size, goal in SIZES.items():
            _measure_calls(report, base, size, goal)


def _microseconds(engine: EmbeddedEngine) -> float:
    started = time.process_time()
    for text in texts():
        engine.triage([TriageText(text)])
    return (time.process_time() - started) / len(texts()) * 1e6


def _measure_calls(report: Report, base: Servers, size: int, goal: float) -> None:
    line = f"python -m bench.rivals.slow_ai {1000 * DELAY:.0f}"
    with connect(base.url) as opened, base.serve(line) as ai:
        own = {"OPENAI_BASE_URL": f"http://127.0.0.1:{ai.port}/v1", "AI_CONCURRENCY": str(size)}
        own |= {"OPENAI_API_KEY": "none"}
        with base.workers(("dispatcher", "triage"), module="worker", **own) as running:
            # Each text is another one: no answer is kept already.
            count = size * (WAVES * SAMPLES + WARM_UP + 6)
            with transaction() as session:
                write(session.connection(), count, contact=False, distinct=True)
            wait(lambda: _told(ai.port)["answered"] > WARM_UP * size, "the first calls", ai)
            pid = running["triage"].pid
            before, earlier = cpu_seconds(pid), _told(ai.port)["answered"]
            rates = [_rate(ai.port, size * WAVES) for _ in range(SAMPLES)]
            told, used, memory = _told(ai.port), cpu_seconds(pid) - before, memory_bytes(pid) / 1e6
        execute(opened, "DELETE FROM runs")  # what is left must not be work for the next size
    what, limit = f"AI calls, {size} in flight", [size / DELAY] * SAMPLES
    report.add(what, "the limit", (rates, limit), "/s", least=goal)
    report.limit(f"{what}: memory", [memory], MEMORY, "MB")
    report.tell(f"{what}: ms of CPU for each", round(1000 * used / (told["answered"] - earlier), 2))


def _told(port: int) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _rate(port: int, calls: int) -> float:
    """From one answer to the one that is so many ``calls`` later: calls that began together end
    together for a while, so a sample by the clock would hold a wave more or less by chance."""
    first, began = _wait_beyond(port, _told(port)["answered"])
    last, ended = _wait_beyond(port, first + calls - 1)
    return (last - first) / (ended - began)


def _wait_beyond(port: int, answered: int) -> tuple[int, float]:
    while (found := _told(port)["answered"]) <= answered:
        time.sleep(0.003)
    return found, time.perf_counter()
