"""The training text: patterns expanded, framed, joined and roughened, the same in every run."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from training import english_noise, korean_noise
from training.patterns import DATA, Example, Pattern, expand, read_patterns, ways

SEED = 20261123
PER_PATTERN = 22  # texts of one pattern at most: wide patterns must not drown narrow ones
JOINED_SHARE = 0.12  # long complaints name two faults of one kind


def build_corpus(languages: tuple[str, ...] = ("ko", "en")) -> list[Example]:
    """Distinct training examples in a fixed order."""
    examples: dict[str, Example] = {}
    for language in languages:
        random = Random(f"{SEED}-{language}")
        patterns = list(read_patterns(language))
        for pattern in patterns:
            for example in _of_pattern(pattern, patterns, random):
                examples.setdefault(example.text, example)
    return list(examples.values())


def read_examples(path: Path) -> list[Example]:
    """Examples of a JSON Lines file: text, category, priority, language."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Example(**json.loads(line)) for line in lines if line.strip()]


def read_set(name: str) -> list[Example]:
    """All examples of ``training/data/<name>_*.jsonl``."""
    return [
        example for path in sorted(DATA.glob(f"{name}_*.jsonl")) for example in read_examples(path)
    ]


def _of_pattern(pattern: Pattern, patterns: list[Pattern], random: Random) -> Iterator[Example]:
    noise = english_noise if pattern.language == "en" else korean_noise
    same = [
        other
        for other in patterns
        if (other.category, other.priority) == (pattern.category, pattern.priority)
    ]
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
