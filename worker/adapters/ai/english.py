"""English words made comparable: tokens, light stems, and one slip of the finger forgiven."""

import re
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"[a-z]+|\d+")
_JOINTS = re.compile(r"(?<=[a-z])['/](?=[a-z]\b)")
_DOUBLED = ("bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt")
# Stemming would throw these together with a word of another meaning, or leave a form apart.
_STEMS = {
    **{
        word: word
        for word in [
            "building",
            "ceiling",
            "heating",
            "cooling",
            "housing",
            "parking",
            "opening",
            "plumbing",
            "wiring",
            "flooring",
            "lighting",
            "smoking",
            "smokers",
            "smoker",
            "siding",
            "bedding",
            "railing",
            "roofing",
            "fencing",
            "dumping",
            "moving",
            "painting",
            "cleaning",
            "bed",
            "red",
            "need",
            "speed",
            "feed",
            "shed",
            "gas",
            "bus",
            "glass",
            "less",
            "this",
            "was",
            "has",
            "is",
            "us",
            "yes",
            "gaping",
            "during",
            "nothing",
            "something",
            "anything",
            "everything",
            "morning",
            "evening",
            "spring",
            "string",
            "king",
            "ring",
            "thing",
            "wing",
            "being",
            "news",
            "series",
            "always",
        ]
    },
    "rating": "rate",
    "rated": "rate",
    "caring": "care",
    "cared": "care",
    "noting": "note",
    "noted": "note",
    "sparing": "spare",
    "spared": "spare",
    "united": "unite",
    "coping": "cope",
    "dropping": "dropping",
    "droppings": "dropping",
    "broken": "break",
    "broke": "break",
    "breaks": "break",
    "froze": "freeze",
    "frozen": "freeze",
    "freezing": "freezing",
    "blown": "blow",
    "blew": "blow",
    "burnt": "burn",
    "mice": "mouse",
    "fell": "fall",
    "fallen": "fall",
    "stank": "stink",
    "stole": "steal",
    "stolen": "steal",
    "stuck": "stuck",
    "taps": "tap",
    "leek": "leak",
    "leeking": "leak",
}


def words(folded: str) -> list[str]:
    """The Latin words and the numbers of folded text, in order; apostrophes are left out."""
    return _TOKEN.findall(_JOINTS.sub("", folded.replace("'", "")).replace("a/c", "ac"))


def tokens(folded: str) -> list[str]:
    """The stems of :func:`words`."""
    return [stem(word) for word in words(folded)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A light stem: plural, -ing and -ed go, so that leaks, leaking and leaked meet."""
    if word in _STEMS:
        return _STEMS[word]
    word = _singular(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = _restored(word[: -len(ending)])
            break
    return word.rstrip("e") if len(word) > 4 else word


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _restored(base: str) -> str:
    return base[:-1] if base.endswith(_DOUBLED) and len(base) > 3 else base


_NEAR = frozenset(
    [
        "near",
        "by",
        "beside",
        "behind",
        "under",
        "underneath",
        "beneath",
        "below",
        "above",
        "outside",
        "opposite",
        "facing",
        "nearby",
        "adjacent",
        "around",
        "past",
        "alongside",
        "between",
    ]
)
# "next to", "in front of", "across from": the last two words of each.
_NEAR_PAIRS = frozenset(
    [
        ("next", "to"),
        ("close", "to"),
        ("adjacent", "to"),
        ("front", "of"),
        ("across", "from"),
        ("outside", "of"),
        ("top", "of"),
        ("back", "of"),
        ("opposite", "to"),
        ("side", "of"),
    ]
)
_BETWEEN = frozenset(
    [
        "the",
        "a",
        "an",
        "my",
        "our",
        "his",
        "her",
        "their",
        "this",
        "that",
        "main",
        "front",
        "back",
        "left",
        "right",
        "first",
        "second",
        "third",
        "old",
        "new",
        "other",
        "north",
        "south",
        "east",
        "west",
        "big",
        "small",
        "little",
        "rear",
        "upper",
        "lower",
        "big",
        "men",
        "women",
        "ladies",
    ]
)


def is_place(words: list[str], i: int) -> bool:
    """Whether the words from ``i`` on only say where: a preposition of place stands before them."""
    before = i - 1
    while before >= 0 and i - before <= 3 and words[before] in _BETWEEN:
        before -= 1
    if before < 0:
        return False
    return words[before] in _NEAR or (
        before > 0 and (words[before - 1], words[before]) in _NEAR_PAIRS
    )


class Speller:
    """Finds the known word that an unknown one is a single slip away from."""

    def __init__(self, words: Iterable[str], known: Iterable[str] = ()) -> None:
        self._words = frozenset(word for word in words if len(word) >= 5)
        self._known = frozenset(known) | frozenset(words)
        self._deletions: dict[str, str] = {}
        for word in sorted(self._words):
            for cut in _deletions(word):
                self._deletions.setdefault(cut, word)

    def corrected(self, token: str) -> str:
        """``token`` itself, unless it is unknown and one slip from a known word."""
        if len(token) < 5 or token in self._known or not token.isalpha():
            return token
        for candidate in self._candidates(token):
            if candidate[0] == token[0]:
                return candidate
        return token

    def _candidates(self, token: str) -> Iterable[str]:
        if token in self._deletions:
            yield self._deletions[token]
        for cut in _deletions(token):
            if cut in self._words:
                yield cut
            other = self._deletions.get(cut)
            # In a short word a changed letter is more often another word than a slip.
            if other and (len(token) >= 7 or sorted(other) == sorted(token)):
                yield other


def _deletions(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
