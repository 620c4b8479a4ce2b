"""The test mail server as a process of its own, as the fault storm uses it."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.ports import PermanentError
from tests.worker.adapters.mail.mails import make_mail, nothing
from tests.worker.adapters.settings import make_settings
from worker.adapters.mail.smtp import SmtpSender

ROOT = Path(__file__).parents[2]


@contextmanager
def _running(port: int, folder: Path) -> Iterator[None]:
    files = ["--log", str(folder / "log"), "--control", str(folder / "rules")]
    command = [sys.executable, "-m", "tests.servers.smtp_server", "--port", str(port), *files]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            _wait_for(port)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_log_and_control_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sender = SmtpSender(make_settings(mail_server="127.0.0.1", mail_port=port))
    with _running(port, tmp_path):
        sender.send(make_mail(message_id="<1@haja.test>"), before_handover=nothing)
        (tmp_path / "rules").write_text('{"dot": {"action": "554 no", "times": 1}}')
        with pytest.raises(PermanentError):
            sender.send(make_mail(message_id="<2@haja.test>"), before_handover=nothing)
        sender.send(make_mail(message_id="<3@haja.test>"), before_handover=nothing)
    entries = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [entry["message_id"] for entry in entries] == ["<1@haja.test>", "<3@haja.test>"]
