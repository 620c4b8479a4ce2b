"""Writing heartbeats."""

from typing import Any

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.heartbeat import Heartbeat


def record_heartbeat(
    session: Session, part: str, name: str, detail: dict[str, Any] | None = None
) -> None:
    """Record that ``name`` of ``part`` (web, worker, dispatcher, beat, ...) works at this moment."""
    values = {"at": func.clock_timestamp(), "detail": detail or {}}
    session.execute(
        insert(Heartbeat)
        .values(part=part, name=name, **values)
        .on_conflict_do_update(index_elements=["part", "name"], set_=values)
    )


def delete_future_heartbeats(session: Session) -> None:
    """Those that were written while the database's clock was ahead. Who still works writes a new one
    soon; the others would seem to be working until that time."""
    session.execute(
        text("DELETE FROM heartbeats WHERE at > clock_timestamp() + interval '1 minute'")
    )
