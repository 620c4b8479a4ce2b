"""SMTP clients that stop before the final dot of DATA and ask whether to go on."""

import re
import select
import smtplib
import ssl
from collections.abc import Callable

from models.ports import AmbiguousError, TransientError

_LEADING_DOT = re.compile(rb"(?m)^\.")


def _nothing() -> None:
    """Nobody asked to be told."""


class HandoverMixin(smtplib.SMTP):
    """Splits ``data``: the body, then ``before_handover``, then the dot and its reply."""

    before_handover: Callable[[], None] = staticmethod(_nothing)
    handover_error: Exception | None = None

    def data(self, msg: "bytes | str | object") -> tuple[int, bytes]:
        """Send ``msg`` (bytes with CRLF); the reply to the dot comes back as smtplib expects it.

        Raises:
            smtplib.SMTPException: before the dot; nothing was sent.
            TransientError: the line was found dead when the dot was due; nothing was sent.
            AmbiguousError: the dot went out and no clear reply came back.
        """
        assert isinstance(msg, bytes)
        code, reply = self.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        body = _LEADING_DOT.sub(b"..", msg)
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        self._require_quiet_line()
        self._ask()
        self._require_quiet_line()
        self._send_dot()
        return self._reply_to_dot()

    def _require_quiet_line(self) -> None:
        """A server that speaks or leaves before the dot has certainly not taken the message.

        Over TLS nobody can look without reading: there the dot itself finds out.
        """
        if self.sock is None or isinstance(self.sock, ssl.SSLSocket):
            return
        line = select.poll()
        line.register(self.sock, select.POLLIN)
        if line.poll(0):
            code, reply = self.getreply()
            raise smtplib.SMTPDataError(code, reply)

    def _ask(self) -> None:
        try:
            self.before_handover()
        except Exception as error:
            self.handover_error = error  # so that the caller tells it from an error of the line
            raise

    def _send_dot(self) -> None:
        try:
            assert self.sock is not None
            self.sock.sendall(b".\r\n")
        except ConnectionError as error:
            # The kernel knew already that the line was closed and took not one of three bytes.
            raise TransientError(f"connection lost before the final dot: {error}") from error
        except OSError as error:
            raise AmbiguousError(f"connection lost at the final dot: {error}") from error

    def _reply_to_dot(self) -> tuple[int, bytes]:
        try:
            code, reply = self.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise AmbiguousError(f"no reply to the final dot: {error}") from error
        if 200 <= code <= 299:
            return 250, reply
        if 400 <= code <= 599:
            return code, reply
        raise AmbiguousError(f"the reply to the final dot makes no sense: {code}")


class HandoverSMTP(HandoverMixin):
    """A plain line, which STARTTLS may secure."""


class HandoverSMTPSSL(HandoverMixin, smtplib.SMTP_SSL):
    """TLS from the first byte."""
