"""Flask-Mail's connection with a time limit and checked certificates, without a Flask application."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import cast
from urllib.parse import urlsplit

from flask_mail import Connection, Mail, Message

from config.settings import Settings
from models.ports import PermanentError
from worker.adapters.mail.credentials import Utf8
from worker.adapters.mail.handover import HandoverMixin, HandoverSMTP, HandoverSMTPSSL
from worker.adapters.mail.mime import MimeMail

QUIT_SECONDS = 2.0  # the message is accepted already, so QUIT is not worth a longer wait


class SmtpConnection(Connection):
    """Opens a connection on entry; sends QUIT on exit after success, else only closes it."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.mail_timeout
        self._own_name = _own_name(settings)
        config = {name.upper(): value for name, value in settings if name.startswith("mail_")}
        super().__init__(cast(Mail, Mail().init_mail(config)))

    @property
    def handover_error(self) -> Exception | None:
        """What ``before_handover`` raised, if it did."""
        return self.host.handover_error if isinstance(self.host, HandoverMixin) else None

    def configure_host(self) -> HandoverMixin:
        """Connect, start TLS and log in, as the settings say.

        Raises:
            smtplib.SMTPException, OSError, UnicodeError: one of these failed.
        """
        host = self._connect()
        try:
            host.ehlo_or_helo_if_needed()
            if self.mail.use_tls and not self.mail.use_ssl:
                host.starttls(context=ssl.create_default_context())
                host.ehlo_or_helo_if_needed()
            if self.mail.username and self.mail.password:
                host.login(Utf8(self.mail.username), Utf8(self.mail.password))
        except BaseException:
            host.close()
            raise
        return host

    def _connect(self) -> HandoverMixin:
        server, port = self.mail.server, self.mail.port or 0
        if not self.mail.use_ssl:
            return HandoverSMTP(server, port, self._own_name, self._timeout)
        context = ssl.create_default_context()
        return HandoverSMTPSSL(server, port, self._own_name, timeout=self._timeout, context=context)

    def send(
        self,
        message: Message,
        envelope_from: str | tuple[str, str] | None = None,
        *,
        before_handover: Callable[[], None] | None = None,
    ) -> None:
        """Send one message; see :meth:`models.ports.MailSender.send` for ``before_handover``."""
        host = self.host
        assert isinstance(message, MimeMail) and isinstance(host, HandoverMixin)
        if before_handover is not None:
            host.before_handover = before_handover
        sender = str(envelope_from or message.sender_mailbox.address)
        content = message.as_bytes()
        host.sendmail(
            sender, [message.recipient_mailbox.address], content, _mail_options(message, host)
        )

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.host is None:
            return
        if exc_type is None:
            with suppress(smtplib.SMTPException, OSError):
                if self.host.sock is not None:
                    self.host.sock.settimeout(QUIT_SECONDS)
                self.host.quit()
        self.host.close()


def _mail_options(message: MimeMail, host: smtplib.SMTP) -> list[str]:
    if not message.international:
        return []
    if not host.has_extn("smtputf8"):
        raise PermanentError("the mail server cannot carry an address outside ASCII")
    return ["SMTPUTF8", "BODY=8BITMIME"]


def _own_name(settings: Settings) -> str:
    """The name for EHLO; smtplib would look it up in the DNS, without a time limit."""
    host = urlsplit(settings.base_url).hostname or ""
    is_name = "." in host and not host.replace(".", "").isdigit() and host.isascii()
    return host if is_name else "[127.0.0.1]"
