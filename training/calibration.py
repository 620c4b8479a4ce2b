"""How sure the model may be: measured on patterns that it was not trained on.

A development set that was read while the lexicon grew would flatter; patterns held out do not.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.danger.rules import find_danger
from training.corpus import Corpus
from training.fitting import Values, fit
from worker.adapters.ai.columns import CATEGORIES
from worker.adapters.ai.model import Floats, Model, probabilities

FOLDS = 3
TEMPERATURES = tuple(float(t) for t in np.arange(1.0, 2.55, 0.05))
THRESHOLDS = tuple(float(t) for t in np.arange(0.10, 0.61, 0.02))
MAX_FALSE_ALARMS = 0.02  # of low and medium texts, by the model alone


def calibrated(model: Model, corpus: Corpus, seen: list[Values]) -> Model:
    """``model`` with its temperature and its threshold for urgent."""
    logits, truths, urgent, calm = [], [], [], []
    for number in range(FOLDS):
        for row, category, priority in _held_out(number, corpus, seen):
            example = corpus.examples[row]
            logits.append(category)
            truths.append(CATEGORIES.index(example.category))
            if not find_danger(example.text):
                urgent.append(float(probabilities(priority)[-1]))
                calm.append(example.priority in ("low", "medium"))
    return replace(
        model,
        temperature=_temperature(np.array(logits), np.array(truths)),
        urgent_from=_threshold(np.array(urgent)[np.array(calm)]),
    )


def _held_out(
    number: int, corpus: Corpus, seen: list[Values]
) -> Iterator[tuple[int, Floats, Floats]]:
    """Row and scores of every example that the model of this fold was not trained on."""
    kept, held = corpus.split(number, FOLDS)
    model = fit([corpus.examples[row] for row in kept], [seen[row] for row in kept], "fold")
    for row in held:
        yield row, *model.scores(seen[row])


def _temperature(logits: Floats, truths: np.ndarray) -> float:
    """The temperature with the least surprise (negative log-likelihood)."""

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        chances = np.exp(scaled) / np.exp(scaled).sum(axis=1, keepdims=True)
        return float(-np.log(chances[np.arange(len(truths)), truths] + 1e-9).mean())

    return min(TEMPERATURES, key=surprise)


def _threshold(calm: Floats) -> float:
    """The lowest threshold that keeps false alarms rare: a missed danger costs more."""
    for threshold in THRESHOLDS:
        if (calm >= threshold).mean() <= MAX_FALSE_ALARMS:
            return threshold
    return THRESHOLDS[-1]
