"""Finding dead connections in the pool before they are used, in most cases without a round trip.

SQLAlchemy's own ``pool_pre_ping`` asks the server before each use: one more round trip for every
call. A connection that was used a moment ago and whose socket has nothing to read is alive, because
a server that ends or restarts closes its sockets, which this process notices. Only connections that
were idle for longer are checked with a ping.
"""

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

# A connection that was idle for longer may have lost its server without notice (a cable, a firewall
# that dropped the connection).
FRESH_SECONDS = 1.0
_RETURNED = "haja_returned"


def check_before_use(engine: Engine) -> None:
    """From now on the pool replaces dead connections instead of giving them out."""
    dialect = engine.dialect

    def note_return(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    def check(connection: Any, record: Any, _proxy: Any) -> None:
        idle = time.monotonic() - record.info.get(_RETURNED, 0.0)
        if idle < FRESH_SECONDS and not _has_something_to_read(connection):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", check)


def _has_something_to_read(connection: Any) -> bool:
    """No statement is running, so anything to read means that the server closed the connection.
    A connection closed on this side counts as well."""
    if connection.closed:
        return True
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return bool(poller.poll(0))
