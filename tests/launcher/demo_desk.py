"""A front desk that says to the demo what a test wants it to hear, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.formparser import parse_form_data

CREATED = "2026-01-01T00:00:00Z"


class Desk:
    """Takes submissions; each look at a request moves it on by one of ``course``."""

    def __init__(self) -> None:
        self.course: list[dict[str, Any]] = []
        self.refusals: list[tuple[int, str]] = []  # status and Retry-After, before the first 201
        self.keys: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.looks: dict[int, int] = {}
        self.logins: list[Any] = []
        self.dead = 0

    def take(self, key: str, form: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        self.keys.append(key)
        if self.refusals:
            status, retry_after = self.refusals.pop(0)
            return status, {"Retry-After": retry_after}, {"detail": "no"}
        self.forms.append(form)
        return 201, {}, self._request(len(self.forms))

    def look(self, number: int) -> tuple[int, dict[str, str], Any]:
        passed = self.looks[number] = self.looks.get(number, 0) + 1
        shown = self._request(number)
        for change in self.course[:passed]:
            shown["timeline"] += change.get("timeline", [])
            shown |= {name: value for name, value in change.items() if name != "timeline"}
        return 200, {}, shown

    def _request(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "reference": f"REF-{number}",
            "category": "pending",
            "priority": "pending",
            "created_at": CREATED,
            "updated_at": CREATED,
            "timeline": [{"event": "request_submitted", "created_at": CREATED}],
            "status_url": f"http://x/r/REF-{number}?token=REF-{number}.signed",
        }


CATEGORIZED = {
    "category": "plumbing",
    "priority": "high",
    "updated_at": "2026-01-01T00:00:01Z",
    "timeline": [{"event": "request_categorized", "created_at": "2026-01-01T00:00:01Z"}],
}
RECEIPT = {"timeline": [{"event": "receipt_sent", "created_at": "2026-01-01T00:00:02.5Z"}]}
REFUSED = {"timeline": [{"event": "receipt_refused", "created_at": "2026-01-01T00:00:02Z"}]}


def _read(file: FileStorage) -> tuple[str, bytes]:
    with file.stream:
        return file.filename or "", file.read()


@contextmanager
def serve(desk: Desk) -> Iterator[str]:
    """The address of a server that answers for ``desk``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            if self.path == "/token":
                desk.logins.append(json.loads(self.rfile.read(length)))
                self._answer(200, {}, {"access_token": "the token"})
                return
            environ = {
                "REQUEST_METHOD": "POST",
                "CONTENT_TYPE": self.headers["Content-Type"],
                "CONTENT_LENGTH": str(length),
                "wsgi.input": self.rfile,
            }
            _, fields, files = parse_form_data(environ)
            photos = [_read(file) for file in files.getlist("photos")]
            form = {**fields.to_dict(), "photos": photos}
            self._answer(*desk.take(self.headers["Idempotency-Key"], form))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/readyz":
                self._answer(200, {}, {"parts": {"work": {"dead": desk.dead}}})
            elif parts.path == "/healthz":
                self._answer(200, {}, {})
            elif parts.path == "/dev/inbox":
                self._answer(404, {}, {})
            else:
                number = int(parts.path.rpartition("/")[2])
                assert parse_qs(parts.query) == {"token": [f"REF-{number}.signed"]}
                self._answer(*desk.look(number))

        def _answer(self, status: int, headers: dict[str, str], body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
