"""Writing heartbeats."""

from typing import Any

from sqlalchemy import func
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
