"""Tables without their indexes and checks for as long as many rows come in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

# Primary keys stay: what refers to them hangs on them, and numbers in order cost them little.
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
def bare_tables(session: Session, tables: Sequence[str]) -> Iterator[None]:
    """Indexes, unique and foreign keys of ``tables`` are made anew after the block, in the same
    transaction: sorting once costs a fraction of a million single searches for the place.

    Everybody else waits at these tables until the caller commits. What breaks a key is found at
    the end only.
    """
    given = {"tables": list(tables)}
    taken = [*session.execute(_CONSTRAINTS, given), *session.execute(_INDEXES, given)]
    for row in taken:
        session.execute(text(_literal(row.drop)))
    yield
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for row in taken:
        session.execute(text(_literal(row.make)))


def _literal(statement: str) -> str:
    """A colon in a definition is no parameter."""
    return statement.replace(":", r"\:")
