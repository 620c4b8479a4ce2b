"""How many requests each view has, all in one statement."""

from collections.abc import Sequence

from sqlalchemy import Connection

from models.base import Database
from models.prepared import Prepared
from models.views import View, condition_of

# Counting stops here. One more is counted, so that "more than that" is known.
COUNTED_TO = 1_000


def _counted(view: View) -> str:
    where = "" if view == View.ALL else f"WHERE {condition_of(view, 'm')}"
    where += " AND m.assignee = ANY ($1)" if view == View.MINE else ""
    rows = f"SELECT FROM maintenance_requests m {where} LIMIT {COUNTED_TO + 1}"
    return f"(SELECT count(*) FROM ({rows}) counted)"


_COUNT = Prepared("view_counts", "text[]", f"SELECT {', '.join(map(_counted, View))}")


def count_views(database: Database, names: Sequence[str]) -> dict[View, int]:
    """Up to ``COUNTED_TO`` + 1 of each view; ``names`` are what an assignee of ``mine`` is called."""
    connection = database if isinstance(database, Connection) else database.connection()
    return dict(zip(View, _COUNT.execute(connection, [list(names)]).one(), strict=True))
