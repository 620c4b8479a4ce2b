"""Which language a text is in, as far as Haja speaks it."""

import re

_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[a-z]")
_FOREIGN_SCRIPT = re.compile(
    r"[\u00c0-\u024f\u0370-\u06ff\u0900-\u0e7f\u1e00-\u1eff\u3040-\u30ff\u3400-\u9fff]"
)
_WORD = re.compile(r"[a-zà-ỹ]+")
_ENGLISH = frozenset(
    [
        "the",
        "is",
        "a",
        "an",
        "and",
        "to",
        "of",
        "in",
        "it",
        "my",
        "for",
        "on",
        "not",
        "no",
        "from",
        "with",
        "are",
        "i",
        "we",
        "our",
        "has",
        "have",
        "there",
        "when",
        "this",
        "please",
        "can",
        "at",
        "was",
        "be",
        "been",
        "by",
        "does",
        "doesn",
        "will",
        "won",
        "would",
        "out",
        "off",
        "up",
        "down",
        "need",
        "needs",
    ]
)
_FOREIGN = frozenset(
    [
        "el",
        "la",
        "los",
        "las",
        "de",
        "del",
        "que",
        "en",
        "un",
        "una",
        "hay",
        "mi",
        "por",
        "para",
        "con",
        "se",
        "está",
        "es",
        "y",
        "su",
        "como",
        "pero",
        "muy",
        "esta",
        "le",
        "les",
        "des",
        "du",
        "est",
        "et",
        "dans",
        "une",
        "pas",
        "je",
        "il",
        "ne",
        "sur",
        "avec",
        "mon",
        "ma",
        "notre",
        "der",
        "das",
        "die",
        "und",
        "ist",
        "nicht",
        "ein",
        "eine",
        "ich",
        "wir",
        "mit",
        "auf",
        "im",
        "zu",
        "von",
        "kein",
        "keine",
        "il",
        "di",
        "che",
        "non",
        "per",
        "sono",
        "della",
        "nel",
        "o",
        "os",
        "da",
        "uma",
        "não",
        "em",
        "com",
        "meu",
        "minha",
        "không",
        "là",
        "và",
        "của",
        "có",
        "tôi",
        "trong",
        "bị",
        "nhà",
        "ang",
        "ng",
        "sa",
        "mga",
        "na",
        "po",
        "ko",
        "bir",
        "ve",
        "bu",
        "için",
        "yok",
        "var",
        "ne",
        "tidak",
        "ada",
        "di",
        "yang",
        "dan",
        "saya",
        "rumah",
        "nie",
        "jest",
        "w",
        "z",
        "na",
        "się",
    ]
) - {"a", "o", "w", "z", "die", "in", "no"}


def language_of(folded: str, requested: str) -> str:
    """``ko`` or ``en``: what the words are written in; if mixed or neither, the requested one."""
    # A syllable of Hangul says about as much as two and a half Latin letters.
    hangul = 2.5 * len(_HANGUL.findall(folded))
    latin = len(_LATIN.findall(folded))
    if hangul > latin:
        return "ko"
    if latin >= 3 and hangul <= latin / 4:
        return "en"
    return requested if requested in ("ko", "en") else "en"


def is_foreign(folded: str) -> bool:
    """Whether the text is mainly in a language other than Korean and English."""
    foreign_letters = len(_FOREIGN_SCRIPT.findall(folded))
    hangul = len(_HANGUL.findall(folded))
    if hangul:
        return foreign_letters > 2 * hangul
    words = _WORD.findall(folded)
    english = sum(word in _ENGLISH for word in words)
    # One accent is a café; several and no English word is another language.
    if foreign_letters >= 2 and not english:
        return True
    foreign = sum(word in _FOREIGN for word in words)
    return foreign_letters > len(_LATIN.findall(folded)) or (foreign >= 2 and foreign > english)
