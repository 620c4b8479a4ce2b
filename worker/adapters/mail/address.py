"""Parsing and checking one mail address, for headers and for the envelope."""

import re
from dataclasses import dataclass
from email.header import Header
from typing import Self

from models.ports import PermanentError

# No quoted local parts and no address lists: both allow injection, and nobody uses them here.
_SPEC = r"(?P<spec{}>[^\s<>()\[\],;:\\\"@]{{1,64}}@[^\s<>()\[\],;:\\\"@]{{1,253}})"
_ADDRESS = re.compile(rf'{_SPEC.format(1)}|(?P<name>"[^"\\<>]*"|[^"\\<>,]*)\s*<{_SPEC.format(2)}>')
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


@dataclass(frozen=True, slots=True)
class Address:
    """A display name, possibly empty, and ``local@domain`` with the domain in ASCII."""

    name: str
    spec: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``local@domain`` or ``Name <local@domain>``.

        Raises:
            PermanentError: it is neither, or could add another header.
        """
        found = _ADDRESS.fullmatch(require_plain(text, "address").strip())
        if found is None:
            raise PermanentError("address is not of the form local@domain")
        local, _, domain = (found["spec1"] or found["spec2"]).partition("@")
        name = (found["name"] or "").strip().strip('"')
        try:
            return cls(name, f"{local}@{domain.encode('idna').decode()}")
        except UnicodeError:
            raise PermanentError("address has an impossible domain") from None

    @property
    def international(self) -> bool:
        """Whether it needs a server with SMTPUTF8 (RFC 6531)."""
        return not self.spec.isascii()

    @property
    def header(self) -> str:
        """The address for the headers From and To."""
        if not self.name:
            return self.spec
        ascii_name = self.name.isascii()
        phrase = f'"{self.name}"' if ascii_name else Header(self.name, "utf-8").encode()
        return f"{phrase} <{self.spec}>"
