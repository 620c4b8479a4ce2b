"""Mails and senders for the tests of this folder."""

from typing import Any

from models.ports import OutgoingMail
from tests.servers.smtp_server import SmtpServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.mail.smtp import SmtpSender


def make_mail(**given: Any) -> OutgoingMail:
    usual = {
        "message_id": "<step-17@haja.test>",
        "recipient": "kim@example.com",
        "subject": "하자 접수: 화장실 누수",
        "text": "접수되었습니다.\n.\n..점으로 시작하는 줄\n",
        "html": "<p>접수되었습니다.</p>",
    }
    return OutgoingMail(**(usual | given))


def make_sender(server: SmtpServer, **settings: Any) -> SmtpSender:
    usual = {"mail_server": "127.0.0.1", "mail_port": server.port, "mail_timeout": 0.5}
    return SmtpSender(make_settings(**(usual | settings)))


def nothing() -> None:
    """A ``before_handover`` that does nothing."""
