"""Which encoding text from outside is in: UTF-8, or what older Korean pages and programs send."""

from collections.abc import Sequence
from dataclasses import dataclass

KOREAN = "cp949"  # holds EUC-KR
_FOUND = ("utf-8", KOREAN)
_KOREAN_LABELS = (
    "cp949 ms949 uhc windows-949 x-windows-949 euc-kr euckr csksc56011987 korean ksc5601 "
    "ksc_5601 ks_c_5601-1987 ks_c_5601-1989 iso-ir-149"
)
_WESTERN_LABELS = "iso-8859-1 iso8859-1 latin1 l1 windows-1252 cp1252"
# What is tried, in this order, by what a sender declares (labels of the Encoding Standard). Programs
# declare ISO-8859-1 that never thought of it, so UTF-8 goes first there. Of what is not in this list
# nothing but UTF-8 is tried: some of Python's codecs are no character sets, or take very long.
_TRIED = {
    **dict.fromkeys(("", "utf-8", "utf8", "us-ascii", "ascii"), _FOUND),
    **dict.fromkeys(_KOREAN_LABELS.split(), (KOREAN, "utf-8")),
    **dict.fromkeys(_WESTERN_LABELS.split(), ("utf-8", "cp1252")),
}
# A field of this name says the encoding of the others (HTML, "_charset_"); browsers fill it in.
_CHARSET = "_charset_"

UNREADABLE = "haja.unreadable"  # in the environment of a call: the first parameter that is


class Unreadable(Exception):
    """``field`` is in none of the encodings that were tried."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class RawField:
    """A field whose value was not read yet; ``charset`` if it declares one for itself."""

    name: str
    value: bytes
    charset: str = ""


def read_fields(fields: Sequence[RawField], declared: str = "") -> list[tuple[str, str]]:
    """Names and values as text. Fields without a charset of their own are read alike, by the first
    encoding that reads all of them.

    Raises:
        Unreadable
    """
    said = next((one.value for one in fields if one.name == _CHARSET and one.value), b"")
    common = said.decode("latin-1") or declared
    groups: dict[str, list[RawField]] = {}
    for one in fields:
        groups.setdefault(one.charset or common, []).append(one)
    encodings = {charset: _find_encoding(charset, group) for charset, group in groups.items()}
    return [
        (one.name, one.value.decode(encodings[one.charset or common]))
        for one in fields
        if one.name != _CHARSET
    ]


def _find_encoding(charset: str, fields: Sequence[RawField]) -> str:
    tried = _TRIED.get(charset.strip().lower(), ("utf-8",))
    together = b"\n".join(one.value for one in fields)
    for encoding in tried:
        if _is_in(encoding, together):
            return encoding
    raise Unreadable(next(one.name for one in fields if not _is_in(tried[0], one.value)))


def _is_in(encoding: str, data: bytes) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def read_name(data: bytes) -> str:
    """The name of a field or a file, which is stored nowhere: what cannot be read is replaced."""
    encoding = next((one for one in _FOUND if _is_in(one, data)), "utf-8")
    return data.decode(encoding, "replace")
