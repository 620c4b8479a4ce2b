"""One SMTP conversation of the test mail server, as far as its rules let it come."""

import hmac
import socket
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.servers.smtp_server import SmtpServer


LATE = 0.5  # seconds, for a reply that is slow


class Hangup(Exception):
    """The line is to be closed now."""


class Conversation:
    """RFC 5321 in its plain form, with STARTTLS, AUTH and SMTPUTF8 where the server says."""

    def __init__(self, server: "SmtpServer", line: socket.socket) -> None:
        self._server = server
        self._line = line
        self._secured = False
        self._sender = ""
        self._recipients: list[str] = []

    def __enter__(self) -> Self:
        if self._server.implicit_tls:
            self._secure()
        self._reader = self._line.makefile("rb")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._reader.close()
        with suppress(OSError):
            self._line.close()

    def run(self) -> None:
        """Talk until QUIT or until the client leaves."""
        self._answer("connect", "220 test ESMTP")
        while command := self._reader.readline().decode().rstrip("\r\n"):
            self._server.remember(command)
            verb = command.split(" ", 1)[0].upper()
            verbs: dict[str, Callable[[str], None]] = {
                "EHLO": self._ehlo,
                "STARTTLS": self._starttls,
                "AUTH": self._auth,
                "MAIL": self._mail,
                "RCPT": self._rcpt,
                "DATA": self._data,
                "RSET": self._rset,
                "QUIT": self._quit,
            }
            verbs.get(verb, self._unknown)(command)

    def _secure(self) -> None:
        assert self._server.tls is not None
        self._line = self._server.tls.wrap_socket(self._line, server_side=True)
        self._secured = True

    def _say(self, reply: str) -> None:
        self._line.sendall(reply.encode() + b"\r\n")

    def _answer(self, phase: str, usual: str, command: str = "") -> bool:
        """Give the rule's answer or the usual one; whether it was the usual one."""
        action = self._action(phase, command)
        if action in ("hang", "accept_hang"):
            self._hang()
        if action in ("drop", "accept_drop"):
            raise Hangup
        self._say(action or usual)
        return action is None

    def _action(self, phase: str, command: str = "") -> str | None:
        """What to do instead of the usual, which may be late."""
        action = self._server.rules.action(phase, command)
        if action != "slow":
            return action
        time.sleep(LATE)
        return None

    def _hang(self) -> None:
        while self._line.recv(65_536):
            pass
        raise Hangup

    def _ehlo(self, _: str) -> None:
        features = ["test", "SIZE 50000000"]
        if self._server.tls and not self._secured:
            features.append("STARTTLS")
        if self._server.credentials:
            features.append(f"AUTH {self._server.mechanism}")
        if self._server.utf8:
            features += ["8BITMIME", "SMTPUTF8"]
        lines = [f"250-{feature}" for feature in features[:-1]] + [f"250 {features[-1]}"]
        self._answer("ehlo", "\r\n".join(lines))

    def _starttls(self, _: str) -> None:
        if self._server.tls is None:
            return self._say("454 no TLS")
        self._say("220 go ahead")
        self._reader.close()
        try:
            self._secure()
        except ssl.SSLError as error:
            raise Hangup from error
        self._reader = self._line.makefile("rb")
        return None

    def _auth(self, command: str) -> None:
        _, mechanism, *first = command.split(" ")
        known = {"PLAIN": self._plain, "LOGIN": self._login, "CRAM-MD5": self._cram_md5}
        usual = "235 welcome" if known[mechanism](first) else "535 5.7.8 wrong password"
        self._answer("auth", usual)

    def _plain(self, first: list[str]) -> bool:
        _, user, password = b64decode(first[0]).split(b"\0")
        return (user, password) == self._server.account

    def _login(self, first: list[str]) -> bool:
        user = b64decode(first[0]) if first else self._challenge(b"Username:")
        return (user, self._challenge(b"Password:")) == self._server.account

    def _cram_md5(self, _: list[str]) -> bool:
        user, password = self._server.account
        digest = hmac.new(password, b"<1@test>", "md5").hexdigest().encode()
        return self._challenge(b"<1@test>") == user + b" " + digest

    def _challenge(self, words: bytes) -> bytes:
        self._say(f"334 {b64encode(words).decode()}")
        return b64decode(self._reader.readline())

    def _mail(self, command: str) -> None:
        if self._answer("mail", "250 ok"):
            self._sender, self._recipients = _path(command), []

    def _rcpt(self, command: str) -> None:
        if self._answer("rcpt", "250 ok", command):
            self._recipients.append(_path(command))

    def _data(self, _: str) -> None:
        if not self._answer("data", "354 go on"):
            return
        content = self._read_content()
        action = self._action("dot")
        if action is None or action.startswith("accept_"):
            self._server.accept(self._sender, self._recipients, content)
        if action in ("hang", "accept_hang"):
            self._hang()
        if action in ("drop", "accept_drop"):
            raise Hangup
        self._say(action or "250 accepted")

    def _read_content(self) -> bytes:
        """Up to the dot, unstuffed. The rule "body" strikes after the first line."""
        lines: list[bytes] = []
        while (line := self._reader.readline()) != b".\r\n":
            if not line:
                raise Hangup
            if not lines and (action := self._action("body")):
                self._interrupt(action)
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _interrupt(self, action: str) -> None:
        if action == "hang":
            self._hang()
        if action != "drop":
            self._say(action)
        raise Hangup

    def _rset(self, _: str) -> None:
        self._say("250 ok")

    def _quit(self, _: str) -> None:
        self._answer("quit", "221 bye")
        raise Hangup

    def _unknown(self, _: str) -> None:
        self._say("502 not here")


def _path(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]
