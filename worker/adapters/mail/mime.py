"""An :class:`OutgoingMail` as a Flask-Mail message, and as the bytes for SMTP."""

import re
import time
from email.charset import BASE64, QP, Charset
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.policy import SMTP, SMTPUTF8, compat32
from functools import lru_cache

from flask import Flask
from flask_mail import Attachment as FlaskMailAttachment
from flask_mail import Mail, Message

from config.mailboxes import Mailbox
from models.ports import Attachment, OutgoingMail, PermanentError
from worker.adapters.mail.address import header_of, require_mailbox, require_plain

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_REPLACED = "replaced@localhost"  # Flask-Mail wants a sender before the header is written
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Headers go out as they were set: to fold them anew, the library decodes names, and what was one
# address with a comma in its name becomes two.
_ASCII, _INTERNATIONAL = (policy.clone(refold_source="none") for policy in (SMTP, SMTPUTF8))
# No machine may answer: RFC 3834, and Exchange, which knows a header of its own only.
_NO_ANSWER = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class MimeMail(Message):
    """One message to one recipient, in pure ASCII, so that every server accepts it.

    Raises:
        PermanentError: an address is not valid, or a value could add another header.
    """

    def __init__(self, mail: OutgoingMail, *, sender: str, reply_to: str = "") -> None:
        """``reply_to`` is for messages that have none of their own."""
        self.sender_mailbox = require_mailbox(sender)
        self.recipient_mailbox = require_mailbox(mail.recipient)
        answers_to = mail.reply_to or reply_to
        self.reply_mailbox = require_mailbox(answers_to) if answers_to else None
        super().__init__(
            subject=require_plain(mail.subject, "subject"),
            body=mail.text,
            html=mail.html or None,
            sender=_REPLACED,
            date=time.time(),
            extra_headers=_NO_ANSWER,
            attachments=[_attachment(item) for item in mail.attachments],
        )
        self.msgId = require_plain(mail.message_id, "message id")
        self._only_inline = all(item.content_id for item in mail.attachments)

    @property
    def international(self) -> bool:
        """Whether it needs a server with SMTPUTF8 (RFC 6531)."""
        return not all(mailbox.address.isascii() for mailbox in self._mailboxes.values())

    @property
    def _mailboxes(self) -> dict[str, Mailbox]:
        found = {"From": self.sender_mailbox, "To": self.recipient_mailbox}
        return found | ({"Reply-To": self.reply_mailbox} if self.reply_mailbox else {})

    def as_bytes(self) -> bytes:
        """The message with CRLF at every line end, and no other CR or LF."""
        try:
            with _rendering_app().app_context():
                return _LINE_END.sub(b"\r\n", super().as_bytes())
        except UnicodeEncodeError:
            raise PermanentError("text is not valid Unicode") from None

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        """Flask-Mail would send 8-bit lines of any length; SMTP allows lines of 998 ASCII bytes."""
        text = "\n".join((text or "").splitlines()) + "\n"
        charset = Charset("utf-8")
        mostly_ascii = len(text.encode()) < len(text) * 1.2
        charset.body_encoding = QP if mostly_ascii else BASE64
        return MIMEText(text, subtype, charset)  # type: ignore[arg-type]

    def _message(self) -> MIMEBase:
        message = super()._message()
        # Flask-Mail cannot write an address whose local part is not ASCII: they are written here.
        message.policy = compat32  # which stores a header as it is
        for name, mailbox in self._mailboxes.items():
            del message[name]
            message[name] = header_of(mailbox)
        if self.attachments and self._only_inline:
            message.set_type("multipart/related")
        message.policy = _INTERNATIONAL if self.international else _ASCII
        return message


def _attachment(item: Attachment) -> FlaskMailAttachment:
    if not _CONTENT_TYPE.fullmatch(item.content_type):
        raise PermanentError("attachment has an impossible content type")
    content_id = require_plain(item.content_id, "content id").strip("<>")
    return FlaskMailAttachment(
        filename=require_plain(item.filename, "attachment name"),
        content_type=item.content_type,
        data=item.content,
        disposition="inline" if content_id else "attachment",
        headers={"Content-ID": f"<{content_id}>"} if content_id else None,
    )


@lru_cache(maxsize=1)
def _rendering_app() -> Flask:
    """Flask-Mail reads one flag from an application while it builds; a worker has none.

    Its context is active only while bytes are built, never during ``before_handover``.
    """
    app = Flask(__name__, static_folder=None)
    Mail(app)
    return app
