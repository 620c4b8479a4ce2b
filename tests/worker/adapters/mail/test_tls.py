"""Both kinds of TLS: with a trusted server, and never with another."""

from pathlib import Path

import pytest

from models.ports import TransientError
from tests.servers.certificate import make_server_context
from tests.servers.smtp_server import SmtpServer
from tests.worker.adapters.mail.mails import make_mail, make_sender, nothing

WAYS = pytest.mark.parametrize("way", ["mail_use_tls", "mail_use_ssl"])


@WAYS
def test_over_tls(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = make_server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with SmtpServer(
        tls=context, implicit_tls=way == "mail_use_ssl", credentials=("haja", "right")
    ) as server:
        sender = make_sender(
            server, mail_username="haja", mail_password="right", mail_timeout=10, **{way: True}
        )
        sender.send(make_mail(), before_handover=nothing)
        assert len(server.accepted) == 1


@WAYS
def test_an_untrusted_server_gets_no_mail_and_no_password(way: str, tmp_path: Path) -> None:
    context, _ = make_server_context(tmp_path)
    with SmtpServer(
        tls=context, implicit_tls=way == "mail_use_ssl", credentials=("haja", "right")
    ) as server:
        sender = make_sender(
            server, mail_username="haja", mail_password="right", mail_timeout=10, **{way: True}
        )
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            sender.send(make_mail(), before_handover=nothing)
        assert server.accepted == []
        assert not any(command.startswith("AUTH") for command in server.commands)


def test_no_fall_back_to_plain_text(server: SmtpServer) -> None:
    sender = make_sender(server, mail_use_tls=True)
    with pytest.raises(TransientError, match="STARTTLS"):
        sender.send(make_mail(), before_handover=nothing)
    assert server.accepted == []
