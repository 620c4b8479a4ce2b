"""gunicorn's worker with threads, which hands plain calls to the application's lane in groups.

gunicorn gives each call a thread. Under load most of what a small call costs is then not the call:
threads are woken, wait for the interpreter and for each other. Here a call that has arrived whole
is put beside the others that wait, and one thread, the clerk, serves all of them together. A call
is looked at while it still lies in the socket, so one that the lane does not take comes to gunicorn
as if nobody had been there.

gunicorn's hooks for each request and its access log are not called for what the lane answers.
"""

import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.front_door.calls import COUNTED, FAILED, LANE, Answer, Call, Lane
from config.front_door.plain_http import LARGEST, PlainCall, read_call, write_answer

LARGEST_GROUP = 64  # calls


@dataclass(slots=True)
class Waiting:
    """A call out of the socket of ``connection``: ``read`` in parts, and as it was sent."""

    connection: TConn
    read: PlainCall
    sent: bytes
    call: Call


# As if a thread of gunicorn's pool had handled a call, and the connection may stay open.
_KEEP: Future[bool] = Future()
_KEEP.set_result(True)


class FrontDoorWorker(ThreadWorker):
    """As its base for whatever the lane does not take, and for applications without a lane."""

    def init_process(self) -> None:
        self._waiting: deque[Waiting] = deque()
        # A thread of its own: open /ws and slow calls may have all of the pool's.
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._serving = False
        self._lock = Lock()
        # What is known of calls on their way from the lane to the application, by their sockets.
        self._known: dict[socket.socket, dict[str, Any]] = {}
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        offered = getattr(self.wsgi, "extensions", {}).get(LANE)
        self._lane: Lane | None = offered if _speaks_http_alone(self.cfg) else None
        application, known = self.wsgi, self._known

        def with_what_is_known(environment: dict[str, Any], start_response: Any) -> Any:
            if known:
                environment.update(known.pop(environment["gunicorn.socket"], {}))
            return application(environment, start_response)

        self.wsgi = with_what_is_known  # type: ignore[assignment]

    def enqueue_req(self, conn: TConn) -> None:
        """In the main thread: ``conn`` is new, or has something to read."""
        if self._lane is None or not self._try_lane(self._lane, conn):
            super().enqueue_req(conn)

    def _try_lane(self, lane: Lane, conn: TConn) -> bool:
        """Whether the lane, or nobody yet, has something to do; else the call is gunicorn's."""
        parser = conn.parser
        if parser and not (isinstance(parser, RequestParser) and not _read_ahead(parser)):
            return False  # HTTP/2, or there are bytes before those in the socket
        try:
            data = conn.sock.recv(LARGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._await(conn, self.on_pending_socket_readable)  # no thread need wait for it
            return True
        except OSError:
            return False
        read = read_call(data)
        if read is None or not _takes(lane, read, conn):
            return False
        sent = conn.sock.recv(read.size - read.missing)  # no more than was looked at
        if read.missing:  # many programs send a call's head and its body one after the other
            self._await(conn, partial(self._read_rest, lane, sent))
        else:
            self._line_up(lane, Waiting(conn, read, sent, Call(read.environment, read.body)))
        return True

    def _await(self, conn: TConn, then: Callable[[TConn, Any], None]) -> None:
        """Until there is something to read, or the time is up that gunicorn gives for it."""
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _read_rest(self, lane: Lane, sent: bytes, conn: TConn, client: Any) -> None:
        """The body that belongs to a head; if it comes in more pieces, gunicorn waits for them."""
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        conn.data_ready = True
        with suppress(OSError):  # gunicorn will meet it too
            sent += conn.sock.recv(LARGEST, socket.MSG_DONTWAIT)
        read = read_call(sent)
        if read and not read.missing and read.size == len(sent) and _takes(lane, read, conn):
            self._line_up(lane, Waiting(conn, read, sent, Call(read.environment, read.body)))
            return
        _give_back(conn, sent)
        super().enqueue_req(conn)

    def _line_up(self, lane: Lane, waiting: Waiting) -> None:
        with self._lock:
            self._waiting.append(waiting)
            begins, self._serving = not self._serving, True
        if begins:
            self._clerk.submit(self._serve, lane)

    def _serve(self, lane: Lane) -> None:
        """The clerk: serves whoever waits, until nobody does."""
        while group := self._next_group():
            self._serve_group(lane, group)

    def _next_group(self) -> list[Waiting]:
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(LARGEST_GROUP, len(self._waiting)))]
            self._serving = bool(group)
        return group

    def _serve_group(self, lane: Lane, group: Sequence[Waiting]) -> None:
        answers, outage = self._ask(lane, [one.call for one in group])
        if outage is not None:
            # What kept these so long would keep the next ones as long again.
            with self._lock:
                others, self._waiting = self._waiting, deque()
            for one in others:
                self._hand_on(one, outage)
        self._count(len(group))
        done = []
        for one, answer in zip(group, answers, strict=True):
            if answer is None:
                self._hand_on(one)
                continue
            keep = one.read.keep_alive and self.alive
            kept = _send(one.connection.sock, write_answer(answer, keep_alive=keep)) and keep
            done.append((one.connection, kept))
        self.method_queue.defer(self._finish_group, done)

    def _ask(
        self, lane: Lane, calls: Sequence[Call]
    ) -> tuple[Sequence[Answer | None], Exception | None]:
        """What the lane says; its own trouble must not end the clerk, and nothing is tried twice."""
        try:
            return lane.answer(calls)
        except Exception as error:
            self.log.exception("Error in the lane")
            for call in calls:
                call.environment.setdefault(FAILED, error)
            return [None] * len(calls), None

    def _count(self, calls: int) -> None:
        self.nr += calls
        if self.nr >= self.max_requests:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False

    def _hand_on(self, one: Waiting, failed: Exception | None = None) -> None:
        """Give a call to gunicorn, as if it had just been read."""
        environment = one.call.environment
        known = {name: environment[name] for name in (COUNTED, FAILED) if name in environment}
        if failed is not None:
            known.setdefault(FAILED, failed)
        if known:
            self._known[one.connection.sock] = known
        _give_back(one.connection, one.sent)
        self.method_queue.defer(super().enqueue_req, one.connection)

    def _finish_group(self, done: Sequence[tuple[TConn, bool]]) -> None:
        """In the main thread: wait for the next calls of the connections that stay open."""
        for connection, keep in done:
            if keep:
                connection.init()
                self.finish_request(connection, _KEEP)
                continue
            # What was sent has been read to its end, so closing at once cuts no answer off (RFC
            # 9112, section 9.6); gunicorn would wait here for the caller to close.
            self.nr_conns -= 1
            connection.close()


def _speaks_http_alone(settings: Config) -> bool:
    """Whether the first bytes of a connection are those of a call."""
    return (
        not settings.is_ssl
        and settings.protocol == "http"
        and settings.proxy_protocol == "off"
        and settings.http2_cleartext == "off"
    )


def _takes(lane: Lane, read: PlainCall, conn: TConn) -> bool:
    client = conn.client
    read.environment["REMOTE_ADDR"] = client[0] if isinstance(client, tuple) else ""
    return lane.takes(read.environment)


def _read_ahead(parser: RequestParser) -> bool:
    return bool(parser.unreader.buf.getvalue())


def _give_back(conn: TConn, sent: bytes) -> None:
    """What was read for the lane is the next that gunicorn reads."""
    conn.init()
    assert isinstance(conn.parser, RequestParser)
    conn.parser.unreader.unread(sent)


def _send(to: socket.socket, data: bytes) -> bool:
    """Whether all of it is on its way. An answer is far smaller than a socket's buffer: who has no
    room left for it has not read the ones before, and nobody waits for them."""
    try:
        return to.send(data, socket.MSG_DONTWAIT) == len(data)
    except OSError:
        return False
