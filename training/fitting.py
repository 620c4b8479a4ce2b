"""Fitting the linear model: features of the corpus, dropped at random so that none is leaned on."""

from collections import Counter
from random import Random

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from models.folding import fold
from training.corpus import SEED
from training.patterns import Example
from worker.adapters.ai import english
from worker.adapters.ai import lexicon as lexicons
from worker.adapters.ai.columns import CATEGORIES, PRIORITIES
from worker.adapters.ai.features import see
from worker.adapters.ai.model import Floats, Model

MIN_TEXTS = 3  # a feature of fewer texts is noise
CATEGORY_STRENGTH = 1.0
PRIORITY_STRENGTH = 0.5
Values = dict[str, float]
VIEWS = 2  # how often each text is shown, each time with other features dropped


def look(examples: list[Example]) -> list[Values]:
    """The features of each example; words that several of them use are no misspellings."""
    lexicon = lexicons.load(_known_words(examples))
    return [see(fold(example.text), lexicon).values for example in examples]


def fit(examples: list[Example], seen: list[Values], version: str) -> Model:
    """A model of ``examples``, not yet calibrated (temperature 1, urgent from one half)."""
    vocabulary = _vocabulary(seen)
    random = Random(SEED)
    rows = [_dropped(values, random) for _ in range(VIEWS) for values in seen]
    matrix = _matrix(rows, vocabulary)
    weights = np.array(_sample_weights(examples) * VIEWS)
    category = _regression(
        matrix, [e.category for e in examples] * VIEWS, CATEGORIES, CATEGORY_STRENGTH, weights
    )
    priority = _regression(
        matrix, [e.priority for e in examples] * VIEWS, PRIORITIES, PRIORITY_STRENGTH, weights
    )
    return Model(
        version=version,
        vocabulary=vocabulary,
        weights=np.hstack([category[0], priority[0]]),
        bias=np.concatenate([category[1], priority[1]]),
        temperature=1.0,
        urgent_from=0.5,
    )


def _known_words(examples: list[Example]) -> frozenset[str]:
    """English stems of several texts: words, not slips."""
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(set(english.tokens(fold(example.text))))
    return frozenset(word for word, count in counts.items() if count >= MIN_TEXTS)


def _vocabulary(seen: list[Values]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for values in seen:
        counts.update(values.keys())
    names = sorted(name for name, count in counts.items() if count >= MIN_TEXTS)
    return {name: row for row, name in enumerate(names)}


def _dropped(values: Values, random: Random) -> Values:
    """Sometimes without concepts, sometimes without wording: each must be able to decide alone."""
    roll = random.random()
    concepts, wording = roll >= 0.12, roll < 0.72
    return {
        name: value
        for name, value in values.items()
        if random.random() > 0.1 and (wording if name[:2] in ("e:", "g:", "k:") else concepts)
    }


def _matrix(rows: list[Values], vocabulary: dict[str, int]) -> csr_matrix:
    data, columns, ends = [], [], [0]
    for values in rows:
        for name, value in values.items():
            column = vocabulary.get(name)
            if column is not None:
                columns.append(column)
                data.append(value)
        ends.append(len(columns))
    shape = (len(rows), len(vocabulary))
    return csr_matrix((data, columns, ends), shape=shape, dtype=np.float32)


def _sample_weights(examples: list[Example]) -> list[float]:
    """Rare classes of each language count more, by the square root of their rarity."""
    counts = Counter((e.language, e.category) for e in examples)
    mean = len(examples) / len(counts)
    return [float(np.sqrt(mean / counts[e.language, e.category])) for e in examples]


def _regression(
    matrix: csr_matrix,
    labels: list[str],
    names: tuple[str, ...],
    strength: float,
    weights: np.ndarray,
) -> tuple[Floats, Floats]:
    regression = LogisticRegression(C=strength, max_iter=400, tol=1e-3)
    regression.fit(matrix, [names.index(label) for label in labels], sample_weight=weights)
    return regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32)
