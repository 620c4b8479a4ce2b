"""Calibrating the model's confidence on patterns that it was not trained on.

The development set was read while the lexicon was written, so the model is better on it than on new
texts. Patterns that were held out do not have this bias.
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


def calibrated(model: Model, corpus: Corpus, features: list[Values]) -> Model:
    """``model`` with its temperature and its threshold for urgent."""
    logits, truths, urgent, calm = [], [], [], []
    for number in range(FOLDS):
        for row, category, priority in _held_out(number, corpus, features):
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
    number: int, corpus: Corpus, features: list[Values]
) -> Iterator[tuple[int, Floats, Floats]]:
    """Row and scores of every example that the model of this fold was not trained on."""
    train, held_out = corpus.split(number, FOLDS)
    model = fit([corpus.examples[row] for row in train], [features[row] for row in train], "fold")
    for row in held_out:
        yield row, *model.scores(features[row])


def _temperature(logits: Floats, truths: np.ndarray) -> float:
    """The temperature with the smallest negative log-likelihood."""

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        chances = np.exp(scaled) / np.exp(scaled).sum(axis=1, keepdims=True)
        return float(-np.log(chances[np.arange(len(truths)), truths] + 1e-9).mean())

    return min(TEMPERATURES, key=loss)


def _threshold(calm: Floats) -> float:
    """The lowest threshold whose false alarms are rare enough: a missed danger costs more."""
    for threshold in THRESHOLDS:
        if (calm >= threshold).mean() <= MAX_FALSE_ALARMS:
            return threshold
    return THRESHOLDS[-1]
