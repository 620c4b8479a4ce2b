"""Finding out that a pooled connection is dead before it is used, mostly for nothing.

SQLAlchemy's own ``pool_pre_ping`` asks the server before each use, one round trip more for every
call. A connection that was used a moment ago and whose socket is silent is alive: a server that
ends or restarts closes its sockets, and that can be seen here. The others are asked.
"""

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

# A connection that lay longer may have lost its peer without a word (a cable, a firewall's memory).
FRESH_SECONDS = 1.0
_RETURNED = "haja_returned"


def check_before_use(engine: Engine) -> None:
    """From here on the pool replaces what died instead of lending it."""
    dialect = engine.dialect

    def note_return(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    def look(connection: Any, record: Any, _proxy: Any) -> None:
        lay = time.monotonic() - record.info.get(_RETURNED, 0.0)
        if lay < FRESH_SECONDS and not _has_something_to_read(connection):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", look)


def _has_something_to_read(connection: Any) -> bool:
    """Nothing was asked, so it is a farewell. Closed on this side counts as well."""
    if connection.closed:
        return True
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return bool(poller.poll(0))
