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
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
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


class FrontDoorWorker(ThreadWorker):
    """As its base for whatever no lane takes, and for applications without lanes."""

    def init_process(self) -> None:
        # What is known of calls on their way from a lane to the application, by their sockets.
        self._known: dict[socket.socket, dict[str, Any]] = {}
        self._counters: Sequence[Counter] = ()
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        if _speaks_http_alone(self.cfg):
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
        except BlockingIOError:
            self._await(conn, self.on_pending_socket_readable)  # no thread need wait for it
            return True
        except OSError:
            return False
        read = read_call(data)
        counter = self._counter_for(read, conn) if read else None
        if read is None or counter is None:
            return False
        sent = conn.sock.recv(read.size - read.missing)  # no more than was looked at
        if read.missing:  # many programs send a call's head and its body one after the other
            self._await(conn, partial(self._read_rest, sent))
        else:
            counter.line_up(Waiting(conn, read, sent, Call(read.environment, read.body)))
        return True

    def _counter_for(self, read: PlainCall, conn: TConn) -> Counter | None:
        address = conn.client[0] if isinstance(conn.client, tuple) else ""
        return next((one for one in self._counters if one.takes(read, address)), None)

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
        done = []
        for one, answer in zip(group, answers, strict=True):
            if answer is None:
                self._hand_on(one)
                continue
            keep = one.read.keep_alive and self.alive
            data = write_answer(answer, keep_alive=keep)
            sent = _send(one.connection.sock, data)
            if 0 <= sent < len(data):  # nobody else waits until the caller has read
                self.tpool.submit(self._send_rest, one.connection, data[sent:], keep)
            else:
                done.append((one.connection, keep and sent == len(data)))
        self.nr += len(group)
        if self.nr >= self.max_requests:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        self.method_queue.defer(self._finish_group, done)

    def _send_rest(self, connection: TConn, data: bytes, keep: bool) -> None:
        """In a thread of gunicorn's, as all that gunicorn sends by itself."""
        try:
            connection.sock.setblocking(True)
            connection.sock.sendall(data)
        except OSError:
            keep = False
        self.method_queue.defer(self._finish_group, [(connection, keep)])

    def _hand_on(self, one: Waiting) -> None:
        """Give a call to gunicorn, as if it had just been read."""
        environment = one.call.environment
        known = {name: environment[name] for name in (COUNTED, FAILED) if name in environment}
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


def _read_ahead(parser: RequestParser) -> bool:
    return bool(parser.unreader.buf.getvalue())


def _give_back(conn: TConn, sent: bytes) -> None:
    """What was read for a lane is the next that gunicorn reads."""
    conn.init()
    assert isinstance(conn.parser, RequestParser)
    conn.parser.unreader.unread(sent)


def _send(to: socket.socket, data: bytes) -> int:
    """How much of it is on its way; -1 if nobody is there any more."""
    try:
        return to.send(data, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    except OSError:
        return -1
