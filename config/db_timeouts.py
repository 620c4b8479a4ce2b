"""Time limits for database calls, so that a database that hangs does not hang its callers.

libpq waits for an answer without a limit: the kernel of a frozen server still acknowledges every
byte, so no keepalive notices it. A wait callback makes psycopg2 wait in Python, with a time limit.
"""

import select

import psycopg2
from psycopg2 import extensions

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0

_ESTABLISHED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)


def limit_database_waits() -> None:
    """From now on, every psycopg2 connection of this process fails if its server does not answer in
    time. Not for workers: their statements may take longer."""
    extensions.set_wait_callback(_wait)


def _wait(connection: extensions.connection) -> None:
    """Wait until the connection is ready.

    Raises:
        psycopg2.OperationalError: no answer in time; psycopg2 then closes the connection.
    """
    seconds = ANSWER_SECONDS if connection.status in _ESTABLISHED else CONNECT_SECONDS
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()
        reads = state == extensions.POLL_READ
        poller.register(connection.fileno(), select.POLLIN if reads else select.POLLOUT)
        if not poller.poll(seconds * 1000):
            raise psycopg2.OperationalError(f"no answer from the database for {seconds:.0f} s")
