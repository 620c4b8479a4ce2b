"""Korean particles, whose form depends on the last sound of the word before them: ``으로`` after 해충,
``로`` after 보통. (National Institute of Korean Language, rules of orthography, section 5.)"""

import re

# By the form after a consonant, the form after a vowel.
PARTICLES = {"으로": "로", "을": "를", "은": "는", "이": "가", "과": "와"}

_VOWEL, _RIEUL, _CONSONANT = "vowel", "rieul", "consonant"

# What is in brackets is not read before the particle, nor are quotes and stops.
_BRACKETS = re.compile(r"\s*[(\[<（〈《「][^()\[\]<>（）〈〉《》「」]*[)\]>）〉》」]\s*$")
_SILENT = re.compile(r"[\W_]+$")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)$")
_LATIN = re.compile(r"[a-z]+$", re.IGNORECASE)

# 영 일 이 삼 사 오 육 칠 팔 구
_DIGITS = (
    _CONSONANT, _RIEUL, _VOWEL, _CONSONANT, _VOWEL, _VOWEL, _CONSONANT, _RIEUL, _RIEUL, _VOWEL
)  # fmt: skip
# The names of signs that end a number or a measure: 퍼센트, 도.
_SIGNS = {"%": _VOWEL, "℃": _VOWEL, "°": _VOWEL, "㎡": _VOWEL, "㎜": _VOWEL, "㎝": _VOWEL}
# The letters whose Korean names end in a consonant: 엘, 엠, 엔, 알.
_LETTERS = {"l": _RIEUL, "m": _CONSONANT, "n": _CONSONANT, "r": _RIEUL}
# Endings of Latin words, as they are usually written in Korean; the first that fits counts.
_ENDINGS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[aeiou]le?$|[^aeiou]le$|l$", _RIEUL),  # 미셸, 애플, 호텔
        (r"[aeiouy][mn]e$|[mn]$|ng$", _CONSONANT),  # 제인, 팀, 킴, 빌딩
        (r"(?:^|[^aeiou])[aeiou](?:b|p|ck|k|t)$", _CONSONANT),  # 클럽, 숍, 잭, 북, 로봇
        (r"[bdgkpt]oo[kt]$|o[ou]k$", _CONSONANT),  # 북, 풋
    )
)


def particle(word: str, form: str) -> str:
    """The particle that stands after ``word``; ``form`` is a key of ``PARTICLES``, and is what comes
    back where nothing in the word has a sound.

    Raises:
        KeyError: no such particle.
    """
    after_vowel = PARTICLES[form]
    sound = _last_sound(word)
    if sound == _VOWEL or (form == "으로" and sound == _RIEUL):
        return after_vowel
    return form


def _last_sound(word: str) -> str:
    text = word.rstrip()
    while (shorter := _BRACKETS.sub("", text)) and shorter != text:
        text = shorter
    if text and text[-1] in _SIGNS:
        return _SIGNS[text[-1]]
    text = _SILENT.sub("", text)
    if not text:
        return _CONSONANT
    if number := _NUMBER.search(text):
        return _of_number(number.group().replace(",", ""), after_point=text[: number.start()])
    if latin := _LATIN.search(text):
        return _of_latin(latin.group())
    return _of_hangul(text[-1])


def _of_number(digits: str, *, after_point: str) -> str:
    """십, 백, 천, 만 and 억 end in a consonant, 조 does not; behind a point each digit is read."""
    if digits[-1] != "0" or after_point.endswith(".") or digits.startswith("0"):
        return _DIGITS[int(digits[-1])]
    zeros = len(digits) - len(digits.rstrip("0"))
    return _VOWEL if zeros == 12 else _CONSONANT


def _of_latin(word: str) -> str:
    folded = word.casefold()
    spelled = len(word) == 1 or (word.isupper() and len(word) <= 3)
    if spelled or not re.search("[aeiouy]", folded):
        return _LETTERS.get(folded[-1], _VOWEL)
    return next((sound for ending, sound in _ENDINGS if ending.search(folded)), _VOWEL)


def _of_hangul(letter: str) -> str:
    """A letter of another script counts as one without a final consonant."""
    if "가" <= letter <= "힣":
        final = (ord(letter) - ord("가")) % 28
        return _VOWEL if final == 0 else _RIEUL if final == 8 else _CONSONANT
    if "ㄱ" <= letter <= "ㅎ":  # each is named with itself at the end: 기역, 리을
        return _RIEUL if letter == "ㄹ" else _CONSONANT
    return _VOWEL
