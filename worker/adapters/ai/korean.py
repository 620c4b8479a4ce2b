"""Korean made comparable: runs of jamo without spaces, in which stems are found by their start."""

import re
import unicodedata

_HANGUL_WORD = re.compile(r"[가-힣]+")
_SYLLABLES = re.compile(r"[가-힣]+|[^가-힣\s]+")
_FIRST_INITIAL, _LAST_INITIAL = "\u1100", "\u1112"
BREAK = "|"  # stands for whatever is neither Hangul nor blank; no pattern reaches over it


def decomposed(pattern: str) -> str:
    """Conjoining jamo of a pattern; a lone consonant becomes the start of a syllable."""
    return unicodedata.normalize("NFKD", pattern)


def jamo_run(folded: str) -> tuple[str, frozenset[int]]:
    """The Hangul of folded text as jamo without blanks, and where words begin in it."""
    parts: list[str] = []
    starts: set[int] = set()
    length = 0
    for match in _SYLLABLES.finditer(folded):
        word = match.group()
        hangul = "가" <= word[0] <= "힣"
        piece = unicodedata.normalize("NFD", word) if hangul else BREAK
        if hangul:
            starts.add(length)
        parts.append(piece)
        length += len(piece)
    return "".join(parts), frozenset(starts)


def is_initial(jamo: str) -> bool:
    """Whether a syllable begins with this code point."""
    return _FIRST_INITIAL <= jamo <= _LAST_INITIAL


_NEAR = tuple(
    decomposed(word)
    for word in (
        "옆",
        "앞에",
        "앞쪽",
        "앞바닥",
        "앞복도",
        "앞의",
        "뒤에",
        "뒤쪽",
        "밑에",
        "아래에",
        "근처",
        "주변",
        "부근",
        "건너편",
        "맞은편",
        "위에",
        "사이에",
        "바로옆",
        "밖에",
        "곁에",
        "앞전등",
        "앞벽",
        "앞천장",
        "앞조명",
        "홀",
    )
)


def is_place(run: str, end: int) -> bool:
    """Whether what ends at ``end`` only says where: a word of place follows it."""
    return run.startswith(_NEAR, end)


def surface(run: str, start: int, end: int) -> str:
    """The whole syllables of ``run`` that ``start:end`` touches, composed for reading."""
    while end < len(run) and not is_initial(run[end]) and run[end] != BREAK:
        end += 1
    return unicodedata.normalize("NFC", run[start:end])


def syllable_grams(folded: str) -> list[str]:
    """Pairs and triples of syllables, also over blanks, since people space Korean as they like."""
    joined = "".join(_HANGUL_WORD.findall(folded))
    words = ["<" + word for word in _HANGUL_WORD.findall(folded)]
    grams = [joined[i : i + 2] for i in range(len(joined) - 1)]
    grams += [joined[i : i + 3] for i in range(len(joined) - 2)]
    return grams + [word[:3] for word in words]
