"""The local inbox in development: the mails that Haja sent, to read without any mail server."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from flask import Response, make_response, render_template, url_for

from config.settings import get_settings
from models.errors import NotFound
from web.http.auth import require_user
from web.pages.blueprint import bp
from web.pages.mail_html import safe_html
from web.pages.template_context import has_inbox

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,120}\.eml")
_MOST = 200
# A mail's HTML brings its styles along and may do nothing else: no script, no load from anywhere.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True, slots=True)
class KeptMail:
    name: str
    subject: str
    sender: str
    recipient: str
    date: str
    text: str
    html_address: str


@bp.get("/dev/inbox")
def list_mails() -> Response:
    """The newest mails."""
    folder = _folder()
    paths = sorted((path for path in folder.glob("*.eml")), reverse=True)[:_MOST]
    mails = [_describe(path.name, _parse(path)) for path in paths]
    return make_response(render_template("inbox.html", mails=mails))


@bp.get("/dev/inbox/<name>")
def show_mail(name: str) -> Response:
    """One mail: headers, text, and its HTML in a frame that may do nothing."""
    mail = _describe(name, _parse(_path(name)))
    return make_response(render_template("mail.html", mail=mail))


@bp.get("/dev/inbox/<name>/html")
def show_mail_html(name: str) -> Response:
    """The HTML part alone, as the frame shows it."""
    mail = _parse(_path(name))
    part = mail.get_body(("html",))
    if part is None:
        raise NotFound
    response = Response(safe_html(mail, _content(part)), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _folder() -> Path:
    """Raises NotFound in production and where no inbox is kept, NotAuthenticated for strangers.

    In this order: in production nobody, logged in or not, sees that there is such a page.
    """
    if not has_inbox():
        raise NotFound
    require_user()
    return get_settings().haja_data_dir / "inbox"


def _path(name: str) -> Path:
    """Raises NotFound for whatever is no mail of the inbox."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return path


def _parse(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _describe(name: str, mail: EmailMessage) -> KeptMail:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return KeptMail(
        name=name,
        subject=str(mail["Subject"] or ""),
        sender=str(mail["From"] or ""),
        recipient=str(mail["To"] or mail["Delivered-To"] or ""),
        date=str(mail["Date"] or ""),
        text=_content(plain) if plain is not None else "",
        html_address=url_for("pages.show_mail_html", name=name) if html is not None else "",
    )


def _content(part: MIMEPart) -> str:
    """The text of a part, whatever its charset claims to be."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
