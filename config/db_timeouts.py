"""A database that hangs must not hang its caller.

libpq waits for an answer without end: a frozen server still has a kernel that acknowledges every
byte, so no keepalive notices. With this, psycopg2 does the waiting where we can count.
"""

import select

import psycopg2
from psycopg2 import extensions

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0

_ESTABLISHED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)


def limit_database_waits() -> None:
    """From here on every psycopg2 connection of this process is given up when nothing was heard
    from its server for so long. For the web only: elsewhere a statement may take its time."""
    extensions.set_wait_callback(_wait)


def _wait(connection: extensions.connection) -> None:
    """Raises psycopg2.OperationalError; psycopg2 closes the connection then."""
    seconds = ANSWER_SECONDS if connection.status in _ESTABLISHED else CONNECT_SECONDS
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()
        reads = state == extensions.POLL_READ
        poller.register(connection.fileno(), select.POLLIN if reads else select.POLLOUT)
        if not poller.poll(seconds * 1000):
            raise psycopg2.OperationalError(f"no answer from the database for {seconds:.0f} s")
