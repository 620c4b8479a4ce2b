"""Mail addresses with display names: parsed by kept libraries, never by a pattern.

The lists of the settings, the headers of a message and a requester's contact all come here.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address
from email.policy import default
from functools import lru_cache
from typing import Any

import email_validator
from email_validator import EmailNotValidError, validate_email

# Names for documents and networks of one's own (.test, .local, localhost) are the mail server's
# business: the library leaves this list to its callers.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
MOST_CHARACTERS = 4000  # in a list


class WrongMailbox(ValueError):
    """It is no mail address; the message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, possibly empty, and ``local@domain`` with the domain in ASCII (IDNA 2008)."""

    name: str
    address: str

    def __str__(self) -> str:
        """As in a header, with quotes where the name needs them: parses to the same again."""
        return str(Address(self.name, addr_spec=self.address)) if self.name else self.address


def parse_address(text: str, *, dotted: bool = False) -> str:
    """``local@domain`` with its domain in lower-case ASCII; no name, quotes or comments.

    ``dotted`` asks for a domain that the world knows, not a host's short name.

    Raises:
        WrongMailbox
    """
    try:
        found = validate_email(
            text, check_deliverability=False, globally_deliverable=dotted, strict=True
        )
    except EmailNotValidError as error:
        raise WrongMailbox(str(error)) from None
    local, domain = str(found.local_part), str(found.ascii_domain).lower()
    if _mixes_scripts(local):
        raise WrongMailbox("The part before the @-sign mixes letters of different scripts.")
    if _mixes_scripts(str(found.domain).rpartition(".")[2]):
        raise WrongMailbox("The end of the address mixes letters of different scripts.")
    return f"{local}@{domain}"


def parse_mailbox(text: str) -> Mailbox:
    """One ``local@domain`` or ``Name <local@domain>`` (RFC 5322, section 3.4, and RFC 6531).

    Raises:
        WrongMailbox
    """
    found = parse_mailboxes(text)
    if len(found) != 1:
        raise WrongMailbox("This is not one address.")
    return found[0]


@lru_cache(maxsize=1024)
def parse_mailboxes(text: str) -> tuple[Mailbox, ...]:
    """The mailboxes of a list with commas, each address once, in their order.

    Raises:
        WrongMailbox
    """
    if len(text) > MOST_CHARACTERS or _CONTROL.search(text):
        raise WrongMailbox("It is too long or has control characters.")
    header = _parsed(text)
    if not all(map(_is_harmless, header.defects)) or any(g.display_name for g in header.groups):
        raise WrongMailbox("It does not read as addresses with commas between them.")
    found = (_mailbox(address) for address in header.addresses)
    return tuple({mailbox.address: mailbox for mailbox in found}.values())


def _parsed(text: str) -> Any:
    """The header's own class, which typeshed does not know."""
    try:
        return default.header_factory("To", text)
    except Exception:  # noqa: BLE001 - at an early end it raises IndexError, in deep nesting others
        raise WrongMailbox("It ends before the address does.") from None


def _mailbox(parsed: Address) -> Mailbox:
    if _CONTROL.search(parsed.display_name):
        raise WrongMailbox("A name has control characters.")
    return Mailbox(parsed.display_name, parse_address(parsed.addr_spec))


def _is_harmless(defect: Exception) -> bool:
    """Beyond ASCII is allowed by RFC 6531; an empty place in a list, or a dot in a name, by RFC
    5322's older rules."""
    return isinstance(defect, NonASCIILocalPartDefect | ObsoleteHeaderDefect)


def _mixes_scripts(text: str) -> bool:
    """Whether letters of ASCII stand beside others that are not Latin, or beside signs: that is an
    address with something glued to it (이메일kim@..., ...com으로). No mailbox and no top-level domain
    is spelled so."""
    if text.isascii():
        return False
    beyond = {letter for letter in text if not letter.isascii()}
    if any(unicodedata.category(letter)[0] not in "LMN" for letter in beyond):
        return True
    has_ascii = any(letter.isascii() and letter.isalpha() for letter in text)
    return has_ascii and not _are_latin(beyond)


def _are_latin(letters: Iterable[str]) -> bool:
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
