"""Fitting the linear model. Features are dropped at random, so that it does not depend on single
ones."""

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
VIEWS = 2  # how often each text is used, each time with other features dropped


def extract_features(examples: list[Example]) -> list[Values]:
    """The features of each example. Words that several examples have are not corrected as
    misspellings."""
    lexicon = lexicons.load(_known_words(examples))
    return [see(fold(example.text), lexicon).values for example in examples]


def fit(examples: list[Example], features: list[Values], version: str) -> Model:
    """A model of ``examples``, not yet calibrated (temperature 1, urgent from 0.5)."""
    vocabulary = _vocabulary(features)
    random = Random(SEED)
    rows = [_dropped(values, random) for _ in range(VIEWS) for values in features]
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
    """English stems that several texts have, and that are therefore no typing errors."""
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(set(english.tokens(fold(example.text))))
    return frozenset(word for word, count in counts.items() if count >= MIN_TEXTS)


def _vocabulary(features: list[Values]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for values in features:
        counts.update(values.keys())
    names = sorted(name for name, count in counts.items() if count >= MIN_TEXTS)
    return {name: row for row, name in enumerate(names)}


def _dropped(values: Values, random: Random) -> Values:
    """``values``, sometimes without concepts and sometimes without wording, so that the model learns
    to decide by either alone."""
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
    """Weights that are higher for rare classes of each language: the square root of the ratio of the
    mean count to the class's count."""
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
