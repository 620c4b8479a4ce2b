"""The trained linear model: names of features, weights per class, and how sure it may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from worker.adapters.ai.columns import CATEGORIES, PRIORITIES

PATH = Path(__file__).with_name("data") / "model.npz"
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """Weights for a vocabulary of features; the first columns are categories, then priorities."""

    version: str
    vocabulary: dict[str, int]
    weights: Floats
    bias: Floats
    temperature: float
    urgent_from: float

    def scores(self, values: dict[str, float]) -> tuple[Floats, Floats]:
        """Logits of the categories and of the priorities."""
        rows, amounts = self._known(values)
        logits = self.bias + np.asarray(amounts, np.float32) @ self.weights[rows]
        return logits[: len(CATEGORIES)], logits[len(CATEGORIES) :]

    def contribution(self, feature: str, category: str) -> float:
        """What a feature of value 1 adds to the logit of ``category``, against the mean of all."""
        row = self.vocabulary.get(feature)
        if row is None:
            return 0.0
        weights = self.weights[row, : len(CATEGORIES)]
        return float(weights[CATEGORIES.index(category)] - weights.mean())

    def _known(self, values: dict[str, float]) -> tuple[list[int], list[float]]:
        rows: list[int] = []
        amounts: list[float] = []
        for name, value in values.items():
            row = self.vocabulary.get(name)
            if row is not None:
                rows.append(row)
                amounts.append(value)
        return rows, amounts

    def words(self) -> frozenset[str]:
        """English stems that the model knows; none of them is a misspelling."""
        return frozenset(
            name[2:] for name in self.vocabulary if name.startswith("e:") and " " not in name
        )


def probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """Softmax; a temperature above 1 makes it less sure."""
    shifted = np.exp((logits - logits.max()) / temperature)
    return np.asarray(shifted / shifted.sum(), np.float32)


def save(model: Model, path: Path | BinaryIO = PATH) -> None:
    """Write the model; about two bytes per weight."""
    names = "\n".join(model.vocabulary).encode()
    np.savez_compressed(
        path,
        version=np.array(model.version),
        vocabulary=np.frombuffer(names, np.uint8),
        weights=model.weights.astype(np.float16),
        bias=model.bias,
        settings=np.array([model.temperature, model.urgent_from], np.float64),
    )


@lru_cache(maxsize=4)
def load(path: Path = PATH) -> Model:
    """Read a model once per process.

    Raises:
        FileNotFoundError: there is none; train it first.
    """
    with path.open("rb") as file:
        return read(file)


def read(file: BinaryIO) -> Model:
    """The model in an open file.

    Raises:
        ValueError, KeyError, BadZipFile and whatever numpy thinks of next: it is no model.
    """
    with np.load(file, allow_pickle=False) as parts:
        names: Sequence[str] = parts["vocabulary"].tobytes().decode().split("\n")
        temperature, urgent_from = parts["settings"].tolist()
        model = Model(
            version=str(parts["version"]),
            vocabulary={name: row for row, name in enumerate(names)},
            weights=parts["weights"].astype(np.float32),
            bias=parts["bias"].astype(np.float32),
            temperature=temperature,
            urgent_from=urgent_from,
        )
    _check(model)
    return model


def _check(model: Model) -> None:
    classes = len(CATEGORIES) + len(PRIORITIES)
    if model.weights.shape != (len(model.vocabulary), classes) or model.bias.shape != (classes,):
        raise ValueError("a model of another shape")
    if not (np.isfinite(model.weights).all() and np.isfinite(model.bias).all()):
        raise ValueError("a model with holes")
    if not (model.temperature > 0 and 0 < model.urgent_from <= 1):
        raise ValueError("a model with impossible settings")
