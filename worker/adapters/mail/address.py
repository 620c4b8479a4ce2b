"""Mail addresses in headers and on the envelope."""

import re
from email.header import Header

from config.mailboxes import Mailbox, WrongMailbox, parse_mailbox
from models.ports import PermanentError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def require_plain(value: str, name: str) -> str:
    """``value``, if it can be used in a header unchanged.

    Raises:
        PermanentError: it has control characters (CR and LF would start a header) or surrogates.
    """
    if _CONTROL.search(value):
        raise PermanentError(f"{name} has control characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PermanentError(f"{name} is not valid Unicode") from None
    return value


def require_mailbox(text: str) -> Mailbox:
    """The one mailbox in ``text``.

    Raises:
        PermanentError: there is none, or more than one.
    """
    try:
        return parse_mailbox(text)
    except WrongMailbox as error:
        raise PermanentError(f"address: {error}") from None


def header_of(mailbox: Mailbox) -> str:
    """For From, To and Reply-To. A name beyond ASCII is an encoded word (RFC 2047) also where the
    address needs SMTPUTF8: then nothing in it can look like a comma between two addresses."""
    if mailbox.name.isascii():
        return str(mailbox)
    return f"{Header(mailbox.name, 'utf-8').encode()} <{mailbox.address}>"
