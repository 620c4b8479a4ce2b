"""How many requests each view has, all in one statement."""

from sqlalchemy import Connection

from models.base import Database
from models.prepared import Prepared
from models.queries.listing.compound import compound
from models.views import View, condition_of

# Counting stops here. One more is counted, so that "more than that" is known.
COUNTED_TO = 1_000


def _counted(view: View) -> str:
    where = "" if view == View.ALL else f"WHERE {condition_of(view, 'm')}"
    where += f" AND {compound('mine', '$1', 'm')}" if view == View.MINE else ""
    rows = f"SELECT FROM maintenance_requests m {where} LIMIT {COUNTED_TO + 1}"
    return f"(SELECT count(*) FROM ({rows}) counted)"


_COUNT = Prepared("view_counts", "bigint", f"SELECT {', '.join(map(_counted, View))}")


def count_views(database: Database, user_id: int) -> dict[View, int]:
    """Up to ``COUNTED_TO`` + 1 of each view; ``mine`` is of this user."""
    connection = database if isinstance(database, Connection) else database.connection()
    return dict(zip(View, _COUNT.execute(connection, [user_id]).one(), strict=True))
