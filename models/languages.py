"""The languages in which Haja speaks, and which of them somebody reads."""

import re
from functools import lru_cache

LANGUAGES = ("ko", "en")
DEFAULT = "ko"
_SUBTAGS = re.compile(r"[-_.@]")
_THREE_LETTERS = {"kor": "ko", "eng": "en"}  # ISO 639-2


def named_language(name: str) -> str | None:
    """The one of our languages that ``name`` means, as programs write it (``KO``, ``ko-KR``,
    ``en_US.UTF-8``); None if it means none."""
    language = _SUBTAGS.split(name.strip().lower(), maxsplit=1)[0]
    return _THREE_LETTERS.get(language, language if language in LANGUAGES else None)


@lru_cache(maxsize=256)
def preferred_language(header: str) -> str | None:
    """The language that fits an Accept-Language header best (RFC 9110, section 12.5.4), Korean if
    none fits; None if the header says nothing."""
    wished = [_wish(part) for part in header.split(",") if part.strip()]
    if not wished:
        return None
    spoken = [(quality, name) for name, quality in wished if name in LANGUAGES and quality > 0]
    # Of equal wishes the first.
    return max(spoken, key=lambda wish: wish[0])[1] if spoken else DEFAULT


def _wish(part: str) -> tuple[str, float]:
    """``en-GB;q=0.8`` as ``("en", 0.8)``; ``*`` is as good as our first language."""
    tag, _, parameter = part.partition(";")
    name = tag.strip().partition("-")[0].lower()
    return DEFAULT if name == "*" else name, _quality(parameter)


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
