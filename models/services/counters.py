"""Counters that all processes share, for the metrics."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.cached_answer import Counter


def count(session: Session, name: str, n: int = 1) -> None:
    """Add ``n`` to ``name``. Each name is one row, which callers lock in turn: not for events of
    every web call."""
    session.execute(
        insert(Counter)
        .values(name=name, n=n)
        .on_conflict_do_update(index_elements=["name"], set_={"n": Counter.n + n})
    )


def read_counters(session: Session) -> dict[str, int]:
    """All counters by name."""
    return {row.name: row.n for row in session.execute(select(Counter.name, Counter.n))}
