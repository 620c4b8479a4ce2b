"""The e-mail address in what a requester writes as contact: folded where it is clear what is meant,
refused with a reason where it is not. Nothing is guessed: a guess may be somebody else's address."""

import re
import unicodedata
from functools import lru_cache

from config.mailboxes import WrongMailbox, parse_address, parse_mailbox

# As input methods of East Asia write them: the wide forms of ASCII, the small ones, the full stop.
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {
    0x3000: " ",
    0x3001: ",",
    0x3002: ".",
    0xFF61: ".",
    0xFE50: ",",
    0xFE52: ".",
    0xFE6B: "@",
}
# What prints nothing and comes along when an address is copied.
_UNSEEN = re.compile(
    r"[\u00ad\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0]"
)
# No address has these, whatever stands on either side of them.
_BETWEEN = re.compile(r"([<>()\[\]{},;:|/])")
# An ending that a space has cut off.
_ENDINGS = frozenset({"kr", "com", "net", "org", "co", "jp", "cn", "한국", "닷컴", "닷넷"})
# All top-level domains in Hangul (IANA's root zone): what is longer has a particle at its end.
_HANGUL_DOMAINS = frozenset({"한국", "닷컴", "닷넷", "삼성"})
# A telephone number that nothing parts from what follows.
_TELEPHONE = re.compile(r"0\d{1,2}-\d{3,4}-\d{4}(?=[^\W\d])")


class WrongAddress(ValueError):
    """The contact has an e-mail address that cannot be used; ``kind`` says why, see
    ``web.http.messages``."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@lru_cache(maxsize=1024)
def read_email(contact_info: str) -> str:
    """The first e-mail address in ``contact_info`` with its domain in ASCII; empty if there is none.

    Raises:
        WrongAddress: there is an @-sign, and no address that is surely the one that was meant.
    """
    text = _UNSEEN.sub("", contact_info.translate(_WIDE))
    if "@" not in text:
        return ""
    if _has_quotes_of_an_address(text):
        return _quoted(text)
    words = " ".join(text.split('"')[::2]).split()
    for word, before, after in zip(words, ["", *words], [*words[1:], ""], strict=False):
        if "@" in word and "://" not in word and (found := _address_in(word, before)):
            _refuse_cut(word, after)
            return found
    return ""


def find_email(contact_info: str) -> str:
    """As ``read_email``, and empty where that refuses: for records that are taken as they are."""
    try:
        return read_email(contact_info)
    except WrongAddress:
        return ""


def _has_quotes_of_an_address(text: str) -> bool:
    """Whether there is an @-sign inside quotes, or beside them: the quotes may be a part of it."""
    parts = text.split('"')
    return (
        "\\" in text
        or len(parts) % 2 == 0
        or any("@" in inside for inside in parts[1::2])
        or any('"' in word and "@" in word for word in text.split())
    )


def _quoted(text: str) -> str:
    """Inside quotes an @-sign is no address: such a text is one mailbox as a whole, or none."""
    try:
        return parse_address(parse_mailbox(text).address, dotted=True)
    except WrongMailbox:
        raise WrongAddress("address_quoted") from None


def _address_in(word: str, before: str) -> str:
    """The first address in a text without blanks; empty if its @-sign belongs to something else."""
    parts = ["", "", *_BETWEEN.split(word), "", ""]
    for n in range(2, len(parts) - 2, 2):
        if "@" not in parts[n]:
            continue
        part = _trim(parts[n])
        if _is_handle(part, word, parts[n - 1], before):
            continue
        _refuse_glued(parts[n - 2 : n], parts[n + 1 : n + 3])
        return _parse(part)
    return ""


def _is_handle(part: str, word: str, separator: str, before: str) -> bool:
    """A name of another service, such as ``@haja``."""
    if not part.startswith("@") or word.count("@") > 1 or separator in (")", "]", "}", ">"):
        return False
    after_a_name = not separator and before.isascii() and before[-1:].isalnum()
    if part == "@" or ("." in part and after_a_name):  # kim @ example.com
        raise WrongAddress("address_spaces")
    return True


def _trim(part: str) -> str:
    """Without the punctuation of the sentence around it."""
    while part and part[-1] != "@" and unicodedata.category(part[-1])[0] in "PS":
        part = part[:-1]
    while part and _opens(part[0]):
        part = part[1:]
    return part


def _opens(letter: str) -> bool:
    return letter in "'`" or (not letter.isascii() and unicodedata.category(letter)[0] in "PS")


def _refuse_glued(before: list[str], after: list[str]) -> None:
    """Whether the sign beside an address was meant as a part of it: ``kim@example,com``,
    ``kim/lee@example.com``. Telephone numbers and other addresses may stand there, but not an address
    right behind a bracket: what is inside may be a comment on it (RFC 5322, 3.2.2)."""
    left, opening = before
    closing, right = after
    if closing and closing in ",;:|/" and right[:1].isalpha() and "@" not in right:
        raise WrongAddress("address_comma" if closing == "," else "address_glued")
    if opening and opening in ",;|/" and "@" not in left and re.search("[A-Za-z]", left):
        raise WrongAddress("address_glued")
    if closing and closing in ")]}>" and "@" in right and right[:1].isalnum():
        raise WrongAddress("address_glued")
    if right.startswith("@"):
        raise WrongAddress("not_an_address")


def _refuse_cut(word: str, after: str) -> None:
    """``kim@example.co .kr`` and ``kim@example.co. kr``: the rest may make it another's address."""
    if after.startswith(".") and after[1:2].isalpha():
        raise WrongAddress("address_spaces")
    if word[-1] in ".," and after.strip(".,") in _ENDINGS:
        raise WrongAddress("address_spaces")


def _parse(part: str) -> str:
    ending = unicodedata.normalize("NFC", part).rpartition(".")[2]
    if ("가" <= ending[:1] <= "힣" and ending not in _HANGUL_DOMAINS) or _TELEPHONE.match(part):
        raise WrongAddress("address_glued")
    try:
        return parse_address(part, dotted=True)
    except WrongMailbox:
        raise WrongAddress(_kind_of(part)) from None


def _kind_of(part: str) -> str:
    local, _, domain = part.partition("@")
    if not local or "." not in domain:
        return "address_incomplete"
    glued = not local.isascii() or not domain.rpartition(".")[2].isascii()
    return "address_glued" if glued else "not_an_address"
