"""What the classifier sees of a text: concepts of the lexicon first, its plain wording second.

Concepts carry over to wording that was never trained on; n-grams catch what the lexicon misses.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import sqrt

from models.danger.rules import danger_in
from worker.adapters.ai import english, korean
from worker.adapters.ai.lexicon import Hit, Lexicon

MAX_TOKENS = 400  # the start of a long complaint says what it is about
MAX_PAIRED = 8
UNTOLD = "s:none"  # no word counts for a category


@dataclass(frozen=True, slots=True)
class Seen:
    """The features of one text, the words behind its concepts, and the danger in it."""

    values: dict[str, float]
    hits: list[Hit]
    words: int
    danger: str | None = None


def see(folded: str, lexicon: Lexicon) -> Seen:
    """Features of folded text: name to value; empty for text without words."""
    words = english.words(folded)[:MAX_TOKENS]
    tokens = lexicon.corrected([english.stem(word) for word in words])
    hits = lexicon.english_hits(tokens, words) + lexicon.korean_hits(folded[:2_000])
    grams = korean.syllable_grams(folded[:2_000])
    values = concept_values(hits, lexicon)
    values |= _scaled(_word_grams(tokens), 1.0)
    values |= _scaled(_letter_grams(tokens), 0.6)
    values |= _scaled([f"k:{gram}" for gram in grams], 1.2)
    danger = danger_in(folded)
    if danger:
        values[f"d:{danger}"] = 1.0
        values["d:any"] = 1.0
    return Seen(values, hits, len(tokens) + len(grams) // 4, danger)


def concept_values(hits: list[Hit], lexicon: Lexicon) -> dict[str, float]:
    """Concepts, pairs of them, and the sums of what they speak for."""
    told = _told(hits, lexicon)
    names = list(dict.fromkeys(hit.concept for hit in told))
    damp = 1.0 / sqrt(max(1.0, len(names) / 5))
    values = {f"c:{name}": damp for name in names}
    # The first thing named is more often the matter than what follows.
    content = [name for name in names if lexicon.weights[name]]
    if content:
        values[f"f:{content[0]}"] = 0.6
    for pair in combinations(sorted(names[:MAX_PAIRED]), 2):
        values["p:" + "+".join(pair)] = 0.5 * damp
    values |= _sums(names, lexicon)
    values |= {f"l:{hit.concept}": 0.4 for hit in hits if hit not in told}
    return values


def _told(hits: list[Hit], lexicon: Lexicon) -> list[Hit]:
    """The hits that say what is the matter: those that only say where count if there is no other."""
    told = [hit for hit in hits if not hit.place]
    return told if any(lexicon.weights[hit.concept] for hit in told) else hits


def _sums(names: list[str], lexicon: Lexicon) -> dict[str, float]:
    sums: Counter[str] = Counter()
    for name in names:
        sums.update(lexicon.weights[name])
    total = sum(sums.values())
    values = {f"s:{category}": min(weight, 6.0) / 3 for category, weight in sums.items()}
    values |= {f"h:{category}": weight / total for category, weight in sums.items()}
    if not sums:
        values[UNTOLD] = 1.0
    return values


def _word_grams(tokens: list[str]) -> list[str]:
    words = [token for token in tokens if not token.isdigit()]
    pairs = [f"e:{a} {b}" for a, b in pairwise(words)]
    return [f"e:{word}" for word in words] + pairs


def _letter_grams(tokens: list[str]) -> list[str]:
    grams = []
    for token in tokens:
        if len(token) >= 4 and token.isalpha():
            padded = f"<{token}>"
            grams += [f"g:{padded[i : i + 4]}" for i in range(len(padded) - 3)]
    return grams


def _scaled(names: list[str], weight: float) -> dict[str, float]:
    """Each name once, together of length ``weight``, so that long texts do not shout."""
    unique = dict.fromkeys(names)
    value = weight * 2.5 / sqrt(len(unique) + 4) if unique else 0.0
    return dict.fromkeys(unique, value)
