"""Names and passwords beyond ASCII for AUTH. RFC 4616 wants UTF-8; smtplib knows ASCII only."""

import smtplib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


class Utf8(str):
    """A text that is UTF-8 on the wire, whichever encoding smtplib asks for."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:  # noqa: ARG002
        """``encoding`` is not looked at: smtplib says ASCII."""
        return super().encode("utf-8", errors)


class Utf8AuthMixin(smtplib.SMTP):
    """The mechanisms of smtplib that put a user's name or password together with other text."""

    def auth_plain(self, challenge: "Buffer | None" = None) -> str:
        return Utf8(super().auth_plain(challenge))

    def auth_cram_md5(self, challenge: "Buffer | None" = None) -> str | None:  # type: ignore[override]
        answer = None if challenge is None else super().auth_cram_md5(challenge)
        return answer and Utf8(answer)
