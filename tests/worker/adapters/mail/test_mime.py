"""The messages that a real server receives: every header and part."""

from email.utils import parsedate_to_datetime

import pytest

from config.mailboxes import Mailbox
from models.ports import Attachment, PermanentError
from tests.servers.smtp_server import SmtpServer
from tests.worker.adapters.mail.mails import make_mail, make_sender, nothing

LONG = "아주 긴 제목입니다 " * 30


def test_text_and_html_in_korean(server: SmtpServer) -> None:
    make_sender(server).send(make_mail(), before_handover=nothing)
    accepted = server.accepted[0]
    mail = accepted.parsed
    assert mail["Subject"] == "하자 접수: 화장실 누수"
    assert mail["Message-ID"] == "<step-17@haja.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Reply-To"] is None
    assert mail["From"] == "Haja <haja@localhost>"
    assert mail["To"] == "kim@example.com"
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and text.get_content() == "접수되었습니다.\n.\n..점으로 시작하는 줄\n"
    assert html is not None and html.get_content() == "<p>접수되었습니다.</p>\n"
    assert (accepted.sender, accepted.recipients) == ("haja@localhost", ("kim@example.com",))


def test_text_alone(server: SmtpServer) -> None:
    make_sender(server).send(make_mail(text="plain\r\n.\r\n=", html=""), before_handover=nothing)
    mail = server.accepted[0].parsed
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == ["plain", ".", "="]


@pytest.mark.parametrize("text", ["x" * 5000, "가" * 5000, LONG])
def test_lines_are_ascii_and_short(server: SmtpServer, text: str) -> None:
    make_sender(server).send(make_mail(subject=LONG, text=text), before_handover=nothing)
    content = server.accepted[0].content
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    mail = server.accepted[0].parsed
    body = mail.get_body(("plain",))
    assert mail["Subject"] == LONG
    assert body is not None and body.get_content().splitlines() == [text]


def test_pictures_in_the_text(server: SmtpServer) -> None:
    chart = Attachment("차트.png", "image/png", b"\x89PNG\r\n.\r\n\x00", content_id="chart")
    make_sender(server).send(make_mail(attachments=(chart,)), before_handover=nothing)
    mail = server.accepted[0].parsed
    assert mail.get_content_type() == "multipart/related"
    part = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert part["Content-ID"] == "<chart>"
    assert part.get_content_disposition() == "inline"
    assert part.get_filename() == "차트.png"
    assert part.get_content() == chart.content


def test_attached_files(server: SmtpServer) -> None:
    file = Attachment("report.csv", "text/csv", "분류,수\n".encode())
    make_sender(server).send(make_mail(attachments=(file,)), before_handover=nothing)
    mail = server.accepted[0].parsed
    assert mail.get_content_type() == "multipart/mixed"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["report.csv"]


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "a\r\nBcc: eve@example.com"},
        {"subject": "a\nb"},
        {"subject": "a\x00b"},
        {"subject": "lone \ud800 surrogate"},
        {"text": "lone \ud800 surrogate"},
        {"html": "lone \ud800 surrogate"},
        {"recipient": "kim@example.com\r\nBcc: eve@example.com"},
        {"recipient": "kim@example.com\nRCPT TO:<eve@example.com>"},
        {"recipient": "kim@example.com, eve@example.com"},
        {"recipient": "kim@example.com> SIZE=1"},
        {"recipient": "no address"},
        {"recipient": "kim@"},
        {"recipient": "kim@" + "a" * 70 + ".kr"},
        {"recipient": "김철수@bad..kr"},
        {"recipient": ""},
        {"message_id": "<a@b>\r\nX: y"},
        {"attachments": (Attachment("a\r\nX: y", "text/plain", b""),)},
        {"attachments": (Attachment("a", "text/plain\r\nX: y", b""),)},
        {"attachments": (Attachment("a", "text", b""),)},
        {"attachments": (Attachment("a", "text/plain", b"", content_id="a\r\nX: y"),)},
    ],
)
def test_no_value_adds_a_header(server: SmtpServer, given: dict[str, object]) -> None:
    with pytest.raises(PermanentError):
        make_sender(server).send(make_mail(**given), before_handover=nothing)
    assert server.accepted == []
    assert not any(command.upper().startswith("RCPT") for command in server.commands)


def test_a_korean_domain_is_sent_in_ascii(server: SmtpServer) -> None:
    make_sender(server).send(make_mail(recipient="kim@한국.kr"), before_handover=nothing)
    assert server.accepted[0].recipients == ("kim@xn--3e0b707e.kr",)


def test_a_korean_address_needs_smtputf8(server: SmtpServer) -> None:
    with pytest.raises(PermanentError, match="outside ASCII"):
        make_sender(server).send(make_mail(recipient="김@example.kr"), before_handover=nothing)


def test_a_korean_address_where_the_server_can() -> None:
    with SmtpServer(utf8=True) as server:
        make_sender(server).send(make_mail(recipient="김@example.kr"), before_handover=nothing)
        accepted = server.accepted[0]
        assert accepted.recipients == ("김@example.kr",)
        assert "To: 김@example.kr".encode() in accepted.content
        assert any("SMTPUTF8" in command for command in server.commands)


def test_addresses_with_names(server: SmtpServer) -> None:
    sender = make_sender(server, mail_default_sender="하자 관리실 <haja@example.com>")
    sender.send(make_mail(recipient='"Kim, Minsu" <kim@example.com>'), before_handover=nothing)
    accepted = server.accepted[0]
    assert accepted.parsed["From"] == "하자 관리실 <haja@example.com>"
    assert accepted.parsed["To"].addresses[0].display_name == "Kim, Minsu"
    assert accepted.recipients == ("kim@example.com",)


@pytest.mark.parametrize("recipient", ["kim@example.com", "김@example.kr"])
@pytest.mark.parametrize("name", ["Kim, 운영", "Kim, Ops", "가, 나 <evil@example.org>, " * 8])
def test_a_comma_in_a_name_is_no_second_address(name: str, recipient: str) -> None:
    """With SMTPUTF8 as without."""
    sender = str(Mailbox(name, "haja@example.com"))
    with SmtpServer(utf8=True) as server:
        make_sender(server, mail_default_sender=sender).send(
            make_mail(recipient=recipient), before_handover=nothing
        )
        (accepted,) = server.accepted
    (address,) = accepted.parsed["From"].addresses
    assert address.addr_spec == "haja@example.com"
    # The library that reads it here puts blanks between two encoded words.
    assert "".join(address.display_name.split()) == "".join(name.split())
    assert accepted.recipients == (recipient,)
    assert all(len(line) <= 998 for line in accepted.content.split(b"\r\n"))


def test_where_an_answer_goes(server: SmtpServer) -> None:
    sender = make_sender(server, mail_reply_to='"Kim, 관리실" <office@example.com>')
    sender.send(make_mail(), before_handover=nothing)
    sender.send(make_mail(reply_to="tenant@example.org"), before_handover=nothing)
    by_setting, of_its_own = (mail.parsed["Reply-To"].addresses for mail in server.accepted)
    assert [one.addr_spec for one in by_setting] == ["office@example.com"]
    assert [one.addr_spec for one in of_its_own] == ["tenant@example.org"]
