"""Statements that each connection plans once: for what is asked so often that planning would cost
as much as running."""

import hashlib
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from psycopg2.errors import InvalidSqlStatementName
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

# Which statements a connection has.
_prepared: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()


class Prepared:
    """``statement`` with ``$1``, ``$2`` ... of these ``types``.

    The name follows from the words: sessions that a pooler lends to an old and a new version of
    Haja in turn hold both.
    """

    def __init__(self, types: str, statement: str) -> None:
        self.name = f"haja_{hashlib.sha256(statement.encode()).hexdigest()[:16]}"
        self._prepare = f"PREPARE {self.name} ({types}) AS {statement}"
        places = ", ".join(["%s"] * len(types.split(",")))
        self._execute = f"EXECUTE {self.name} ({places})"

    def rows(self, connection: Connection, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What the statement returns; raises psycopg2.Error."""
        with connection.cursor() as cursor:
            if self.name not in _prepared.setdefault(connection, set()):
                self._plan(cursor, connection)
            try:
                cursor.execute(self._execute, values)
            except InvalidSqlStatementName:  # a pooler between lent us another server session
                self._plan(cursor, connection)
                cursor.execute(self._execute, values)
            return cursor.fetchall()

    def _plan(self, cursor: Any, connection: Connection) -> None:
        """Once for each server session, which a pooler may have lent to another of ours before."""
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", (self.name,))
        if cursor.fetchone() is None:
            cursor.execute(self._prepare)
        _prepared[connection].add(self.name)
