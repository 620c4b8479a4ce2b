"""The local inbox takes what smtplib sends."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from launcher.server import HOST, free_port
from tests.launcher.waiting import wait_until


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    environment = os.environ | {"HAJA_DATA_DIR": str(tmp_path), "MAIL_PORT": str(port)}
    inbox = subprocess.Popen([sys.executable, "-m", "launcher.inbox"], env=environment)
    wait_until(lambda: _answers(port), "the inbox answers")
    yield port
    inbox.send_signal(signal.SIGTERM)
    assert inbox.wait(30) == 0


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_a_mail_becomes_a_file(port: int, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "누수 접수", "haja@localhost", "kim@example.com"
    mail.set_content("접수되었습니다.\n")
    with smtplib.SMTP(HOST, port, timeout=20) as client:
        client.send_message(mail)
    # Kept before the 250: no waiting.
    (path,) = (tmp_path / "inbox").iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o077 == 0
    kept = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (kept["Subject"], kept["Delivered-To"]) == ("누수 접수", "kim@example.com")
    body = kept.get_body()
    assert body
    assert body.get_content().strip() == "접수되었습니다."
