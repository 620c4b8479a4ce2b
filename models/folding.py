"""One form for equal text: what people see as the same, the rules and the classifier see alike."""

import re
import unicodedata

MAX_CHARACTERS = 4_000  # the longest description that the intake accepts
# Unassigned, surrogate and private-use code points carry no words; Cf holds zero-width and
# bidirectional controls.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_RUN = re.compile(r"(.)\1{3,}")
_BLANKS = re.compile(r"\s+")


def fold(text: str) -> str:
    """Compose, lower and tidy ``text``; the result is at most 4,000 characters.

    Decomposed Hangul (as macOS sends it) becomes composed, full-width letters become plain,
    zero-width and bidirectional controls go, runs of one character shrink to three.
    """
    composed = unicodedata.normalize("NFKC", _clean(text[:MAX_CHARACTERS]))
    spaced = _BLANKS.sub(" ", composed.casefold().replace("’", "'"))
    return _RUN.sub(r"\1\1\1", unicodedata.normalize("NFC", spaced)).strip()[:MAX_CHARACTERS]


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_kept(character) for character in text)


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _DROPPED:
        return ""
    return " " if kind == "Cc" else character
