"""What operators and the requester write to each other. It stands on the timeline, which is the one
thread that both sides see; notes are not part of it (see ``models.visibility``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import now
from models.danger.rules import find_danger
from models.errors import KeyReused, RequestClosed, TooLateToReopen, TooManyAnswers
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.queries.requests import lock_request
from models.services.photos import NewPhoto, add_later_photos
from models.services.push_runs import queue_alerts
from models.services.reopening import reopens_until
from models.timeline_entry import ANSWER, PHOTO, QUESTION, REOPENED, WORDS, TimelineEntry
from models.words import OPEN, Priority, Status

# Of one request: whoever has the link can write, and each answer is a mail to the operators.
MAX_ANSWERS = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """``made`` is false where the same call was here before; ``photos`` is how many were added."""

    made: bool
    photos: int = 0


def is_open(request: MaintenanceRequest) -> bool:
    """Whether its requester can still write."""
    return request.status in OPEN


def open_question(request: MaintenanceRequest) -> str:
    """The words of the question that waits for the requester's answer; empty if none does."""
    if not request.asked_from:
        return ""
    asked = [entry for entry in request.timeline if entry.event == QUESTION]
    return str(asked[-1].data.get(WORDS, "")) if asked else ""


def was_written(session: Session, request_id: int, key: str | None, words: str) -> bool:
    """Whether the entry of this key is there already. The caller holds the request's row lock, so
    of several equal calls at once one writes.

    Raises:
        KeyReused: the key came with other words before.
    """
    if key is None:
        return False
    written = select(TimelineEntry.data).where(
        TimelineEntry.request_id == request_id, TimelineEntry.key == key
    )
    earlier = session.scalar(written)
    if earlier is None:
        return False
    if words not in earlier.values():
        raise KeyReused(field="Idempotency-Key")
    return True


def status_for_question(request: MaintenanceRequest) -> str:
    """The status that an answer brings back, if the question is asked now.

    Raises:
        RequestClosed
    """
    if not is_open(request):
        raise RequestClosed(field="question")
    waits = request.status == Status.ON_HOLD
    return request.asked_from or (Status.IN_PROGRESS if waits else request.status)


def record_answer(
    session: Session,
    request_id: int,
    words: str,
    *,
    reopen: bool = False,
    photos: Sequence[NewPhoto] = (),
    actor: str = "",
    key: str | None = None,
    call_id: str = "",
) -> Answered:
    """Write what the requester answered, with its photos, as far as the request may have more. An
    open question is answered by it; danger that it tells of makes the request urgent. The operators
    are told. To ``reopen`` says that the work is not done: a request that was called done is in
    progress again, a cancelled one pending, one that is open stays as it is. ``actor`` is the operator who writes down what was said by telephone.

    Raises:
        NotFound: the request is gone.
        RequestClosed: it is completed or cancelled.
        TooLateToReopen: see ``reopening``.
        TooManyAnswers
        KeyReused: the key came with other words before.
    """
    request = lock_request(session, request_id)
    if was_written(session, request.id, key, words):
        return Answered(made=False)
    reopens = reopen and not is_open(request)
    if reopens:
        _reopen(session, request)
    _check_open(session, request)
    data = {WORDS: words, **({REOPENED: True} if reopens else {})}
    entry = TimelineEntry(request_id=request.id, event=ANSWER, actor=actor, data=data, key=key)
    session.add(entry)
    session.flush()
    _mark_danger(session, request, words, call_id)
    if request.asked_from:
        _change(session, request, "status", request.asked_from)
        request.asked_from = ""
    request.answered = True
    request.updated_at = now()
    added = len(add_later_photos(session, request, photos, actor="", call_id=call_id))
    session.flush()
    record_event(session, "answer_received", subject_id=request.id, request_id=call_id)
    record_event(session, "answer_notice_due", subject_id=entry.id, request_id=call_id)
    return Answered(made=True, photos=added)


def add_requesters_photos(
    session: Session, request_id: int, photos: Sequence[NewPhoto], *, call_id: str
) -> list[Photo]:
    """Those of ``photos`` that were added, without words; see ``add_later_photos``. They count as an
    answer that somebody has to look at, and the operators are told; a question stays open, for it asks
    for words.

    Raises:
        NotFound: the request is gone.
        RequestClosed: it is completed or cancelled; with an answer that reopens it they are taken.
    """
    request = lock_request(session, request_id)
    if not is_open(request):
        raise RequestClosed(field="file")
    added = add_later_photos(session, request, photos, actor="", call_id=call_id)
    if added:
        request.answered = True
        request.updated_at = now()
        session.flush()
        record_event(session, "answer_received", subject_id=request.id, request_id=call_id)
        entry = select(func.max(TimelineEntry.id)).where(
            TimelineEntry.request_id == request.id, TimelineEntry.event == PHOTO
        )
        newest = session.scalars(entry).one()
        record_event(session, "answer_notice_due", subject_id=newest, request_id=call_id)
    return added


def _reopen(session: Session, request: MaintenanceRequest) -> None:
    if reopens_until(request) is None:
        raise TooLateToReopen(field="reopen")
    # Nobody has taken up yet what was cancelled.
    cancelled = request.status == Status.CANCELLED
    _change(session, request, "status", Status.PENDING if cancelled else Status.IN_PROGRESS)
    request.completed_at = None


def _check_open(session: Session, request: MaintenanceRequest) -> None:
    if not is_open(request):
        raise RequestClosed(field="answer")
    written = select(func.count()).where(
        TimelineEntry.request_id == request.id, TimelineEntry.event == ANSWER
    )
    if (session.scalar(written) or 0) >= MAX_ANSWERS:
        raise TooManyAnswers(field="answer")


def _mark_danger(session: Session, request: MaintenanceRequest, words: str, call_id: str) -> None:
    """As at submission, danger makes a request urgent, also one that was judged without it."""
    danger = find_danger(words)
    if danger is None:
        return
    request.danger = danger
    if request.priority not in (Priority.PENDING, Priority.URGENT):  # else triage makes it so
        _change(session, request, "priority", Priority.URGENT)
    queue_alerts(session, [request.id], call_ids=[call_id])


def _change(session: Session, request: MaintenanceRequest, name: str, value: str) -> None:
    data = {"was": getattr(request, name), "became": str(value)}
    setattr(request, name, str(value))
    session.add(TimelineEntry(request_id=request.id, event=f"{name}_changed", data=data))
