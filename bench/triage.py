"""How fast the embedded classifier is: one text at a time against scikit-learn in one batch."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.alternation import alternate
from bench.report import Comparison, Report, Samples
from models.folding import fold
from models.ports import TriageText
from worker.adapters.ai.columns import CATEGORIES, PRIORITIES
from worker.adapters.ai.current_model import packaged
from worker.adapters.ai.embedded import EmbeddedEngine
from worker.adapters.ai.features import see

DATA = Path(__file__).parents[1] / "training" / "data"
ROUNDS = 7
COLD_STARTS = 5
_COLD = (
    "from worker.adapters.ai.embedded import EmbeddedEngine;"
    "from models.ports import TriageText;"
    "EmbeddedEngine().triage([TriageText('변기 막힘')])"
)


def measure() -> Report:
    """CPU per text on both sides, from the text itself and from its ready features."""
    report = Report("triage")
    texts = read_texts()
    report.tell("texts of the test set", len(texts))
    engine, rival = EmbeddedEngine(), _Rival()
    same = _agreement(engine, rival, texts)
    report.tell("texts to which both give the same category", f"{same:.1%}")
    values = [see(fold(text.description), rival.lexicon).values for text in texts]
    found = alternate(
        {
            "ours": lambda: _microseconds(lambda: [engine.triage([t]) for t in texts], len(texts)),
            "from text": lambda: _microseconds(lambda: rival.predict(texts), len(texts)),
            "from features": lambda: _microseconds(lambda: rival.judge(values), len(texts)),
        },
        ROUNDS,
    )
    ours = Samples("µs of CPU per text", tuple(found["ours"]))
    for against, name, goal in (
        ("scikit-learn: the same features, vectoriser and predict in one batch", "from text", 5.0),
        ("scikit-learn: vectoriser and predict alone, features given", "from features", None),
    ):
        theirs = Samples(ours.unit, tuple(found[name]))
        report.add(Comparison("one text at a time", against, ours, theirs, goal, at_most=True))
    report.tell("texts per second of CPU", round(1e6 / ours.median))
    report.tell("seconds of a cold start", round(cold_start(), 2))
    return report


class _Rival:
    """The same weights in scikit-learn's own classes."""

    def __init__(self) -> None:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression

        model, self.lexicon = packaged()
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

    def predict(self, texts: list[TriageText]) -> list[Any]:
        """Category and priority of each text, as two arrays."""
        return self.judge([see(fold(text.description), self.lexicon).values for text in texts])

    def judge(self, values: list[dict[str, float]]) -> list[Any]:
        matrix = self._vectoriser.transform(values)
        return [head.predict(matrix) for head in self._heads]


def _agreement(engine: EmbeddedEngine, rival: _Rival, texts: list[TriageText]) -> float:
    """The rival has no rules for what nobody understands, so a few may differ."""
    ours = [answer.category for answer in engine.triage(texts)]
    return float(np.mean([a == b for a, b in zip(ours, rival.predict(texts)[0], strict=True)]))


def read_texts() -> list[TriageText]:
    """The test set: requests in a style that the model was not trained on."""
    lines = [
        line
        for name in ("test_en.jsonl", "test_ko.jsonl")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    ]
    return [TriageText(json.loads(line)["text"]) for line in lines if line.strip()]


def _microseconds(work: Callable[[], object], texts: int) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) / texts * 1e6


def cold_start() -> float:
    """Seconds from a new process to its first answer, the median of some."""
    seconds = []
    for _ in range(COLD_STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", _COLD], check=True)
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[COLD_STARTS // 2]
