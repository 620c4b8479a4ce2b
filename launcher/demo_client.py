"""The demo's way to the API: the standard library's HTTP, and a form with files."""

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Any, NamedTuple

SECONDS = 30.0
NO_ANSWER = 0  # the status of a call that nobody answered


class Answer(NamedTuple):
    """What came back; ``body`` is the parsed JSON, or None if it was none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def retry_after(self) -> float:
        """How many seconds we are asked to wait before we call again, at least one."""
        text = self.headers.get("Retry-After") or ""
        return max(1.0, float(text)) if text.isdigit() else 1.0


class Client:
    """Calls one Haja. ``token`` is a bearer's, empty for a caller without a login."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.token = ""

    def log_in(self, username: str, password: str) -> bool:
        """Take the rights of an account for submissions; False if it is not let in."""
        answer = self._call(
            "/token",
            json.dumps({"username": username, "password": password}).encode(),
            {"Content-Type": "application/json"},
        )
        self.token = str(answer.body["access_token"]) if answer.status == 200 else ""
        return bool(self.token)

    def get(self, path: str) -> Answer:
        """A path of ours, or an absolute address."""
        return self._call(path, None, {})

    def submit(
        self, fields: Mapping[str, str], photos: Iterable[tuple[str, bytes]], *, key: str
    ) -> Answer:
        """Send one request as a browser's form would; the same key makes it once."""
        boundary = f"haja-{secrets.token_hex(12)}"
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Idempotency-Key": key,
            "Accept": "application/json",
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self._call("/api/requests", encode_form(fields, photos, boundary), headers)

    def _call(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            f"{self.base}{path}", data=body, headers=dict(headers)
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as reply:  # noqa: S310
                return Answer(reply.status, _plain(reply.headers), _parsed(reply.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _plain(error.headers), _parsed(error.read()))
        except OSError as error:
            return Answer(NO_ANSWER, {}, {"detail": str(error)})


def encode_form(
    fields: Mapping[str, str], photos: Iterable[tuple[str, bytes]], boundary: str
) -> bytes:
    """The body of a multipart/form-data call (RFC 7578); ``photos`` are file name and bytes."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for filename, content in photos:
        disposition = f'form-data; name="photos"; filename="{filename}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        parts.append(f"{head}{kind}".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _plain(headers: Message) -> dict[str, str]:
    return {name.title(): str(value) for name, value in headers.items()}


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
