"""One form for equal text, so that the rules and the classifier treat variants of it the same."""

import re
import unicodedata
from functools import lru_cache

MAX_CHARACTERS = 4_000  # the longest description that the intake accepts
# Cf holds zero-width and bidirectional controls; surrogates, private and unassigned code points
# contain no words either.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
# Nearly every text has only these characters, and then no character has to be checked by itself.
_ORDINARY = re.compile(r"[\x20-\x7e\u00b0-\u00ff\u2018-\u201d\u2026\u3131-\u3163\uac00-\ud7a3]*")
_WIDE = re.compile(r"[\uff01-\uff5e]+")
_RUN = re.compile(r"(.)\1\1\1+")  # the same as (.)\1{3,}, in a third of the time
_QUOTES = {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'}


def fold(text: str) -> str:
    """Compose, lower-case and clean ``text``; the result has at most 4,000 characters.

    Decomposed Hangul (as macOS sends it) is composed, full-width letters become ordinary ones,
    zero-width and bidirectional controls are removed, and runs of one character are cut to three.
    Line breaks become full stops, because people end a sentence with them.
    """
    # A decomposed syllable has up to three code points.
    plain = _clean(unicodedata.normalize("NFC", text[: 3 * MAX_CHARACTERS]))[:MAX_CHARACTERS]
    plain = _WIDE.sub(lambda wide: unicodedata.normalize("NFKC", wide.group()), plain)
    folded = unicodedata.normalize("NFC", plain.casefold())
    for curly, straight in _QUOTES.items():
        folded = folded.replace(curly, straight)
    return _RUN.sub(r"\1\1\1", " ".join(folded.split())).strip()[:MAX_CHARACTERS]


def _clean(text: str) -> str:
    text = text.replace("\n", " . ")
    if _ORDINARY.fullmatch(text):
        return text
    return unicodedata.normalize("NFC", "".join(_cleaned(character) for character in text))


@lru_cache(maxsize=8_192)
def _cleaned(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _DROPPED:
        return ""
    return " " if kind == "Cc" else character
