"""Which encoding a file of people is in: UTF-8, UTF-16, or what Korean Excel saves as CSV."""

import codecs
from pathlib import Path

from web.http.encodings import KOREAN

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path) -> str:
    """By the mark at its head, else the first of UTF-8 and CP949 that reads all of the file.

    A file that neither reads to its end counts as the one with fewer unreadable bytes: only lines
    that have them are refused.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    unreadable = {name: _count_unreadable(path, name) for name in ("utf-8", KOREAN)}
    return min(unreadable, key=lambda name: unreadable[name])


def _count_unreadable(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    count = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                count += sum("\udc80" <= letter <= "\udcff" for letter in text)
    return count
