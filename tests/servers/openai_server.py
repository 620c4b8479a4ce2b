"""A chat server that speaks the OpenAI protocol, and misbehaves on demand.

In tests: ``with OpenAIServer() as server: server.behaviour = "hang"``. By hand:
``python -m tests.servers.openai_server PORT [BEHAVIOUR]``, and ``POST /behaviour`` with a name as
the body changes it while it runs.
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

Reply = tuple[int, Any]
ANSWER = {
    "category": "plumbing",
    "priority": "medium",
    "confidence": 0.87,
    "reason": "The sink is named.",
    "language": "en",
}


def completion(content: Any, *, finish: str = "stop", refusal: str | None = None) -> Any:
    """A chat completion with one choice."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def _error(status: int) -> Reply:
    return status, {"error": {"message": "no", "type": "test", "code": str(status)}}


def _without_schema(server: "OpenAIServer", body: dict[str, Any]) -> Reply:
    if "response_format" in body:
        return _error(400)
    return 200, completion(f"Sure!\n```json\n{json.dumps(server.answer)}\n```")


BEHAVIOURS: dict[str, Callable[["OpenAIServer", dict[str, Any]], Reply]] = {
    "ok": lambda server, _: (200, completion(json.dumps(server.answer))),
    "said": lambda server, _: (200, completion(server.content)),
    "no_schema": _without_schema,
    "bad_request": lambda *_: _error(400),
    "unauthorized": lambda *_: _error(401),
    "unknown_model": lambda *_: _error(404),
    "rate_limit": lambda *_: _error(429),
    "server_error": lambda *_: _error(500),
    "unavailable": lambda *_: _error(503),
    "prose": lambda *_: (200, completion("It sounds like a leak, I would send a plumber.")),
    "wrong_enum": lambda server, _: (
        200,
        completion(json.dumps(server.answer | {"category": "gardening"})),
    ),
    "bad_json": lambda *_: (200, completion('{"category": "plumbing", "priority": ')),
    "refusal": lambda *_: (200, completion(None, refusal="I cannot help with that.")),
    "cut": lambda *_: (200, completion('{"category": "plumb', finish="length")),
    "filtered": lambda *_: (200, completion(None, finish="content_filter")),
    "empty": lambda *_: (200, completion("")),
    "no_choices": lambda *_: (200, completion("") | {"choices": []}),
    "page": lambda *_: (200, "<html>sign in</html>"),
}


class OpenAIServer:
    """Listens on a loopback port of its own; ``requests`` holds the bodies that came, ``headers``
    what came before each of them."""

    def __init__(self, port: int = 0, behaviour: str = "ok") -> None:
        self.behaviour = behaviour
        self.answer: dict[str, Any] = dict(ANSWER)
        self.delay = 0.0
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.content: Any = None  # what is said instead of ``answer``, with the behaviour "said"
        self.retry_after = ""
        self.headers: list[Message] = []
        self.closing = Event()
        self._lock = Lock()
        self._server = _Listener(("127.0.0.1", port), _handler_of(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def remember(self, headers: Message, body: dict[str, Any]) -> None:
        with self._lock:
            self.headers.append(headers)
            self.requests.append(body)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # two hundred callers come at once


def _handler_of(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/behaviour":
                server.behaviour = raw.decode().strip()
                self._reply(200, {"behaviour": server.behaviour})
                return
            body = json.loads(raw)
            server.paths.append(self.path)
            server.remember(self.headers, body)
            self._behave(body)

        def _behave(self, body: dict[str, Any]) -> None:
            if server.behaviour == "hang":
                server.closing.wait(30)
                self.close_connection = True
            elif server.behaviour == "drop":
                self.close_connection = True
            elif server.behaviour == "endless":
                self._go_on()
            else:
                server.closing.wait(server.delay)
                self._reply(*BEHAVIOURS[server.behaviour](server, body))

        def _reply(self, status: int, body: Any) -> None:
            page = isinstance(body, str)
            content = body.encode() if page else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if page else "application/json")
            self.send_header("Content-Length", str(len(content)))
            if server.retry_after:
                self.send_header("Retry-After", server.retry_after)
            self.end_headers()
            self.wfile.write(content)

        def _go_on(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.close_connection = True
            with suppress(OSError):
                while not server.closing.is_set():
                    self.wfile.write(b" " * 65_536)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the tests say what matters."""

    return Handler


def main(arguments: list[str]) -> None:
    port = int(arguments[0])
    with OpenAIServer(port, *arguments[1:2]) as server:
        sys.stdout.write(f"{server.url}\n")
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1:])
