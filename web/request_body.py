"""WSGI middleware between the server and Flask: a body comes whole, in time, and few large ones at
once.

Granian hands a body on as it arrives, without a limit of time, to a thread that waits for it. The
gateway collects small bodies, so here they come at once; this is for a web process that stands alone,
and for large bodies and those of unknown length, which pass through the gateway as they arrive.
"""

import os
import signal
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog
from werkzeug.exceptions import RequestTimeout

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

# A body may be this late (seconds), and then has to come at this rate (bytes per second).
GRACE = 20.0
MIN_RATE = 4096
# The server's read returns when all that was asked for is there: so little is asked for (bytes) that
# who is just fast enough needs less than the silence (seconds) in which a read counts as one that does
# not return by itself, see ``_exchange``: GRACE and the bytes at MIN_RATE.
AT_ONCE = 32768
SILENCE = 30.0

LARGE = 999_999  # bytes; bodies up to this size the gateway has collected
LARGE_AT_ONCE = 16  # per process; each takes a thread, and about 3 MB of memory
PATIENCE = 1.0  # seconds that a large body waits for others to end
# Who does not say a body's length may send it as slowly as he likes, through the gateway too: such
# bodies get one of so many threads, and wait for none.
UNSIZED_SHARE = 4

# What an answer leaves unread is read and dropped up to here (bytes): a caller who is still sending
# would meet a broken connection instead of the answer.
DROPPED = 160 << 20

BUSY = "haja.busy"  # in the environment of a call whose body cannot be taken now

# Who may be closed only by ending the process is rare: one exchange in its life is enough.
_PROBE_SECONDS = 5.0


class RequestBody:
    """The body as it comes from the server. ``expected`` is its length in bytes, if it says so."""

    def __init__(self, source: Any, expected: int | None) -> None:
        self._source = source
        self._started = time.monotonic()
        self.expected = expected
        self.received = 0
        self.ended = False
        self.reading_since: float | None = None

    @property
    def is_large(self) -> bool:
        return self.expected is not None and self.expected > LARGE

    def read(self, size: int = -1) -> bytes:
        """Some of the bytes, at most ``size``; none at the end, also where the caller left before it.

        Raises:
            RequestTimeout: the body comes too slowly.
        """
        self.reading_since = time.monotonic()
        data: bytes = self._source.read(min(size, AT_ONCE) if size >= 0 else AT_ONCE)
        now, self.reading_since = time.monotonic(), None
        self.received += len(data)
        self.ended = not data or self.received == self.expected
        late = now - self._started - GRACE
        if not self.ended and late > 0 and self.received < late * MIN_RATE:
            raise RequestTimeout
        return data

    def drop_rest(self) -> None:
        """Read what the answer did not wait for."""
        try:
            while not self.ended and self.received < DROPPED:
                self.read(LARGE)
        except RequestTimeout:
            return


class BodyGuard:
    """Around ``application``; made in the process that serves, which has so many ``threads``."""

    def __init__(self, application: "WSGIApplication", threads: int) -> None:
        self._application = application
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)
        self._unsized = threading.BoundedSemaphore(threads // UNSIZED_SHARE)
        self._bodies: set[RequestBody] = set()
        threading.Thread(target=self._watch, name="bodies", daemon=True).start()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        if length in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
            return self._application(environ, start_response)
        body = RequestBody(environ["wsgi.input"], int(length) if length.isdecimal() else None)
        environ["wsgi.input"] = body
        if body.expected is not None:
            # Or Flask would take the end of what came for the end of the body.
            environ.pop("wsgi.input_terminated", None)
        with self._place(body) as has_place:
            if not has_place:
                environ[BUSY] = True
                return self._application(environ, start_response)
            return self._serve(environ, start_response, body)

    def _place(self, body: RequestBody) -> "_Place":
        if body.expected is None:
            return _Place(self._unsized, patience=0)
        return _Place(self._large if body.is_large else None)

    def _serve(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: RequestBody
    ) -> Iterable[bytes]:
        self._bodies.add(body)
        try:
            answer = self._application(environ, start_response)
            body.drop_rest()
            return answer
        finally:
            self._bodies.discard(body)

    def _watch(self) -> None:
        while True:
            time.sleep(_PROBE_SECONDS)
            silent_since = time.monotonic() - SILENCE
            since = [body.reading_since for body in self._bodies.copy()]
            silent = [one for one in since if one is not None and one < silent_since]
            if silent:
                _exchange(len(silent))
                return


def _exchange(silent: int) -> None:
    """Have the server replace its processes, this one too: a thread that waits for a silent caller
    can be freed in no other way. The new ones take over first, and what is being answered here is
    answered to its end."""
    log.warning("callers_silent", count=silent)
    if os.getppid() != 1:
        os.kill(os.getppid(), signal.SIGHUP)


class _Place:
    """One of the places that ``semaphore`` has, if there is a semaphore."""

    def __init__(
        self, semaphore: threading.Semaphore | None, patience: float | None = None
    ) -> None:
        self._semaphore = semaphore
        self._patience = PATIENCE if patience is None else patience
        self._has = True

    def __enter__(self) -> bool:
        if self._semaphore is not None:
            self._has = self._semaphore.acquire(timeout=self._patience)
        return self._has

    def __exit__(self, *_: object) -> None:
        if self._semaphore is not None and self._has:
            self._semaphore.release()
