"""SMTP clients that call a function just before the final dot of DATA."""

import re
import select
import smtplib
import ssl
from collections.abc import Callable

from models.ports import AmbiguousError, TransientError
from worker.adapters.mail.credentials import Utf8AuthMixin

_LEADING_DOT = re.compile(rb"(?m)^\.")


def _nothing() -> None:
    """The default for ``before_handover``."""


class HandoverMixin(Utf8AuthMixin):
    """Splits ``data``: the body, then ``before_handover``, then the dot and its reply."""

    before_handover: Callable[[], None] = staticmethod(_nothing)
    handover_error: Exception | None = None

    def data(self, msg: "bytes | str | object") -> tuple[int, bytes]:
        """Send ``msg`` (bytes with CRLF); returns code and text of the reply to the dot, as smtplib
        expects.

        Raises:
            smtplib.SMTPException: an error before the dot; nothing was sent.
            TransientError: the connection was lost before the dot; nothing was sent.
            AmbiguousError: the dot was sent and no clear reply came back.
        """
        assert isinstance(msg, bytes)
        code, reply = self.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        body = _LEADING_DOT.sub(b"..", msg)
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        self._require_no_reply_yet()
        self._call_before_handover()
        self._require_no_reply_yet()
        self._send_dot()
        return self._reply_to_dot()

    def _require_no_reply_yet(self) -> None:
        """A server that replies or closes the connection before the dot has certainly not accepted
        the message.

        With TLS this cannot be checked without reading; then sending the dot shows it.
        """
        if self.sock is None or isinstance(self.sock, ssl.SSLSocket):
            return
        poller = select.poll()
        poller.register(self.sock, select.POLLIN)
        if poller.poll(0):
            code, reply = self.getreply()
            raise smtplib.SMTPDataError(code, reply)

    def _call_before_handover(self) -> None:
        try:
            self.before_handover()
        except Exception as error:
            # So that the caller can tell it from an error of the connection.
            self.handover_error = error
            raise

    def _send_dot(self) -> None:
        try:
            assert self.sock is not None
            self.sock.sendall(b".\r\n")
        except ConnectionError as error:
            # The kernel knew already that the connection was closed, and sent none of the 3 bytes.
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
    """A plain connection, to which STARTTLS may add TLS."""


class HandoverSMTPSSL(HandoverMixin, smtplib.SMTP_SSL):
    """TLS from the first byte."""
