"""Live messages to open pages: one Redis subscription per process, one socket per page.

Redis carries names and ids only. Each socket's thread loads what its listener may see, so nobody
gets a name or an address that they could not have read by the API.
"""

import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import redis
import structlog
from flask import Blueprint, Response, g, request
from simple_websocket import ConnectionClosed, Server
from wsproto.frame_protocol import CloseReason

from config.settings import get_settings
from models import wiring
from models.errors import NotAuthenticated
from models.queries.requests import find_by_reference, find_request
from models.serializers import moment, serialize_detail
from models.services.logins import find_user_of_login
from models.services.statistics_cache import read_cached_statistics
from web.http.auth import find_user, linked_reference, require_user
from web.http.database import db
from web.http.problems import Problem

log = structlog.get_logger()

bp = Blueprint("live", __name__)

CHANNEL = "haja:live"
# Every socket holds one of the web process's threads; beyond this, pages poll.
MAX_SOCKETS = 32
PING_SECONDS = 20
BEARER = "bearer"  # the subprotocol of who sends a token with the handshake


@dataclass(eq=False)
class Listener:
    """An open page; ``request_id`` is set for a requester who may hear of that one only."""

    request_id: int | None = None
    inbox: "queue.Queue[dict[str, Any]]" = field(default_factory=lambda: queue.Queue(maxsize=200))

    def offer(self, message: dict[str, Any]) -> None:
        if self.request_id is not None and message.get("id") != self.request_id:
            return
        try:
            self.inbox.put_nowait(message)
        except queue.Full:
            log.warning("listener_too_slow")  # it polls every 30 s anyway


class Hub:
    """Fans what Redis says out to the listeners of this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def join(self, listener: Listener) -> bool:
        """Begin to listen; False if this process holds as many sockets as it may."""
        with self._lock:
            if len(self._listeners) >= MAX_SOCKETS:
                return False
            self._listeners.add(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._subscribe, daemon=True)
                self._thread.start()
        return True

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def _subscribe(self) -> None:
        while True:
            try:
                self._relay()
            except (redis.RedisError, OSError) as error:
                log.warning("live_channel_away", error=type(error).__name__)
                time.sleep(1)

    def _relay(self) -> None:
        client = redis.Redis.from_url(
            get_settings().redis_url,
            socket_timeout=30,
            socket_connect_timeout=2,
            health_check_interval=10,
        )
        with client, client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(CHANNEL)
            while True:
                message = subscription.get_message(timeout=10)
                if message is not None:
                    self._fan_out(message["data"])

    def _fan_out(self, data: bytes) -> None:
        try:
            message = json.loads(data)
        except ValueError:
            log.warning("live_message_unreadable")
            return
        if not isinstance(message, dict):
            return
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.offer(message)


_hub = Hub()


@bp.route("/ws", websocket=True)
def listen() -> Response:
    """An operator hears of every request and of the numbers; a requester of the one request."""
    listener = Listener(request_id=_own_request_id())
    db.session().rollback()
    if not _hub.join(listener):
        raise Problem(503, "rate_limited", headers={"Retry-After": "30"})
    try:
        socket = Server.accept(request.environ, subprotocols=[BEARER], ping_interval=PING_SECONDS)
        _talk(socket, listener)
    finally:
        _hub.leave(listener)
    return _Closed()


def _own_request_id() -> int | None:
    reference = linked_reference()
    if reference is None:
        _require_operator()
        return None
    found = find_by_reference(db.session(), reference)
    if found is None:
        raise Problem(404, "not_found")
    return found.id


def _require_operator() -> None:
    """A page cannot set headers on its socket: it may offer ``bearer`` and its token as
    subprotocols. Cookies travel with a foreign page's socket too, but its Origin gives it away
    (RFC 6455, section 10.2): those of CORS_ORIGINS are let in by their token alone."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    if len(offered) == 2 and offered[0].strip() == BEARER:
        request.environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {offered[1].strip()}")
    origin = request.headers.get("Origin")
    own = (request.host, urlsplit(get_settings().base_url).netloc)
    if not origin or urlsplit(origin).netloc in own:
        require_user()
    elif origin not in get_settings().allowed_origins:
        raise Problem(403, "forbidden")
    elif find_user(cookies=False) is None:
        raise NotAuthenticated


def _talk(socket: Server, listener: Listener) -> None:
    private = listener.request_id is None
    try:
        while True:
            try:
                message = listener.inbox.get(timeout=1)
            except queue.Empty:
                socket.receive(timeout=0)  # notices a closed page; what it says is ignored
                continue
            if private and not _may_still_listen():
                socket.close(CloseReason.POLICY_VIOLATION)
                return
            body = _load(message, private=private)
            if body is not None:
                socket.send(json.dumps(body))
    except ConnectionClosed:
        return


def _may_still_listen() -> bool:
    """Asked before each message: a login that has ended hears nothing any more."""
    try:
        claims = g.claims
        user = find_user_of_login(db.session(), claims["sid"], int(claims["sub"]))
        return claims["exp"] > time.time() and user is not None
    finally:
        db.session.remove()


def _load(message: dict[str, Any], *, private: bool) -> dict[str, Any] | None:
    """The message with the data that this listener may see, read now."""
    kind = message.get("type")
    loaders: dict[str, Callable[[], dict[str, Any] | None]] = {
        "stats": _stats if private else lambda: None,
        "new_request": lambda: _request(message, private=private),
        "request_updated": lambda: _request(message, private=private),
    }
    try:
        data = loaders[str(kind)]() if kind in loaders else None
    finally:
        db.session.remove()
    return None if data is None else {"type": kind, "data": data}


def _stats() -> dict[str, Any]:
    statistics = read_cached_statistics(db.session(), wiring.cache())
    return {**statistics.as_dict(), "computed_at": moment(statistics.computed_at)}


def _request(message: dict[str, Any], *, private: bool) -> dict[str, Any] | None:
    found = find_request(db.session(), int(message["id"]))
    return None if found is None else serialize_detail(found, private=private)


class _Closed(Response):
    """After a socket has been closed there is nothing left to answer by HTTP."""

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        if request.environ.get("gunicorn.socket"):
            raise StopIteration
        return []
