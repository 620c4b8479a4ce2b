"""Due times that a wrong clock has written: found, and mended."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.arrays import as_rows

# A range of the index of unfinished steps, up to what is held back on purpose (see ``dispatch``).
_MEND = text("""
    UPDATE steps s SET due_at = clock_timestamp()
    FROM json_to_recordset(CAST(:longest AS json)) AS longest (task text, seconds float)
    WHERE s.state IN ('ready', 'running', 'retry')
      AND s.due_at > statement_timestamp() + make_interval(secs => :least)
      AND s.due_at < '9999-01-01T00:00:00Z'
      AND s.task = longest.task
      AND s.due_at > statement_timestamp() + make_interval(secs => longest.seconds)
""")


def mend_due_times(session: Session, longest_waits: Mapping[str, float]) -> int:
    """Make steps due that would wait longer than any step of their task may, because the database's
    clock was ahead when their due time was written; returns how many.

    ``longest_waits`` are seconds by task.
    """
    longest = [{"task": task, "seconds": seconds} for task, seconds in longest_waits.items()]
    given = {"longest": as_rows(longest), "least": min(longest_waits.values())}
    return session.execute(_MEND, given).rowcount  # type: ignore[attr-defined,no-any-return]
