"""The hand-written lexicon: which words name which concept, and what each concept speaks for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from worker.adapters.ai import english, korean

PATH = Path(__file__).with_name("data") / "lexicon.txt"
CATEGORY_OF_LETTER = {
    "E": "electrical",
    "P": "plumbing",
    "H": "hvac",
    "S": "structural",
    "V": "elevator",
    "X": "security",
    "F": "fire_safety",
    "A": "appliance",
    "B": "pest",
    "C": "cleaning",
    "O": "other",
}
DECOY = "decoy"  # words that only look like others: matched, used up and not counted


class Hit(NamedTuple):
    """``place``: the words only say where something is, as in "near the elevator"."""

    concept: str
    surface: str
    place: bool = False


@dataclass
class Lexicon:
    """Concepts with their weights per category, and the indexes that find them in text."""

    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    _english: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    _korean: dict[str, list[tuple[str, str, bool]]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)
    _speller: english.Speller | None = None

    def add(self, concept: str, weights: dict[str, float], en: list[str], ko: list[str]) -> None:
        self.weights[concept] = weights
        for phrase in en:
            stems = tuple(english.tokens(phrase))
            self._words.update(stems)
            self._english.setdefault(stems[0], []).append((stems, concept))
        for phrase in ko:
            self._add_korean(phrase, concept)

    def _add_korean(self, phrase: str, concept: str) -> None:
        if phrase.isascii():
            stems = tuple(english.tokens(phrase.lower()))
            self._english.setdefault(stems[0], []).append((stems, concept))
            return
        hangul = "".join(letter for letter in phrase if not letter.isascii())
        self._korean.setdefault(korean.decomposed(hangul)[:2], []).append(
            (korean.decomposed(hangul), concept, len(hangul) == 1)
        )

    def finish(self, known: frozenset[str] = frozenset()) -> None:
        """Order the indexes (longest phrase first) and learn which words are no misspellings."""
        for phrases in self._english.values():
            phrases.sort(key=lambda item: -len(item[0]))
        for patterns in self._korean.values():
            patterns.sort(key=lambda item: -len(item[0]))
        self._speller = english.Speller(self._words, known)

    def corrected(self, tokens: list[str]) -> list[str]:
        assert self._speller is not None
        return [self._speller.corrected(token) for token in tokens]

    def english_hits(self, stems: list[str], words: list[str]) -> list[Hit]:
        """Concepts of corrected stems, longest phrase first; ``words`` are what people wrote."""
        hits: list[Hit] = []
        i = end = 0
        while i < len(stems):
            length, concept = self._english_at(stems, i)
            if concept not in ("", DECOY):
                # What follows a place without a word between belongs to it: "by the elevator door".
                place = english.is_place(words, i) or bool(hits and end == i and hits[-1].place)
                hits.append(Hit(concept, " ".join(words[i : i + length]), place))
                end = i + length
            i += length
        return hits

    def _english_at(self, stems: list[str], i: int) -> tuple[int, str]:
        for phrase, concept in self._english.get(stems[i], ()):
            if tuple(stems[i : i + len(phrase)]) == phrase:
                return len(phrase), concept
        return 1, ""

    def korean_hits(self, folded: str) -> list[Hit]:
        """Concepts of the Hangul in folded text, longest pattern first, left to right."""
        run, starts = korean.jamo_run(folded)
        hits, i = [], 0
        while i < len(run):
            found = self._korean_at(run, i, starts) if korean.is_initial(run[i]) else None
            if found is None:
                i += 1
                continue
            pattern, concept = found
            if concept != DECOY:
                place = korean.is_place(run, i + len(pattern))
                hits.append(Hit(concept, korean.surface(run, i, i + len(pattern)), place))
            i += len(pattern)
        return hits

    def _korean_at(self, run: str, i: int, starts: frozenset[int]) -> tuple[str, str] | None:
        for pattern, concept, word_start in self._korean.get(run[i : i + 2], ()):
            if (
                run.startswith(pattern, i)
                and (not word_start or i in starts)
                and not self._bites_off(run, i, pattern, starts)
            ):
                return pattern, concept
        return None

    def _bites_off(self, run: str, i: int, pattern: str, starts: frozenset[int]) -> bool:
        """Whether a match over a blank takes the first syllable of a longer one: 방 | 문고리."""
        for inside in range(max(i + 1, i + len(pattern) - 3), i + len(pattern)):
            if inside in starts:
                other = self._korean_at(run, inside, starts)
                return other is not None and len(other[0]) > len(pattern) - (inside - i)
        return False


def load(known: frozenset[str] = frozenset(), path: Path = PATH) -> Lexicon:
    """Read the lexicon; ``known`` words are never taken for misspellings."""
    lexicon = Lexicon()
    for concept in _read_concepts(path):
        lexicon.add(*concept)
    lexicon.finish(known)
    return lexicon


def _read_concepts(path: Path) -> Iterator[tuple[str, dict[str, float], list[str], list[str]]]:
    """Each concept's name, weights by category, English and Korean phrases."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            head, en, ko = line.split("|")
            name, *letters = head.split()
            yield name, _weights(letters), _phrases(en), _phrases(ko)


def category_words(path: Path = PATH) -> dict[str, list[str]]:
    """The concepts that speak for each category more than for any other, strongest first."""
    words: dict[str, list[tuple[float, str]]] = {name: [] for name in CATEGORY_OF_LETTER.values()}
    for concept, weights, _, _ in _read_concepts(path):
        if weights and concept != DECOY:
            category = max(weights, key=lambda name: weights[name])
            words[category].append((-weights[category], concept.replace("_", " ")))
    return {category: [word for _, word in sorted(found)] for category, found in words.items()}


def _weights(letters: list[str]) -> dict[str, float]:
    return {CATEGORY_OF_LETTER[item[0]]: float(item[1:]) for item in letters if item != "-"}


def _phrases(cell: str) -> list[str]:
    return [phrase.strip() for phrase in cell.split(",") if phrase.strip()]
