"""Tables without indexes and keys while many rows are inserted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

# Primary keys stay: foreign keys depend on them, and inserts in the order of ids cost them little.
_CONSTRAINTS = text("""
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid)) AS make
    FROM pg_constraint
    WHERE conrelid = ANY (CAST(:tables AS regclass[])) AND contype IN ('f', 'u')
    ORDER BY contype = 'f', conname
""")
_INDEXES = text("""
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop,
           pg_get_indexdef(indexrelid) AS make
    FROM pg_index i
    WHERE indrelid = ANY (CAST(:tables AS regclass[])) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY indexrelid
""")


@contextmanager
def without_indexes(session: Session, tables: Sequence[str]) -> Iterator[None]:
    """Drop the indexes, unique keys and foreign keys of ``tables`` and create them again after the
    block, in the same transaction. Building an index once costs a fraction of a million inserts
    into it.

    Other sessions wait for these tables until the caller commits. Rows that violate a key are only
    found at the end.

    Raises:
        IntegrityError: rows violate a key.
    """
    parameters = {"tables": list(tables)}
    dropped = [*session.execute(_CONSTRAINTS, parameters), *session.execute(_INDEXES, parameters)]
    for row in dropped:
        session.execute(text(_literal(row.drop)))
    yield
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for row in dropped:
        session.execute(text(_literal(row.make)))


def _literal(statement: str) -> str:
    """SQLAlchemy would take a colon in a definition for a bind parameter."""
    return statement.replace(":", r"\:")
