"""Who watches a request: they get its notices beside whoever it is assigned to."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.maintenance_request import MaintenanceRequest
from models.user import User
from models.watcher import Watcher


def watch_request(session: Session, request_id: int, user_id: int) -> None:
    """Harmless if the user watches it already.

    Raises:
        NotFound: no such request.
    """
    if session.get(MaintenanceRequest, request_id) is None:
        raise NotFound
    row = {"request_id": request_id, "user_id": user_id}
    session.execute(insert(Watcher).values(row).on_conflict_do_nothing())


def unwatch_request(session: Session, request_id: int, user_id: int) -> None:
    """Harmless if the user does not watch it."""
    session.execute(
        delete(Watcher).where(Watcher.request_id == request_id, Watcher.user_id == user_id)
    )


def list_watchers(session: Session, request_id: int) -> Sequence[User]:
    """Users who may still log in, in the order in which they began to watch."""
    found = (
        select(User)
        .join(Watcher, Watcher.user_id == User.id)
        .where(Watcher.request_id == request_id, User.active)
        .order_by(Watcher.created_at, User.id)
    )
    return session.scalars(found).all()
