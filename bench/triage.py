"""The triage: one worker's calls to a slow AI against the physical limit, and the embedded
classifier against scikit-learn."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.request import urlopen

import numpy as np

from bench.calls import texts
from bench.pipeline import prepared, write
from bench.process import wait
from bench.report import Report
from bench.rounds import alternate
from bench.servers import Servers, connect, execute, number
from bench.usage import cpu_seconds, memory_bytes
from models.database import transaction
from models.folding import fold
from models.ports import TriageText
from worker.adapters.ai.columns import CATEGORIES, PRIORITIES
from worker.adapters.ai.current_model import packaged
from worker.adapters.ai.embedded import EmbeddedEngine
from worker.adapters.ai.features import see

DELAY = 0.3  # seconds that the AI takes
SIZES = {64: 0.95, 200: 0.90}  # calls in flight, and the share of the limit that is wanted
WARM_UP, WAVES, SAMPLES = 10, 9, 3  # calls of each place; the first ones begin and end all together
MEMORY = 120.0  # MB
ROUNDS = 7


def measure_ai(report: Report) -> None:
    """The limit is calls in flight by 0.3 s. Each text is another one: no answer is kept already."""
    with prepared() as base:
        for size, goal in SIZES.items():
            _measure_size(report, base, size, goal)


def _measure_size(report: Report, base: Servers, size: int, goal: float) -> None:
    line = f"python -m bench.rivals.slow_ai {1000 * DELAY:.0f}"
    with connect(base.url) as opened, base.serve(line) as ai:
        own = {"OPENAI_BASE_URL": f"http://127.0.0.1:{ai.port}/v1", "AI_CONCURRENCY": str(size)}
        with base.workers(("dispatcher", "triage"), "", **own) as running:
            count = size * (WAVES * SAMPLES + WARM_UP + 6)
            with transaction() as session:
                write(session.connection(), count, contact=False, distinct=True)
            wait(lambda: _told(ai.port)["answered"] > WARM_UP * size, "the first calls", ai)
            pid = running["triage"].pid
            before, earlier = cpu_seconds(pid), _told(ai.port)["answered"]
            rates = [_rate(ai.port, size * WAVES) for _ in range(SAMPLES)]
            told = _told(ai.port)
            used = 1000 * (cpu_seconds(pid) - before) / (told["answered"] - earlier)
            memory = memory_bytes(pid) / 1e6
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'haja'"
            connections = number(opened, query)
        execute(opened, "DELETE FROM runs")  # what is left must not be work for the next size
    what, limit = f"AI calls, {size} in flight", [size / DELAY] * SAMPLES
    report.add(what, "the limit", (rates, limit), "/s", least=goal)
    report.limit(f"{what}: memory", [memory], MEMORY, "MB")
    facts = f"{told['most']} at once; {used:.2f} ms of CPU for each; {connections} connections"
    report.tell(what, facts)


def _told(port: int) -> dict[str, int]:
    with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
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


def measure(report: Report) -> None:
    """CPU for each text: ours one at a time, theirs all at once."""
    given, ours, theirs = [TriageText(words) for words in texts()], EmbeddedEngine(), _ScikitLearn()
    turns = {
        "ours": partial(_cpu, lambda: [ours.triage([text]) for text in given], len(given)),
        "theirs": partial(_cpu, lambda: theirs.predict(given), len(given)),
    }
    against = "scikit-learn: the same features, vectoriser and predict in one batch"
    pair = alternate(turns, ROUNDS).values()
    report.add("one text at a time", against, pair, "µs of CPU per text", most=5.0)
    categories = [answer.category for answer in ours.triage(given)]
    same = np.mean([a == b for a, b in zip(categories, theirs.predict(given)[0], strict=True)])
    report.tell(f"of {len(given)} texts both give the same category", f"{same:.1%}")


class _ScikitLearn:
    """The same weights in its own classes."""

    def __init__(self) -> None:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression

        model, self._lexicon = packaged()
        self._vectoriser = DictVectorizer(dtype=np.float32)
        self._vectoriser.fit([dict.fromkeys(model.vocabulary, 1.0)])
        order = [model.vocabulary[name] for name in self._vectoriser.feature_names_]
        weights, split = model.weights[order].T, len(CATEGORIES)
        self._heads: list[Any] = []
        for classes, rows in ((CATEGORIES, slice(0, split)), (PRIORITIES, slice(split, None))):
            head = LogisticRegression()
            head.classes_ = np.array(classes)
            head.coef_, head.intercept_ = weights[rows], model.bias[rows]
            self._heads.append(head)

    def predict(self, given: list[TriageText]) -> list[Any]:
        """Category and priority of each text, as two arrays."""
        values = [see(fold(text.description), self._lexicon).values for text in given]
        matrix = self._vectoriser.transform(values)
        return [head.predict(matrix) for head in self._heads]


def _cpu(work: Callable[[], object], count: int) -> float:
    """Microseconds for each."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e6
