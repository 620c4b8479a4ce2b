"""Taking back a change for a short time after it was made."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.orm import Session

from models.base import now
from models.correction import Correction
from models.errors import LostEdit, UndoExpired
from models.ledger.events import record_event, withdraw_message
from models.mail import Mail
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import lock_request
from models.reversible_change import ReversibleChange
from models.services.assignees import Assignee, present_name, set_assignee
from models.timeline_entry import TimelineEntry
from models.user import Person, User

# A change can be undone so long (seconds).
UNDO_SECONDS = 30
# The requester's mail of such a change waits at least as long: of a delay (seconds), half is sure.
MAIL_DELAY = 2 * UNDO_SECONDS

# In the entries of a timeline that take a change back, in ``TimelineEntry.data``.
UNDONE = "undone"

_SHOWN = ("status", "category", "priority", "assignee")
_HIDDEN = (
    "completed_at",
    "unsure",
    "answered",
    "asked_from",
    "assignee_user_id",
    "assignee_team_id",
)


class Replaced(NamedTuple):
    """The state before a change, the corrections it made, and the run of its mail (0 without one)."""

    previous: dict[str, Any]
    corrections: list[int]
    run_id: int


def state_of(request: MaintenanceRequest) -> dict[str, Any]:
    """What a change may replace, as JSON."""
    state = {name: getattr(request, name) for name in (*_SHOWN, *_HIDDEN)}
    completed: datetime | None = state["completed_at"]
    return state | {"completed_at": completed.isoformat() if completed else None}


def record_reversible(
    session: Session,
    request: MaintenanceRequest,
    replaced: Replaced,
    *,
    token: str,
    user: User | Person,
) -> None:
    """Keep what this change has replaced. A second change with the same token adds to the first."""
    previous, corrections, run_id = replaced
    earlier = session.get(ReversibleChange, (token, request.id))
    if earlier is not None:
        previous, corrections = earlier.previous, [*earlier.corrections, *corrections]
        if run_id:
            withdraw_message(session, earlier.run_id)  # the second has the news of both
        run_id = run_id or earlier.run_id
        session.delete(earlier)
        session.flush()
    session.add(
        ReversibleChange(
            token=token,
            request_id=request.id,
            user_id=user.id,
            version=request.version,
            previous=previous,
            corrections=corrections,
            run_id=run_id,
        )
    )


def is_reversible(session: Session, token: str, request_id: int) -> bool:
    """Whether a change with this token has left something to take back."""
    return session.get(ReversibleChange, (token, request_id)) is not None


def list_undoable(session: Session, token: str, *, user: User | Person) -> list[int]:
    """The requests whose change can be undone, by their ids: those first whose time is over first.

    Raises:
        UndoExpired: there is none.
    """
    found = select(ReversibleChange.request_id).where(
        ReversibleChange.token == token, _is_undoable_by(user)
    )
    ids = list(
        session.scalars(found.order_by(ReversibleChange.created_at, ReversibleChange.request_id))
    )
    if not ids:
        raise UndoExpired
    return ids


def count_expired(session: Session, token: str, *, user: User | Person) -> int:
    """How many changes of this token were not undone while they could be."""
    mine = (ReversibleChange.token == token) & (ReversibleChange.user_id == user.id)
    found = select(func.count()).where(mine, ~_is_undoable_by(user))
    return session.scalar(found) or 0


def forget_change(session: Session, token: str, request_id: int) -> None:
    """It will never be undone: somebody has changed the request since. Harmless if it is gone."""
    session.execute(
        delete(ReversibleChange).where(
            ReversibleChange.token == token, ReversibleChange.request_id == request_id
        )
    )


def undo_change(
    session: Session, token: str, request_id: int, *, user: User | Person, call_id: str = ""
) -> MaintenanceRequest:
    """Write the previous values back, as a change of its own. The requester is mailed only if a mail
    has told of the change.

    Raises:
        NotFound: the request is gone.
        UndoExpired
        LostEdit: somebody has changed the request since.
    """
    request = lock_request(session, request_id)
    change = session.scalar(
        select(ReversibleChange).where(
            ReversibleChange.token == token,
            ReversibleChange.request_id == request_id,
            _is_undoable_by(user),
        )
    )
    if change is None:
        raise UndoExpired
    if change.version != request.version:
        raise LostEdit
    _write_back(session, request, change.previous, user)
    session.execute(delete(Correction).where(Correction.id.in_(change.corrections)))
    session.delete(change)
    session.flush()
    record_event(session, "request_updated", subject_id=request.id, request_id=call_id)
    if change.run_id and (
        not withdraw_message(session, change.run_id) or _was_told(session, change)
    ):
        record_event(session, "update_due", subject_id=request.id, request_id=call_id)
    return request


def _is_undoable_by(user: User | Person) -> Any:
    since = func.now() - timedelta(seconds=UNDO_SECONDS)
    return (ReversibleChange.user_id == user.id) & (ReversibleChange.created_at > since)


def _write_back(
    session: Session,
    request: MaintenanceRequest,
    previous: dict[str, Any],
    user: User | Person,
) -> None:
    for name in _SHOWN:
        was, became = getattr(request, name), previous[name]
        if was == became:
            continue
        setattr(request, name, became)
        data = {"was": was, "became": became, UNDONE: True}
        session.add(
            TimelineEntry(
                request_id=request.id,
                event=f"{name}_changed",
                actor=user.name or user.username,
                data=data,
            )
        )
    completed = previous["completed_at"]
    request.completed_at = datetime.fromisoformat(completed) if completed else None
    for name in ("unsure", "answered", "asked_from"):
        setattr(request, name, previous[name])
    _write_assignee_back(session, request, previous)
    request.updated_at = now()


def _write_assignee_back(
    session: Session, request: MaintenanceRequest, previous: dict[str, Any]
) -> None:
    """By its present name."""
    ids = (previous.get("assignee_user_id"), previous.get("assignee_team_id"))
    before = Assignee(previous["assignee"], *ids)
    set_assignee(request, replace(before, name=present_name(session, before)))


def _was_told(session: Session, change: ReversibleChange) -> bool:
    """Whether the requester has had a mail about the request as it was changed."""
    told = exists().where(
        Mail.request_id == change.request_id,
        Mail.kind == "update",
        Mail.created_at > change.created_at,
    )
    return bool(session.scalar(select(told)))


def delete_old_changes(session: Session) -> None:
    """Those that cannot be undone any more."""
    session.execute(
        text("DELETE FROM reversible_changes WHERE created_at < now() - interval '1 hour'")
    )
