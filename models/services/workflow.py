"""What operators change in a request: status, category, priority, assignee; and what they write,
as a note to each other or to the requester."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.assignee_key import NAME, USER, key_of
from models.base import now
from models.correction import Correction
from models.errors import ForbiddenTransition, LostEdit
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import lock_request
from models.services.assignees import Assignee, read_assignee, set_assignee
from models.services.assignment_rules import assign_by_rules
from models.services.contact_corrections import correct_contact
from models.services.conversation import status_for_question, was_written
from models.services.push_runs import queue_alerts, queue_assignment, queue_update
from models.services.reversal import MAIL_DELAY, Replaced, record_reversible, state_of
from models.timeline_entry import ASSIGNED, QUESTION, REPLY, WORDS, TimelineEntry
from models.user import Person, User
from models.words import TRANSITIONS, Priority, Status


@dataclass(frozen=True, slots=True)
class Changes:
    """None leaves a field as it is; ``assignee`` is read by ``read_assignee``. A ``note`` only operators read; a ``reply`` the requester reads,
    by mail too. A reply that is a ``question`` puts the request on hold until it is answered.
    ``contact_info`` and ``requester_name`` correct who asked."""

    status: str | None = None
    category: str | None = None
    priority: str | None = None
    assignee: str | None = None
    note: str | None = None
    reply: str | None = None
    question: bool = False
    contact_info: str | None = None
    requester_name: str | None = None


def update_request(
    session: Session,
    request_id: int,
    changes: Changes,
    *,
    user: User | Person,
    expected_version: int | None = None,
    key: str | None = None,
    call_id: str = "",
    undo: str = "",
) -> MaintenanceRequest:
    """Apply an operator's changes. Values that are the same already change nothing and send no mail.
    Where the category is decided by it and no person has said whose it is, the rules do.

    ``expected_version`` is the version that the operator has read, if the call says so (If-Match).
    ``key`` says which calls with the same reply or note are one call: the later ones change nothing.
    ``undo`` is a token that takes the change back for a while, see ``models.services.reversal``;
    with a reply, which is mailed at once, there is nothing to take back.

    Raises:
        NotFound: no such request.
        LostEdit: somebody changed it since.
        ForbiddenTransition: this status cannot follow the present one.
        RequestClosed: a question about a request that has ended.
        UnknownAssignee: the assignee is a key that nobody has.
        KeyReused: the key came with other words before.
    """
    request = lock_request(session, request_id)
    words = changes.reply or changes.note
    if words and was_written(session, request.id, key, words):
        return request
    _check_version(request, expected_version)
    asked_from = status_for_question(request) if changes.question else ""
    changes = replace(changes, status=Status.ON_HOLD) if changes.question else changes
    assignee = _new_assignee(session, request, changes, user)
    changed = _changed_fields(request, changes)
    previous = state_of(request)
    for name in changed:
        _change(session, request, name, getattr(changes, name), user)
    changed += _assign(session, request, assignee, user)
    confirmed = request.unsure and bool(changes.category or changes.priority)
    if confirmed:  # an operator has checked it; naming the present value confirms it
        _confirm(session, request, changes, changed, user)
    request.asked_from = asked_from or request.asked_from
    _write(session, request, changes, user, key)
    corrected = correct_contact(
        session,
        request,
        contact_info=changes.contact_info,
        requester_name=changes.requester_name,
        actor=user.name or user.username,
    )
    corrections = _corrections(session)
    if changed or words or confirmed or corrected:
        request.answered = False
        request.updated_at = now()
        session.flush()
    reversible = bool(undo) and not changes.reply and bool(changed or confirmed)
    delay = MAIL_DELAY if reversible else 0
    if "category" in changed or confirmed:
        changed += _follow_rules(session, request, call_id, delay)
    news = [*changed, "reply"] if changes.reply else changed
    mail = _tell(session, request, news, call_id, delay) if news else 0
    if corrected and not news:  # which is no news to the requester
        record_event(session, "request_updated", subject_id=request.id, request_id=call_id)
    _tell_assignee(session, request, assignee, user=user, call_id=call_id, delay=delay)
    if reversible:
        replaced = Replaced(previous, [row.id for row in corrections], mail)
        record_reversible(session, request, replaced, token=undo, user=user)
    return request


def _new_assignee(
    session: Session, request: MaintenanceRequest, changes: Changes, user: User | Person
) -> Assignee | None:
    """None where it stays; also where a form sends the present name back, whoever is called so now."""
    if changes.assignee is None or changes.assignee == request.assignee:
        return None
    found = read_assignee(session, changes.assignee, user)
    return None if key_of(found) == key_of(request) else found


def _check_version(request: MaintenanceRequest, expected: int | None) -> None:
    if expected is not None and request.version != expected:
        raise LostEdit


def _tell(
    session: Session, request: MaintenanceRequest, news: list[str], call_id: str, delay: float
) -> int:
    """Have statistics, open pages and, after ``delay`` seconds, the requester know; operators are
    alarmed of what is urgent now. ``news`` are the fields that changed, and ``reply``. Returns the
    run of the requester's mail."""
    record_event(session, "request_updated", subject_id=request.id, request_id=call_id)
    if "priority" in news and request.priority == Priority.URGENT:
        queue_alerts(session, [request.id], call_ids=[call_id])
    if "status" in news or "reply" in news:
        queue_update(session, request.id, call_id=call_id, delay=delay)
    return record_event(
        session, "update_due", subject_id=request.id, request_id=call_id, delay=delay
    )


