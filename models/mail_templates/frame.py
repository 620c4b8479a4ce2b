"""A rendered mail and the frame that all mails share."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_SIGN_OFF = {
    "ko": "하자(Haja) 유지보수 접수 서비스가 자동으로 보낸 메일입니다.",
    "en": "This message was sent by Haja, the maintenance request service.",
}


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    text: str
    html: str


def compose(
    language: str,
    *,
    subject: str,
    opening: str,
    words: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    quote: str = "",
    link: tuple[str, str] | None = None,
    picture: str = "",
) -> RenderedMail:
    """One mail as plain text and as HTML. The arguments are plain text and are escaped here.

    ``words`` are what somebody wrote to the recipient; ``facts`` are label and value; ``link`` is its text and address; ``picture`` is the content id
    of an attached picture.
    """
    subject = " ".join(subject.split())
    sign_off = _SIGN_OFF[language]
    lines = [opening, ""]
    for said in words:
        lines += [said, ""]
    lines += [f"{label}: {value}" for label, value in facts]
    if quote:
        lines += ["", *(f"> {line}" for line in quote.splitlines())]
    if link:
        lines += ["", f"{link[0]}:", link[1]]
    lines += ["", "--", sign_off, ""]
    return RenderedMail(
        subject,
        "\n".join(lines),
        _html(
            language,
            subject,
            [
                f'<h1 style="font-size:16px;font-weight:normal;margin:16px 0">{escape(opening)}</h1>',
                *(_said(said) for said in words),
                _table(facts) if facts else "",
                _quote(quote) if quote else "",
                _button(*link) if link else "",
                _picture(picture) if picture else "",
                f'<p style="color:#5b6470;font-size:13px">{escape(sign_off)}</p>',
            ],
        ),
    )


def _html(language: str, title: str, parts: Sequence[str]) -> str:
    body = "".join(parts)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<body style="font-family:system-ui,sans-serif;line-height:1.5;color:#1c2128">'
        f'<main style="max-width:560px;margin:0 auto;padding:16px">{body}</main></body></html>'
    )


def _table(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#5b6470">{escape(label)}</td>'
        f"<td>{escape(value)}</td></tr>"
        for label, value in facts
    )
    return f"<table>{rows}</table>"


def _picture(content_id: str) -> str:
    return f'<p><img src="cid:{escape(content_id)}" alt="" style="max-width:100%"></p>'


def _said(text: str) -> str:
    inner = "<br>".join(escape(line) for line in text.splitlines())
    return (
        '<div style="margin:16px 0;padding:12px 16px;border-radius:6px;background:#e4f1f4">'
        f"{inner}</div>"
    )


def _quote(text: str) -> str:
    inner = "<br>".join(escape(line) for line in text.splitlines())
    return (
        '<blockquote style="margin:16px 0;padding:8px 16px;border-left:3px solid #c9d1d9">'
        f"{inner}</blockquote>"
    )


def _button(text: str, address: str) -> str:
    return (
        f'<p><a href="{escape(address)}" style="background:#155e75;color:#ffffff;padding:10px 18px;'
        f'border-radius:6px;text-decoration:none;display:inline-block">{escape(text)}</a></p>'
    )
