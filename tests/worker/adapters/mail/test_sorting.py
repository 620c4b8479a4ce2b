"""Every way in which sending can fail, with a real server, and the error that it must become."""

import time

import pytest

from models.ports import AmbiguousError, PermanentError, TransientError
from tests.servers.smtp_rules import Rule
from tests.servers.smtp_server import SmtpServer
from tests.worker.adapters.mail.mails import make_mail, make_sender, nothing

CERTAINLY_NOT_SENT = [
    ("connect", "drop", TransientError),
    ("connect", "hang", TransientError),
    ("connect", "421 4.3.2 closing", TransientError),
    ("connect", "554 5.3.2 not now", TransientError),
    ("ehlo", "drop", TransientError),
    ("mail", "451 4.3.0 later", TransientError),
    ("mail", "421 4.3.2 closing", TransientError),
    ("mail", "530 5.7.0 log in first", TransientError),
    ("mail", "552 5.3.4 too large", PermanentError),
    ("mail", "550 5.7.1 not you", PermanentError),
    ("rcpt", "451 4.3.0 later", TransientError),
    ("rcpt", "421 4.3.2 closing", TransientError),
    ("rcpt", "550 5.1.1 no such user", PermanentError),
    ("rcpt", "hang", TransientError),
    ("rcpt", "drop", TransientError),
    ("rcpt", "nonsense", TransientError),
    ("data", "451 4.3.0 later", TransientError),
    ("data", "554 5.5.1 no", PermanentError),
    ("data", "drop", TransientError),
    ("data", "hang", TransientError),
]
AFTER_THE_DOT = [
    ("421 4.3.2 closing", TransientError),
    ("451 4.3.0 later", TransientError),
    ("452 4.2.2 full", TransientError),
    ("552 5.2.2 full for good", PermanentError),
    ("554 5.6.0 spam", PermanentError),
    ("hang", AmbiguousError),
    ("drop", AmbiguousError),
    ("accept_hang", AmbiguousError),
    ("accept_drop", AmbiguousError),
    ("354 go on", AmbiguousError),
    ("nonsense", AmbiguousError),
    ("250-" + "x" * 9000, AmbiguousError),
]


@pytest.mark.parametrize(("phase", "action", "expected"), CERTAINLY_NOT_SENT)
def test_before_the_dot(
    server: SmtpServer, phase: str, action: str, expected: type[Exception]
) -> None:
    server.rules.set(**{phase: action})
    handed_over: list[bool] = []
    with pytest.raises(expected) as caught:
        make_sender(server).send(make_mail(), before_handover=lambda: handed_over.append(True))
    assert type(caught.value) is expected
    assert handed_over == []
    assert server.accepted == []
    assert "kim@example.com" not in str(caught.value)


@pytest.mark.parametrize(("action", "expected"), AFTER_THE_DOT)
def test_after_the_dot(server: SmtpServer, action: str, expected: type[Exception]) -> None:
    server.rules.set(dot=action)
    handed_over: list[bool] = []
    with pytest.raises(expected) as caught:
        make_sender(server).send(make_mail(), before_handover=lambda: handed_over.append(True))
    assert type(caught.value) is expected
    assert handed_over == [True]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("drop", TransientError),
        ("421 4.3.2 closing", TransientError),
        ("552 5.3.4 too large", PermanentError),
    ],
)
def test_a_server_that_closes_before_the_dot_is_not_ambiguous(
    server: SmtpServer, action: str, expected: type[Exception]
) -> None:
    """Also if it closes the connection while ``before_handover`` runs."""

    def wait_until_closed() -> None:
        deadline = time.monotonic() + 10
        while not server.idle:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    server.rules.set(body=action)
    with pytest.raises(expected) as caught:
        make_sender(server).send(make_mail(), before_handover=wait_until_closed)
    assert type(caught.value) is expected
    assert server.accepted == []


def test_a_connection_lost_during_a_long_body(server: SmtpServer) -> None:
    server.rules.set(body="drop")
    handed_over: list[bool] = []
    with pytest.raises(TransientError):
        make_sender(server).send(
            make_mail(text="x" * 30_000_000), before_handover=lambda: handed_over.append(True)
        )
    assert handed_over == []


def test_a_server_that_stops_reading_the_body(server: SmtpServer) -> None:
    server.rules.set(body="hang")
    sender = make_sender(server, mail_timeout=0.5)
    with pytest.raises(AmbiguousError):
        sender.send(make_mail(), before_handover=nothing)


def test_nobody_listens() -> None:
    with SmtpServer() as server:
        sender = make_sender(server)
    with pytest.raises(TransientError, match="no connection"):
        sender.send(make_mail(), before_handover=nothing)


@pytest.mark.parametrize("action", ["drop", "hang", "451 4.3.0 later", "554 5.3.0 no"])
def test_a_failed_quit_is_still_a_success(server: SmtpServer, action: str) -> None:
    server.rules.set(quit=action)
    make_sender(server).send(make_mail(), before_handover=nothing)
    assert [mail.message_id for mail in server.accepted] == ["<step-17@haja.test>"]


def test_a_wrong_password_is_transient() -> None:
    with SmtpServer(credentials=("haja", "right")) as server:
        sender = make_sender(server, mail_username="haja", mail_password="wrong")
        with pytest.raises(TransientError, match="535"):
            sender.send(make_mail(), before_handover=nothing)
        make_sender(server, mail_username="haja", mail_password="right").send(
            make_mail(), before_handover=nothing
        )
        assert len(server.accepted) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_password_beyond_ascii_reaches_the_server(mechanism: str) -> None:
    account = ("하자@example.kr", "비밀번호")
    with SmtpServer(credentials=account, mechanism=mechanism) as server:
        sender = make_sender(server, mail_username=account[0], mail_password=account[1])
        sender.send(make_mail(), before_handover=nothing)
        assert len(server.accepted) == 1
        sender = make_sender(server, mail_username=account[0], mail_password="다른 비밀번호")
        with pytest.raises(TransientError, match="535"):
            sender.check()


def test_a_reason_names_no_recipient(server: SmtpServer) -> None:
    """Servers repeat the address that they refuse."""
    server.rules.set(rcpt="451 4.7.1 <kim@example.com>: Recipient address rejected: greylisted")
    with pytest.raises(TransientError) as caught:
        make_sender(server).send(make_mail(), before_handover=nothing)
    assert "greylisted" in str(caught.value) and "kim" not in str(caught.value)


class _LostLease(Exception):
    pass


@pytest.mark.parametrize(
    "error", [_LostLease("lost the lease"), OSError("disk"), TransientError("away")]
)
def test_an_error_of_the_handover_passes_and_sends_nothing(
    server: SmtpServer, error: Exception
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        make_sender(server).send(make_mail(), before_handover=fail)
    assert caught.value is error
    assert server.accepted == []
    assert not any(command.upper().startswith("QUIT") for command in server.commands)


def test_the_handover_comes_before_the_server_has_the_message(server: SmtpServer) -> None:
    seen: list[int] = []
    make_sender(server).send(make_mail(), before_handover=lambda: seen.append(len(server.accepted)))
    assert seen == [0]
    assert len(server.accepted) == 1


def test_a_rule_that_applies_once(server: SmtpServer) -> None:
    server.rules.set(rcpt=Rule("451 4.7.1 greylisted", times=1))
    sender = make_sender(server)
    with pytest.raises(TransientError, match="greylisted"):
        sender.send(make_mail(), before_handover=nothing)
    sender.send(make_mail(), before_handover=nothing)
    assert len(server.accepted) == 1