def _tell_assignee(
    session: Session,
    request: MaintenanceRequest,
    assignee: Assignee | None,
    *,
    user: User | Person,
    call_id: str,
    delay: float,
) -> None:
    """Have a new assignee know by mail, after ``delay`` seconds: not before it is too late to undo
    it. Who assigns himself knows."""
    key = key_of(assignee) if assignee else NAME
    if key.startswith(NAME) or key == f"{USER}{user.id}":
        return
    entry = session.scalars(
        select(TimelineEntry.id)
        .where(TimelineEntry.request_id == request.id, TimelineEntry.event == "assignee_changed")
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    ).one()
    record_event(session, "assignment_due", subject_id=entry, request_id=call_id, delay=delay)
    queue_assignment(session, entry, request, call_id=call_id, delay=delay)


def _follow_rules(
    session: Session, request: MaintenanceRequest, call_id: str, delay: float
) -> list[str]:
    """The fields that the rules have changed."""
    calls = {request.id: call_id}
    if not assign_by_rules(session, [request.id], call_ids=calls, delay=delay):
        return []
    session.refresh(request)
    return ["assignee"]


def _corrections(session: Session) -> list[Correction]:
    """Those that this change makes."""
    return [row for row in session.new if isinstance(row, Correction)]


def _changed_fields(request: MaintenanceRequest, changes: Changes) -> list[str]:
    return [
        name
        for name in ("status", "category", "priority")
        if (value := getattr(changes, name)) is not None and value != getattr(request, name)
    ]


def _write(
    session: Session,
    request: MaintenanceRequest,
    changes: Changes,
    user: User | Person,
    key: str | None,
) -> None:
    """What was written, in words that are never read by others than they are meant for."""
    if changes.note:
        note = _entry(request, "note_added", user, note=changes.note)
        note.key = None if changes.reply else key
        session.add(note)
    if changes.reply:
        event = QUESTION if changes.question else REPLY
        reply = _entry(request, event, user, **{WORDS: changes.reply})
        reply.key = key
        session.add(reply)


def _change(
    session: Session, request: MaintenanceRequest, name: str, value: str, user: User | Person
) -> None:
    was = getattr(request, name)
    if name == "status":
        _check_transition(was, value)
        request.completed_at = now() if value == Status.COMPLETED else None
        request.asked_from = ""  # an operator goes on without the answer
    if name in ("category", "priority"):
        session.add(
            Correction(request_id=request.id, field=name, was=was, became=value, user_id=user.id)
        )
    setattr(request, name, value)
    session.add(_entry(request, f"{name}_changed", user, was=was, became=value))


def _assign(
    session: Session, request: MaintenanceRequest, assignee: Assignee | None, user: User | Person
) -> list[str]:
    if assignee is None:
        return []
    was, key = request.assignee, key_of(assignee)
    set_assignee(request, assignee)
    entry = _entry(request, "assignee_changed", user, was=was, became=assignee.name)
    if not key.startswith(NAME):
        entry.data = {**entry.data, ASSIGNED: key}
    session.add(entry)
    return ["assignee"]


def _confirm(
    session: Session,
    request: MaintenanceRequest,
    changes: Changes,
    changed: list[str],
    user: User | Person,
) -> None:
    """Store a correction with equal values for each named field that did not change."""
    request.unsure = False
    for name in ("category", "priority"):
        value = getattr(changes, name)
        if value is not None and name not in changed:
            session.add(
                Correction(
                    request_id=request.id, field=name, was=value, became=value, user_id=user.id
                )
            )


def _check_transition(was: str, value: str) -> None:
    if Status(value) not in TRANSITIONS[Status(was)]:
        raise ForbiddenTransition(f"{was} → {value}", field="status")


def _entry(
    request: MaintenanceRequest, event: str, user: User | Person, **data: str
) -> TimelineEntry:
    return TimelineEntry(
        request_id=request.id, event=event, actor=user.name or user.username, data=data
    )
