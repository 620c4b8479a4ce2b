"""How sure the model may be: measured on patterns that it was not trained on.

A development set that was read while the lexicon grew would flatter; patterns held out do not.
"""

from dataclasses import replace

import numpy as np

from models.folding import fold
from models.services.danger import find_danger
from training.corpus import Corpus
from training.fitting import fit
from training.patterns import Example
from worker.adapters.ai import lexicon as lexicons
from worker.adapters.ai.features import see
from worker.adapters.ai.model import CATEGORIES, Floats, Model, probabilities

FOLDS = 3
TEMPERATURES = tuple(float(t) for t in np.arange(1.0, 2.55, 0.05))
THRESHOLDS = tuple(float(t) for t in np.arange(0.10, 0.61, 0.02))
MAX_FALSE_ALARMS = 0.02  # of low and medium texts, by the model alone


def calibrated(model: Model, corpus: Corpus) -> Model:
    """``model`` with its temperature and its threshold for urgent."""
    logits, truths, urgent, priorities = [], [], [], []
    for fold_number in range(FOLDS):
        kept, held = corpus.split(fold_number, FOLDS)
        part = fit(kept, "fold")
        for example in held:
            category, priority = _scores(part, example)
            logits.append(category)
            truths.append(CATEGORIES.index(example.category))
            if not find_danger(example.text):
                urgent.append(float(probabilities(priority)[-1]))
                priorities.append(example.priority)
    return replace(
        model,
        temperature=_temperature(np.array(logits), np.array(truths)),
        urgent_from=_threshold(np.array(urgent), np.array(priorities)),
    )


def _scores(model: Model, example: Example) -> tuple[Floats, Floats]:
    return model.scores(see(fold(example.text), lexicons.cached(model.words())).values)


def _temperature(logits: Floats, truths: np.ndarray) -> float:
    """The temperature with the least surprise (negative log-likelihood)."""

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        chances = np.exp(scaled) / np.exp(scaled).sum(axis=1, keepdims=True)
        return float(-np.log(chances[np.arange(len(truths)), truths] + 1e-9).mean())

    return min(TEMPERATURES, key=surprise)


def _threshold(urgent: np.ndarray, priorities: np.ndarray) -> float:
    """The lowest threshold that keeps false alarms rare: a missed danger costs more."""
    calm = urgent[np.isin(priorities, ("low", "medium"))]
    return next(
        t for t in THRESHOLDS if (calm >= t).mean() <= MAX_FALSE_ALARMS or t == THRESHOLDS[-1]
    )
