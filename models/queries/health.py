"""The state of Haja's parts (web, worker, dispatcher, ...) and of the outbox, for ``/readyz``."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

# A part whose last heartbeat is older than this (seconds) counts as down.
FRESH = 30.0
TOLERANCE = 1.0  # of a clock that is adjusted all the time


@dataclass(frozen=True, slots=True)
class LastHeartbeat:
    """``age`` is in seconds; below zero if the database's clock was put back since."""

    part: str
    name: str
    age: float
    detail: dict[str, object]

    @property
    def is_from_the_future(self) -> bool:
        return self.age < -TOLERANCE

    @property
    def is_fresh(self) -> bool:
        return -TOLERANCE <= self.age < FRESH


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Steps by state; ``oldest_seconds`` is the age of the oldest unfinished run."""

    unfinished: int
    dead: int
    unknown: int
    oldest_seconds: float | None


def list_heartbeats(session: Session) -> list[LastHeartbeat]:
    """The last heartbeat of each process; those older than a day are left out."""
    rows = session.execute(
        text("""
            SELECT part, name, extract(epoch FROM clock_timestamp() - at)::float AS age, detail
            FROM heartbeats WHERE at > now() - interval '1 day' ORDER BY part, name
        """)
    )
    return [LastHeartbeat(row.part, row.name, row.age, row.detail) for row in rows]


def find_trouble(session: Session, part: str) -> str:
    """Why ``part`` (mail, storage) does not work, by its last check; empty if it does, or if there
    was no check lately."""
    beats = [beat for beat in list_heartbeats(session) if beat.part == part and beat.age < FRESH]
    newest = min(beats, key=lambda beat: beat.age, default=None)
    return str(newest.detail.get("error", "")) if newest else ""


def count_steps(session: Session) -> StepCounts:
    """Reads only the partial indexes, so old runs cost nothing."""
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
    return StepCounts(row.unfinished, row.dead, row.unknown, row.oldest_seconds)
