"""The front desk's short way: one prepared statement on a connection that commits by itself.

For what most submissions are: words without photos, written once. Planning the statement costs
about as much as running it, and an ORM session as much again.
"""

from typing import Any
from weakref import WeakSet

from psycopg2.errors import InvalidSqlStatementName
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from models.services.intake import PARAMETERS, Submitted, as_submitted, writing

_NAME = "haja_submit_request"
_WRITE = writing({name: f"${number}" for number, name in enumerate(PARAMETERS, 1)})
_PREPARE = f"PREPARE {_NAME} ({', '.join(PARAMETERS.values())}) AS {_WRITE}"
_EXECUTE = f"EXECUTE {_NAME} ({', '.join(f'%({name})s' for name in PARAMETERS)})"

_prepared: WeakSet[Connection] = WeakSet()


def submit_at_once(connection: Connection, values: dict[str, Any]) -> Submitted | None:
    """Write down what ``values_of`` made of a submission without photos.

    ``connection`` is in autocommit. None if the key is taken: ``submit_request`` looks closer.

    Raises:
        psycopg2.Error: nothing can be said about whether it was written.
    """
    with connection.cursor() as cursor:
        if connection not in _prepared:
            _prepare(cursor, connection)
        try:
            cursor.execute(_EXECUTE, values)
        except InvalidSqlStatementName:  # a pooler between lent us another server session
            _prepare(cursor, connection)
            cursor.execute(_EXECUTE, values)
        row = cursor.fetchone()
    return as_submitted(row[0], values) if row else None


def _prepare(cursor: Any, connection: Connection) -> None:
    """Once for each server session, which a pooler may have lent to another of ours before."""
    cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", (_NAME,))
    if cursor.fetchone() is None:
        cursor.execute(_PREPARE)
    _prepared.add(connection)
