"""The training text: patterns are expanded and varied with noise, the same in every run."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from training import english_noise, korean_noise
from training.patterns import DATA, Example, Pattern, expand, read_patterns, ways

SEED = 20261123
# Texts made from one pattern at most, so that patterns with many choices do not outweigh the others.
PER_PATTERN = 22
JOINED_SHARE = 0.12  # of the texts name two faults of one kind, as long complaints do
LANGUAGES = ("ko", "en")


@dataclass(frozen=True)
class Corpus:
    """Distinct examples in a fixed order, and for each the number of its pattern."""

    examples: list[Example]
    origins: list[int]

    def split(self, fold: int, folds: int) -> tuple[list[int], list[int]]:
        """Rows to train on and rows held out; all texts of a pattern are on the same side."""
        train: list[int] = []
        held_out: list[int] = []
        for row, origin in enumerate(self.origins):
            (held_out if origin % folds == fold else train).append(row)
        return train, held_out


def build_corpus() -> Corpus:
    """All training text of the project."""
    found: dict[str, tuple[Example, int]] = {}
    number = 0
    for language in LANGUAGES:
        random = Random(f"{SEED}-{language}")
        patterns = list(read_patterns(language))
        alike: dict[tuple[str, str], list[Pattern]] = defaultdict(list)
        for pattern in patterns:
            alike[pattern.category, pattern.priority].append(pattern)
        for pattern in patterns:
            number += 1
            for example in _of_pattern(pattern, alike, random):
                found.setdefault(example.text, (example, number))
    return Corpus([example for example, _ in found.values()], [n for _, n in found.values()])


def read_examples(path: Path) -> list[Example]:
    """The examples of a JSON Lines file with text, category, priority, language."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Example(**json.loads(line)) for line in lines if line.strip()]


def read_set(name: str) -> list[Example]:
    """All examples of ``training/data/<name>_*.jsonl``."""
    return [
        example for path in sorted(DATA.glob(f"{name}_*.jsonl")) for example in read_examples(path)
    ]


def _of_pattern(
    pattern: Pattern, alike: dict[tuple[str, str], list[Pattern]], random: Random
) -> Iterator[Example]:
    noise = english_noise if pattern.language == "en" else korean_noise
    same = alike[pattern.category, pattern.priority]
    seen: set[str] = set()
    for _ in range(min(PER_PATTERN, 2 * ways(pattern.text) + 4)):
        text = expand(pattern.text, random)
        framed = noise.framed(text, random) if text in seen or random.random() < 0.6 else text
        seen.add(text)
        if random.random() < JOINED_SHARE:
            framed += ". " + expand(random.choice(same).text, random)
        yield Example(
            noise.noisy(framed, random), pattern.category, pattern.priority, pattern.language
        )
