"""The push port: RFC 8030 over HTTP/1.1, encrypted by RFC 8291 and signed by RFC 8292.

pywebpush encrypts. The call itself is made here: the hand-over has to be committed between the
connection and the message, and the answer of an address that a stranger gave is neither followed
nor read.
"""

import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import BoundedSemaphore
from urllib.parse import SplitResult, urlsplit

from py_vapid import Vapid02
from pywebpush import WebPusher

from config.settings import Settings
from models.ports import (
    AmbiguousError,
    OutgoingPush,
    PermanentError,
    SubscriptionGone,
    TransientError,
)
from models.push_endpoint import is_push_endpoint, origin_of

# A push service that hangs holds a thread that mails could use: three at most. Who has no turn within
# a second tries again later.
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 5.0
TURNS_AT_ONCE, TURN_SECONDS = 3, 1.0
_SIGNED_SECONDS = 12 * 3600  # RFC 8292, section 2: at most a day
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})


class WebPushSender:
    """Sends each message over its own connection; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._vapid = Vapid02.from_raw(settings.vapid_private_key.encode())
        self._turns = BoundedSemaphore(TURNS_AT_ONCE)

    def send(self, push: OutgoingPush, *, before_handover: Callable[[], None]) -> None:
        """See :meth:`models.ports.PushSender.send`."""
        if not is_push_endpoint(push.endpoint, self._settings.push_service_origins):
            raise PermanentError("no push service that we know")
        parts = urlsplit(push.endpoint)
        body, headers = self._written(push, origin_of(parts))
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise TransientError("others are being sent")
        try:
            self._hand_over(parts, body, headers, before_handover)
        finally:
            self._turns.release()

    def _hand_over(
        self,
        parts: SplitResult,
        body: bytes,
        headers: dict[str, str],
        before_handover: Callable[[], None],
    ) -> None:
        connection = _connect(parts)
        try:
            before_handover()
            _judge(_post(connection, _target(parts), body, headers))
        finally:
            connection.close()

    def _written(self, push: OutgoingPush, audience: str) -> tuple[bytes, dict[str, str]]:
        keys = {"p256dh": push.p256dh, "auth": push.auth}
        try:
            body: bytes = WebPusher({"endpoint": push.endpoint, "keys": keys}).encode(push.payload)[
                "body"
            ]
        except Exception as error:  # noqa: BLE001 - whatever its libraries raise for these keys
            raise PermanentError(f"cannot be encrypted: {type(error).__name__}") from None
        return body, {
            **self._signature(audience),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Content-Length": str(len(body)),
            "TTL": str(push.ttl),
            "Urgency": push.urgency,
            "Topic": push.topic,
        }

    def _signature(self, audience: str) -> dict[str, str]:
        claims = {
            "aud": audience,
            "exp": int(time.time()) + _SIGNED_SECONDS,
            "sub": self._contact,
        }
        signed: dict[str, str] = self._vapid.sign(claims)
        return signed

    @property
    def _contact(self) -> str:
        """Whom a push service may ask about us (RFC 8292, section 2.1)."""
        base_url = self._settings.base_url
        if base_url.startswith("https://"):
            return base_url
        return f"mailto:{self._settings.sender.address}"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connect(parts: SplitResult) -> HTTPConnection:
    """Raises TransientError."""
    host, port = parts.hostname or "", parts.port
    connection = (
        HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=_tls())
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    )
    try:
        connection.connect()
    except (OSError, HTTPException, UnicodeError) as error:
        connection.close()
        raise TransientError(f"no connection: {type(error).__name__}") from None
    return connection


def _target(parts: SplitResult) -> str:
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _post(connection: HTTPConnection, target: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer. Errors name no address: whoever knows an endpoint may send to it.

    Raises:
        AmbiguousError: no answer.
    """
    assert connection.sock is not None
    connection.sock.settimeout(ANSWER_SECONDS)
    try:
        connection.request("POST", target, body, headers)
        with connection.getresponse() as answer:
            return answer.status
    except (OSError, HTTPException) as error:
        raise AmbiguousError(f"no answer: {type(error).__name__}") from None


def _judge(status: int) -> None:
    """Raises SubscriptionGone, TransientError, PermanentError."""
    if 200 <= status <= 299:
        return
    if status in _GONE:
        raise SubscriptionGone(f"answered {status}")
    if status in _LATER or 500 <= status <= 599:
        raise TransientError(f"answered {status}")
    raise PermanentError(f"answered {status}")
