"""How the parts of Haja are, as their own rows tell."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

# Older than this (seconds) and a part counts as away.
FRESH = 30.0


@dataclass(frozen=True, slots=True)
class Beat:
    part: str
    name: str
    age: float
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class Work:
    """The ledger at a glance; ``oldest_seconds`` is the age of the oldest unfinished run."""

    unfinished: int
    dead: int
    unknown: int
    oldest_seconds: float | None


def list_beats(session: Session) -> list[Beat]:
    """The newest sign of life of each part; those silent for a day are forgotten."""
    rows = session.execute(
        text("""
            SELECT part, name, extract(epoch FROM clock_timestamp() - at)::float AS age, detail
            FROM heartbeats WHERE at > now() - interval '1 day' ORDER BY part, name
        """)
    )
    return [Beat(row.part, row.name, row.age, row.detail) for row in rows]


def read_work(session: Session) -> Work:
    """Counts over the partial indexes only: cheap however long the history is."""
    row = session.execute(
        text("""
            SELECT
                (SELECT count(*) FROM steps WHERE state IN ('ready', 'running', 'retry'))
                    AS unfinished,
                (SELECT count(*) FROM steps WHERE state IN ('dead', 'unknown') AND state = 'dead')
                    AS dead,
                (SELECT count(*) FROM steps
                 WHERE state IN ('dead', 'unknown') AND state = 'unknown') AS unknown,
                (SELECT extract(epoch FROM clock_timestamp() - min(r.created_at))::float
                 FROM steps s JOIN runs r ON r.id = s.run_id
                 WHERE s.state IN ('ready', 'running', 'retry')) AS oldest_seconds
        """)
    ).one()
    return Work(row.unfinished, row.dead, row.unknown, row.oldest_seconds)
