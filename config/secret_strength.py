"""Whether a secret could be guessed."""

from itertools import pairwise

MIN_SECRET_BYTES = 32  # RFC 7518, section 3.2: an HS256 key is at least as long as its hash
MIN_PASSWORD_LENGTH = 10
MIN_DIFFERENT = 10

# What stands in examples and in other people's documentation. A random secret of 48 letters and
# digits contains one of them once in tens of millions.
_PLACEHOLDERS = (
    "changeme", "changethis", "replaceme", "placeholder", "secret", "password", "passwort", "example",
    "insert", "default", "please", "yourkey", "letmein", "insecure", "development", "비밀번호", "바꾸세요",
)  # fmt: skip
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_ROW_LENGTH = 5
_PIECE = 4


def weakness(secret: str, *, at_least: int = MIN_SECRET_BYTES) -> str:
    """Why ``secret`` must not guard a production service, or an empty string.

    ``at_least`` is in bytes of UTF-8. The answer never quotes the secret.
    """
    if len(secret.encode()) < at_least:
        return f"must have at least {at_least} bytes"
    plain = secret.casefold()
    letters = "".join(c for c in plain if c.isalnum())
    if any(word in letters for word in _PLACEHOLDERS):
        return "contains a word that stands in examples"
    if len(set(plain)) < min(MIN_DIFFERENT, at_least // 2):
        return "repeats too few characters"
    if _repeats(letters):
        return "repeats itself"
    # Also of every second character: 00112233..., a1b2c3...
    if any(map(_follows, (letters, letters[::2], letters[1::2]))):
        return "is a sequence"
    return ""


def _repeats(text: str) -> bool:
    """It is one piece over and over, or the same few again and again. Of a random text hardly four
    characters stand in it twice."""
    half = len(text) // 2
    if any(text.startswith(text[size:]) for size in range(1, half + 1)):
        return True
    pieces = [text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1)]
    return len(pieces) > MIN_DIFFERENT and len(set(pieces)) * 3 < len(pieces) * 2


def _follows(text: str) -> bool:
    """Half of it or more is counted up or down, or typed along the keyboard."""
    if not text:
        return True
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    counted = sum(1 for one, two in pairwise(steps) if one == two and abs(one) <= 1)
    typed = sum(
        _ROW_LENGTH
        for row in (*_ROWS, *(row[::-1] for row in _ROWS))
        for start in range(len(row) - _ROW_LENGTH + 1)
        if row[start : start + _ROW_LENGTH] in text
    )
    return max(counted, typed) * 2 >= len(text)
