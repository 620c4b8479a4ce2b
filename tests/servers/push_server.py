"""A push service (RFC 8030) with browsers behind it, which refuses, hangs and hangs up on demand.

In a test: ``with PushServer() as service: browser = service.browser()``; ``browser.subscription`` is
what its page would send, ``browser.read()`` what came for it, decrypted.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes
from threading import Event, Lock, Thread
from typing import Any, Self

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# What happens to a message instead of being taken: the call hangs, or the line is cut.
HANG, CUT = "hang", "cut"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One call as it came; ``headers`` by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Browser:
    """A subscription with its secrets. ``behaviour`` is the status that its messages are answered
    with, ``HANG`` or ``CUT``."""

    origin: str
    path: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: token_bytes(16))
    behaviour: int | str = 201
    arrived: list[Arrived] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return self.origin + self.path

    @property
    def subscription(self) -> dict[str, Any]:
        """``PushSubscription.toJSON()`` of the W3C's Push API."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _base64url(point), "auth": _base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self) -> list[dict[str, Any]]:
        """What was sent to it (RFC 8291), oldest first."""
        return [
            json.loads(
                http_ece.decrypt(
                    one.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
                )
            )
            for one in self.arrived
        ]


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


class PushServer:
    """Listens on loopback. ``strange`` are calls for nobody."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.strange: list[str] = []
        self.closing = Event()
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def browser(self) -> Browser:
        """A new subscription."""
        browser = Browser(self.origin, f"/push/{token_bytes(8).hex()}")
        with self._lock:
            self.browsers[browser.path] = browser
        return browser

    def take(self, arrived: Arrived) -> int | str:
        """Keep a call; returns what is to become of it."""
        with self._lock:
            browser = self.browsers.get(arrived.path)
            if browser is None:
                self.strange.append(arrived.path)
                return 404
            browser.arrived.append(arrived)
            return browser.behaviour

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _handler_of(server: PushServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fate = server.take(Arrived(self.path, headers, body))
            if fate == HANG:
                server.closing.wait(120)
            if isinstance(fate, str):
                self.close_connection = True
                return
            self.send_response(fate)
            if 300 <= fate <= 399:
                self.send_header("Location", f"{server.origin}/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the tests say what matters."""

    return Handler
