"""The mail port over SMTP, with Flask-Mail. Each error is classified by what it means for a retry."""

import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from config.settings import Settings
from models.ports import OutgoingMail, PermanentError, TransientError
from worker.adapters.mail.connection import SmtpConnection
from worker.adapters.mail.mime import MimeMail

# RFC 4954: the account is refused, not the message. The operator may correct it.
ACCOUNT_CODES = frozenset({530, 534, 535, 538})
REASON_LIMIT = 300
_WITH_AT_SIGN = re.compile(r"(?<![^\s@])[^\s@]*@[^\s@]*")


class SmtpSender:
    """Sends each message over its own connection; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:
        """See :meth:`models.ports.MailSender.send`."""
        message = MimeMail(
            mail,
            sender=self._settings.mail_default_sender,
            reply_to=self._settings.mail_reply_to,
        )
        with _connection(self._settings) as connection:
            try:
                connection.send(message, before_handover=before_handover)
            except (smtplib.SMTPException, OSError) as error:
                if error is connection.handover_error:
                    raise
                raise sorted_error(error) from error

    def check(self) -> None:
        """See :meth:`models.ports.MailSender.check`."""
        with _connection(self._settings):
            pass


@contextmanager
def _connection(settings: Settings) -> Iterator[SmtpConnection]:
    """An open connection. Errors before MAIL have nothing to do with the message, so they are
    transient."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(SmtpConnection(settings))
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise TransientError(_reason("no connection", error)) from error
        yield connection


def sorted_error(error: Exception) -> TransientError | PermanentError:
    """The port's error for one between MAIL and the reply to the dot; nothing was sent in any
    case."""
    code = _code(error)
    kind = PermanentError if 500 <= code <= 599 and code not in ACCOUNT_CODES else TransientError
    return kind(_reason(type(error).__name__, error))


def _refusal(error: Exception) -> tuple[int, bytes | str] | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, error.smtp_error
    return None


def _code(error: Exception) -> int:
    refusal = _refusal(error)
    return refusal[0] if refusal else 0


def _reason(what: str, error: Exception) -> str:
    """One printable line for people, without any address: servers repeat the recipient's."""
    refusal = _refusal(error)
    reason: object = error
    if refusal:
        text = refusal[1] if isinstance(refusal[1], str) else refusal[1].decode("utf-8", "replace")
        reason = f"{refusal[0]} {text}"
    line = " ".join(f"{what}: {reason}".split())
    line = "".join(char for char in line if char.isprintable())
    return _WITH_AT_SIGN.sub("[address]", line[: 2 * REASON_LIMIT])[:REASON_LIMIT]
