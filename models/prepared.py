"""Statements that each connection plans once: for what is run so often that planning would cost as
much as running."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Self

from psycopg2.errors import InvalidSqlStatementName
from sqlalchemy import Connection, CursorResult, Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import NullType

from models.base import Database

_NUMBERED = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Prepared:
    """``statement`` with ``$1``, ``$2`` ... of these ``types``, run through SQLAlchemy, so that its
    events (slow statements, traces) see it.

    ``name`` is what logs call it. In the database it ends with a hash of the text: a session that a
    pooler lends to an old and a new version of Haja in turn holds both.
    """

    def __init__(self, name: str, types: str, statement: str) -> None:
        self._name = f"{name}_{hashlib.sha256(statement.encode()).hexdigest()[:8]}"
        given, parameters = f" ({types})" if types else "", ""
        if types:
            parameters = f" ({', '.join(['%s'] * len(types.split(',')))})"
        self._prepare = f"PREPARE {self._name}{given} AS {statement}".replace("%", "%%")
        self._execute = f"EXECUTE {self._name}{parameters}"
        self._order: Sequence[str] = ()

    @classmethod
    def select(cls, name: str, statement: Select[Any]) -> Self:
        """The same for a query of SQLAlchemy's: ``find`` runs it. Its bind parameters have types, or
        the database finds them out."""
        compiled = statement.compile(dialect=_NUMBERED)
        order = compiled.positiontup or ()
        types = (compiled.binds[one].type for one in order)
        made = cls(name, ", ".join(map(_type_name, types)), str(compiled))
        made._order = tuple(order)
        return made

    def find(self, database: Database, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run a ``select`` with the values of its bind parameters; raises SQLAlchemyError."""
        connection = database if isinstance(database, Connection) else database.connection()
        return self.execute(connection, [values[name] for name in self._order])

    def execute(self, connection: Connection, values: Sequence[Any] = ()) -> CursorResult[Any]:
        """Run it; raises SQLAlchemyError."""
        if self._name not in connection.info:
            self._plan(connection)
        try:
            return connection.exec_driver_sql(self._execute, tuple(values))
        except ProgrammingError as error:
            # A pooler in between has lent us another server session.
            if not isinstance(error.orig, InvalidSqlStatementName) or connection.in_transaction():
                raise
            self._plan(connection)
            return connection.exec_driver_sql(self._execute, tuple(values))

    def _plan(self, connection: Connection) -> None:
        """Once for each server session, which a pooler may have lent to another of ours before."""
        known = "SELECT 1 FROM pg_prepared_statements WHERE name = %s"
        if connection.exec_driver_sql(known, (self._name,)).first() is None:
            connection.exec_driver_sql(self._prepare)
        connection.info[self._name] = True


def _type_name(kind: Any) -> str:
    return "unknown" if isinstance(kind, NullType) else str(kind.compile(dialect=_NUMBERED))
