"""A real mail server for tests that fails on demand and remembers what it accepted.

In a test: ``with SmtpServer() as server: server.rules.set(dot="554 no")``. As a process:
``python -m tests.servers.smtp_server --port 2525 --log mails.jsonl --control rules.json``, where
the control file is JSON such as ``{"rcpt": "451 later", "dot": {"action": "drop", "chance": 0.1}}``.
"""

import argparse
import json
import os
import signal
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Self

from tests.servers.smtp_conversation import Conversation, Hangup
from tests.servers.smtp_rules import Rules


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted message; ``content`` is empty where the server keeps only the log."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


class SmtpServer:
    """Listens on loopback; a thread per connection. ``port`` 0 takes a free one."""

    def __init__(
        self,
        *,
        port: int = 0,
        log: Path | None = None,
        control: Path | None = None,
        seed: int | None = None,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        credentials: tuple[str, str] | None = None,
        mechanism: str = "PLAIN",
        utf8: bool = False,
        keep_content: bool = True,
    ) -> None:
        self.rules = Rules(control, seed)
        self.tls, self.implicit_tls, self.utf8 = tls, implicit_tls, utf8
        self.credentials, self.mechanism = credentials, mechanism
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self._keep_content = keep_content
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if log else None
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._spawn(threading.Thread(target=self._serve, name="smtp-listener"))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every line and wait until every thread is gone."""
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            lines, threads = list(self._open), list(self._threads)
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def accept(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Remember a message, in one append to the log, before the client hears of it."""
        message_id = str(message_from_bytes(content).get("Message-ID", ""))
        kept = content if self._keep_content else b""
        entry = {"at": time.time(), "message_id": message_id, "from": sender, "to": recipients}
        with self._lock:
            self.accepted.append(Accepted(message_id, sender, tuple(recipients), kept))
            if self._log is not None:
                os.write(self._log, json.dumps(entry).encode() + b"\n")

    @property
    def idle(self) -> bool:
        """Whether every line is closed."""
        with self._lock:
            return not self._open

    def remember(self, command: str) -> None:
        with self._lock:
            self.commands.append(command)

    @property
    def account(self) -> tuple[bytes, bytes]:
        """Name and password as they come over the wire (RFC 4616)."""
        user, password = self.credentials or ("", "")
        return user.encode(), password.encode()

    def _spawn(self, thread: threading.Thread) -> None:
        with self._lock:
            self._threads = [*(t for t in self._threads if t.is_alive()), thread]
            thread.start()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(threading.Thread(target=self._talk, args=(line,), name="smtp-line"))

    def _talk(self, line: socket.socket) -> None:
        with self._lock:
            self._open.add(line)
        try:
            with Conversation(self, line) as conversation:
                conversation.run()
        except (OSError, Hangup):
            pass  # the client left, or a rule said so
        finally:
            with self._lock:
                self._open.discard(line)
            line.close()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--control", type=Path)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    server = SmtpServer(
        port=given.port,
        log=given.log,
        control=given.control,
        seed=given.seed,
        keep_content=False,
    )
    with server:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
