"""The front desk's short way: one prepared statement on a connection that commits by itself.

For what most submissions are: words without photos, written once. Planning the statement costs
about as much as running it, and an ORM session as much again.
"""

from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

from psycopg2.errors import InvalidSqlStatementName
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from models.services.intake import Submitted, as_submitted, parameters, writing

_NAME = "haja_submit_requests"
_PREPARE = f"PREPARE {_NAME} (text, text[]) AS {writing('$1', '$2')}"
_EXECUTE = f"EXECUTE {_NAME} (%(rows)s, %(tasks)s)"

_prepared: WeakSet[Connection] = WeakSet()


def submit_together(
    connection: Connection, submissions: Sequence[dict[str, Any]]
) -> list[Submitted | None]:
    """Write down what ``values_of`` made of submissions without photos, all or none.

    ``connection`` is in autocommit. None stands for one whose key is taken: ``submit_request``
    looks closer.

    Raises:
        psycopg2.OperationalError, psycopg2.InterfaceError: it may or may not have been written.
        psycopg2.Error: nothing was written.
    """
    # In the order of their keys: two statements at once then wait for each other, never in a ring.
    ordered = sorted(submissions, key=lambda values: values["idempotency_key"] or "")
    values = parameters(ordered)
    with connection.cursor() as cursor:
        if connection not in _prepared:
            _prepare(cursor, connection)
        try:
            cursor.execute(_EXECUTE, values)
        except InvalidSqlStatementName:  # a pooler between lent us another server session
            _prepare(cursor, connection)
            cursor.execute(_EXECUTE, values)
        ids = {reference: new_id for new_id, reference in cursor.fetchall()}
    return [
        as_submitted(ids[one["reference"]], one) if one["reference"] in ids else None
        for one in submissions
    ]


def _prepare(cursor: Any, connection: Connection) -> None:
    """Once for each server session, which a pooler may have lent to another of ours before."""
    cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", (_NAME,))
    if cursor.fetchone() is None:
        cursor.execute(_PREPARE)
    _prepared.add(connection)
