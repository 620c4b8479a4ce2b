"""gunicorn's worker with threads, which hands plain calls to the application's lanes in groups.

gunicorn gives each call a thread. Under load most of what a small call costs is then not the call:
threads are woken, wait for the interpreter and for each other. Here a call that has arrived whole
is put beside the others that wait, and a clerk serves all of them together. A call is looked at
while it still lies in the socket, so one that no lane takes comes to gunicorn as if nobody had been
there.

gunicorn's hooks for each request and its access log are not called for what a lane answers.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.front_door.calls import COUNTED, FAILED, LANES, Answer, Call
from config.front_door.counter import Counter, Waiting
from config.front_door.plain_http import LARGEST, PlainCall, read_call, write_answer

# As if a thread of gunicorn's pool had handled a call, and the connection may stay open.
_KEEP: Future[bool] = Future()
_KEEP.set_result(True)

# How long a caller may take to close his side (seconds), how much he may send meanwhile (bytes),
# and how long he may take to read an answer.
LINGER, STILL_SENT, UNREAD = 2.0, 65_536, 20.0


@dataclass(slots=True)
class _Leaving:
    """A connection that was told of its end."""

    connection: TConn
    until: float
    left: int = STILL_SENT


class FrontDoorWorker(ThreadWorker):
    """As its base for whatever no lane takes, and for applications without lanes."""

    def init_process(self) -> None:
        # What is known of calls on their way from a lane to the application, by their sockets.
        self._known: dict[socket.socket, dict[str, Any]] = {}
        self._counters: Sequence[Counter] = ()
        self._leaving: deque[_Leaving] = deque()
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._plain = _speaks_http_alone(self.cfg)
        if self._plain:
            lanes = getattr(self.wsgi, "extensions", {}).get(LANES, ())
            log = self.log.error_log
            self._counters = [Counter(lane, self._reply, log) for lane in lanes]
        application, known = self.wsgi, self._known

        def with_what_is_known(environment: dict[str, Any], start_response: Any) -> Any:
            if known:
                environment.update(known.pop(environment["gunicorn.socket"], {}))
            return application(environment, start_response)

        self.wsgi = with_what_is_known  # type: ignore[assignment]

    def enqueue_req(self, conn: TConn) -> None:
        """In the main thread: ``conn`` is new, or has something to read."""
        if not self._counters or not self._try_counters(conn):
            super().enqueue_req(conn)

    def _try_counters(self, conn: TConn) -> bool:
        """Whether a lane, or nobody yet, has something to do; else the call is gunicorn's."""
        parser = conn.parser
        if parser and not (isinstance(parser, RequestParser) and not _read_ahead(parser)):
            return False  # HTTP/2, or there are bytes before those in the socket
        try:
            data = conn.sock.recv(LARGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            read = read_call(data)
            counter = self._counter_for(read, conn) if read else None
            if read is None or counter is None:
                return False
            sent = conn.sock.recv(read.size - read.missing)  # no more than was looked at
        except BlockingIOError:
            self._await(conn, self.on_pending_socket_readable)  # no thread need wait for it
            return True
        except OSError:
            return False
        if read.missing:  # many programs send a call's head and its body one after the other
            self._await(conn, partial(self._read_rest, sent))
        else:
            counter.line_up(Waiting(conn, read, sent, Call(read.environment, read.body)))
        return True

    def _counter_for(self, read: PlainCall, conn: TConn) -> Counter | None:
        address = conn.client[0] if isinstance(conn.client, tuple) else ""
        try:
            return next((one for one in self._counters if one.takes(read, address)), None)
        except Exception:  # this thread serves all: gunicorn's own tells this caller
            self.log.exception("Error in the front door")
            return None

    def _await(self, conn: TConn, then: Callable[[TConn, Any], None]) -> None:
        """Until there is something to read, or the time is up that gunicorn gives for it."""
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _read_rest(self, sent: bytes, conn: TConn, client: Any) -> None:
        """The body that belongs to a head; if it comes in more pieces, gunicorn waits for them."""
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        conn.data_ready = True
        with suppress(OSError):  # gunicorn will meet it too
            sent += conn.sock.recv(LARGEST, socket.MSG_DONTWAIT)
        read = read_call(sent)
        whole = read is not None and not read.missing and read.size == len(sent)
        counter = self._counter_for(read, conn) if read and whole else None
        if read and counter:
            counter.line_up(Waiting(conn, read, sent, Call(read.environment, read.body)))
            return
        _give_back(conn, sent)
        super().enqueue_req(conn)

    def _reply(self, group: Sequence[Waiting], answers: Sequence[Answer | None]) -> None:
        """In a clerk's thread."""
        done: list[tuple[Waiting, bool]] = []
        room = self.max_keepalived - len(self.keepalived_conns)
        for one, answer in zip(group, answers, strict=True):
            if answer is None:
                self._hand_on(one)
                continue
            keep = one.read.keep_alive and self.alive and len(done) < room
            data = write_answer(answer, keep_alive=keep)
            sent = _send(one.connection.sock, data)
            if 0 <= sent < len(data):  # nobody else waits until the caller has read
                self.tpool.submit(self._send_rest, one, data[sent:], keep)
            else:
                done.append((one, keep and sent == len(data)))
        self.nr += len(group)
        if self.nr >= self.max_requests:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        self.method_queue.defer(self._finish_group, done)

    def _send_rest(self, one: Waiting, data: bytes, keep: bool) -> None:
        """In a thread of gunicorn's, as all that gunicorn sends by itself."""
        try:
            one.connection.sock.settimeout(UNREAD)
            one.connection.sock.sendall(data)
        except OSError:
            keep = False
        self.method_queue.defer(self._finish_group, [(one, keep)])

    def _hand_on(self, one: Waiting) -> None:
        """Give a call to gunicorn, as if it had just been read."""
        environment = one.call.environment
        known = {name: environment[name] for name in (COUNTED, FAILED) if name in environment}
        if known:
            self._known[one.connection.sock] = known
        _give_back(one.connection, one.sent)
        self.method_queue.defer(super().enqueue_req, one.connection)

    def _finish_group(self, done: Sequence[tuple[Waiting, bool]]) -> None:
        """In the main thread: wait for the next calls of the connections that stay open."""
        for one, keep in done:
            connection = one.connection
            if keep:
                connection.init()
                super().finish_request(connection, _KEEP)
            elif one.read.keep_alive or _has_unread(connection.sock):
                self._leave(connection)
            else:
                self._part(connection)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """In the main thread: as gunicorn does it, but what is at its end is waited for by nobody.

        gunicorn would stand still for up to two seconds, until the caller has closed his side.
        """
        self._known.pop(conn.sock, None)
        failed = fs.cancelled() or fs.exception() is not None
        if not self._plain or (not failed and fs.result()):
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    def _leave(self, connection: TConn) -> None:
        """Say that nothing more comes, and close when the caller has read to there: closing at once
        could cut the answer off, if there is something of his that was not read (RFC 9112, section
        9.6)."""
        leaving = _Leaving(connection, time.monotonic() + LINGER)
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
            self.poller.register(
                connection.sock, selectors.EVENT_READ, partial(self._read_on, leaving)
            )
        except (OSError, ValueError, KeyError):  # it is gone already
            self._part(connection)
        else:
            self._leaving.append(leaving)

    def _read_on(self, leaving: _Leaving, _client: Any) -> None:
        try:
            leaving.left -= len(data := leaving.connection.sock.recv(4096))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or leaving.left <= 0:
            self._leaving.remove(leaving)
            self._part_waited(leaving)

    def _part_waited(self, leaving: _Leaving) -> None:
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(leaving.connection.sock)
        self._part(leaving.connection)

    def _part(self, connection: TConn) -> None:
        self.nr_conns -= 1
        connection.close()

    def murder_pending(self) -> None:
        """gunicorn's own turn to close what has waited for too long, and ours."""
        super().murder_pending()
        while self._leaving and self._leaving[0].until <= time.monotonic():
            self._part_waited(self._leaving.popleft())


def _speaks_http_alone(settings: Config) -> bool:
    """Whether the first bytes of a connection are those of a call."""
    return (
        not settings.is_ssl
        and settings.protocol == "http"
        and settings.proxy_protocol == "off"
        and settings.http2_cleartext == "off"
    )


def _read_ahead(parser: RequestParser) -> bool:
    return bool(parser.unreader.buf.getvalue())


def _give_back(conn: TConn, sent: bytes) -> None:
    """What was read for a lane is the next that gunicorn reads."""
    conn.init()
    assert isinstance(conn.parser, RequestParser)
    conn.parser.unreader.unread(sent)


def _has_unread(sock: socket.socket) -> bool:
    try:
        return bool(sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


def _send(to: socket.socket, data: bytes) -> int:
    """How much of it is on its way; -1 if nobody is there any more."""
    try:
        return to.send(data, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    except OSError:
        return -1
