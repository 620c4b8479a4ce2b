"""Mails in groups: what is noted before a dot, what is given back, and how large a group may be."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.exceptions import Ignore
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.settings import Settings
from models import wiring
from models.ledger import leases
from models.ledger.events import record_event
from models.ledger.run import StepState
from models.ledger.steps import claim_steps
from models.mail import Mail, MailState
from models.ports import AmbiguousError, OutgoingMail, PermanentError, TransientError
from models.services import mails
from tasks.policies import MAIL
from tasks.steps import mail_delivery
from tasks.steps.mail_batch import BATCH_SECONDS, BatchSize
from tasks.steps.mail_delivery import deliver_mails
from tests.factories import MailFactory, RequestFactory, using

Opener = Callable[[], Session]
Send = Callable[[OutgoingMail, Callable[[], None]], None]
TASK = "mail.send_queued"


class Sender:
    """Does with each message what the test says; ``sent`` are the ids of those that went out."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.special: dict[str, Send] = {}

    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:
        if special := self.special.get(mail.message_id):
            special(mail, before_handover)
        before_handover()
        self.sent.append(mail.message_id)

    def check(self) -> None:
        """It is always there."""


@pytest.fixture
def book(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Sender:
    sender = Sender()
    monkeypatch.setattr(wiring, "mail_sender", lambda: sender)
    pace = BatchSize(MAIL.batch)
    pace.size = 10
    monkeypatch.setattr(mail_delivery, "_batch_size", pace)
    return sender


def _queue(book: Session, count: int) -> tuple[list[int], list[str]]:
    """Runs that each send one message, and the messages' ids."""
    with using(book):
        rows: list[Mail] = MailFactory.create_batch(count)
    runs = [record_event(book, "mail_queued", subject_id=row.id) for row in rows]
    book.commit()
    return runs, [row.message_id for row in rows]


def _carry(runs: list[int]) -> None:
    deliver_mails(TASK, runs, 0, write=mails.take_queued)


def _steps(book: Session, column: str) -> list[object]:
    book.rollback()
    return list(book.execute(text(f"SELECT {column} FROM steps ORDER BY run_id")).scalars())


def test_a_group_is_noted_once_before_its_first_dot(book: Session, sender: Sender) -> None:
    runs, ids = _queue(book, 3)
    seen: list[list[object]] = []
    sender.special[ids[0]] = lambda _mail, _ask: seen.append(_steps(book, "phase"))
    sender.special[ids[1]] = lambda _mail, _ask: seen.append(_steps(book, "phase"))
    _carry(runs)
    assert seen == [[None] * 3, ["handing_over"] * 3]
    assert sender.sent == ids
    assert _steps(book, "state") == [StepState.DONE] * 3
    assert _steps(book, "phase") == [None] * 3


@pytest.mark.parametrize(
    ("error", "step", "mail"),
    [
        (TransientError("later"), StepState.RETRY, MailState.QUEUED),
        (PermanentError("never"), StepState.DEAD, MailState.REFUSED),
        (AmbiguousError("who knows"), StepState.UNKNOWN, MailState.UNKNOWN),
    ],
)
def test_what_happens_to_one_happens_to_no_other(
    book: Session, sender: Sender, error: Exception, step: StepState, mail: MailState
) -> None:
    runs, ids = _queue(book, 3)

    def fail(_mail: OutgoingMail, before_handover: Callable[[], None]) -> None:
        before_handover()
        raise error

    sender.special[ids[1]] = fail
    _carry(runs)
    assert _steps(book, "state") == [StepState.DONE, step, StepState.DONE]
    states = book.execute(text("SELECT state FROM mails ORDER BY id")).scalars().all()
    assert states == [MailState.SENT, mail, MailState.SENT]


def test_what_goes_wrong_before_a_messages_own_note_leaves_no_doubt(
    book: Session, sender: Sender
) -> None:
    """Though the group's note stands for it: nobody began with it."""
    runs, ids = _queue(book, 3)

    def stumble(_mail: OutgoingMail, _before_handover: Callable[[], None]) -> None:
        raise UnicodeError

    sender.special[ids[1]] = stumble
    _carry(runs)
    assert _steps(book, "state") == [StepState.DONE, StepState.RETRY, StepState.DONE]
    assert _steps(book, "phase") == [None] * 3


def test_a_note_whose_fate_is_unknown_leaves_no_doubt(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written, and the answer was lost: the dot did not go out all the same."""
    runs, _ = _queue(book, 2)
    enter, times = leases.enter_phase, iter([True])

    def lose_the_answer(session: Session, *arguments: Any, **options: Any) -> Any:
        ours = enter(session, *arguments, **options)
        if next(times, False):
            session.commit()
            raise OperationalError("", None, Exception("the line is dead"))
        return ours

    monkeypatch.setattr(leases, "enter_phase", lose_the_answer)
    _carry(runs)
    assert _steps(book, "state") == [StepState.RETRY, StepState.DONE]
    assert len(sender.sent) == 1


def test_what_is_given_back_twice_counts_once(book: Session) -> None:
    """The first time its answer was lost."""
    runs, _ = _queue(book, 1)
    claims = claim_steps(book, task=TASK, run_ids=runs, position=0, policy=MAIL)
    for _ in range(2):
        leases.release_steps(book, claims, lease=15)
    assert book.scalar(text("SELECT claims FROM steps")) == 0


def test_a_slow_message_takes_the_note_off_the_others(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is written down at once, and nobody else of the group is in doubt."""
    runs, ids = _queue(book, 3)
    monkeypatch.setattr(mail_delivery, "BATCH_SECONDS", 0.0)
    seen: list[list[object]] = []

    def look(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        seen.append([_steps(book, "state")[0], *_steps(book, "phase")])

    sender.special[ids[1]] = look
    _carry(runs)
    assert seen == [[StepState.DONE, None, None, None]]
    assert sender.sent == ids
    assert _steps(book, "state") == [StepState.DONE] * 3


def test_what_is_in_hand_too_long_is_given_back(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are as if nobody had come: no failure, no doubt, no claim that counts against them."""
    runs, ids = _queue(book, 3)
    monkeypatch.setattr(mail_delivery, "CLAIM_SECONDS", -1.0)
    seen: list[tuple[list[object], list[object]]] = []

    def look(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        seen.append((_steps(book, "state"), _steps(book, "claims")))

    sender.special[ids[1]] = look
    _carry(runs)
    # One is tried each time, so all come to their turn; the third is claimed with the second.
    assert seen == [(["done", "running", "running"], [1, 1, 1])]
    assert sender.sent == ids
    assert _steps(book, "state") == [StepState.DONE] * 3
    assert _steps(book, "failures") == [0] * 3


def test_a_room_that_is_to_end_begins_with_no_other(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slow server the rest would take longer than anybody waits for a process to end."""
    runs, ids = _queue(book, 3)
    monkeypatch.setattr(mail_delivery, "is_shutting_down", lambda: bool(sender.sent))
    _carry(runs)
    assert sender.sent == ids[:1]
    assert _steps(book, "state") == [StepState.DONE, StepState.READY, StepState.READY]
    assert _steps(book, "phase") == [None] * 3
    assert _steps(book, "claims") == [1, 0, 0]


def test_a_notice_that_was_given_back_reaches_each_operator_once(
    book: Session,
    sender: Sender,
    monkeypatch: pytest.MonkeyPatch,
    settings_with: Callable[..., Settings],
) -> None:
    settings_with(OPERATORS_EMAIL="a@example.org, b@example.org")
    with using(book):
        requests = RequestFactory.create_batch(3)
    runs = [record_event(book, "request_submitted", subject_id=row.id) for row in requests]
    book.execute(
        text("""UPDATE steps SET state = CASE task WHEN 'mail.notify_operators' THEN 'ready'
                ELSE 'done' END, done_at = CASE task WHEN 'mail.notify_operators' THEN NULL
                ELSE now() END""")
    )
    [position] = set(
        book.scalars(text("SELECT position FROM steps WHERE task = 'mail.notify_operators'"))
    )
    book.commit()
    monkeypatch.setattr(mail_delivery, "CLAIM_SECONDS", -1.0)
    deliver_mails("mail.notify_operators", runs, position, write=mails.write_notices)
    assert len(sender.sent) == 3
    told = book.execute(text("SELECT request_id, recipient FROM mails ORDER BY 1, 2")).all()
    assert [tuple(row) for row in told] == [
        (row.id, f"{name}@example.org") for row in requests for name in "ab"
    ]


def test_a_group_is_no_larger_than_its_pace(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, ids = _queue(book, 5)
    pace = BatchSize(largest=2)
    pace.size = 2
    monkeypatch.setattr(mail_delivery, "_batch_size", pace)
    monkeypatch.setattr(mail_delivery, "BATCH_SECONDS", 60.0)
    noted: list[int] = []
    for one in ids[1:]:
        sender.special[one] = lambda _mail, _ask: noted.append(
            sum(phase is not None for phase in _steps(book, "phase"))
        )
    _carry(runs)
    # The second of a group finds both noted; the first of the next finds all before it settled.
    assert noted == [2, 0, 2, 0]
    assert _steps(book, "state") == [StepState.DONE] * 5


def test_a_runner_that_stood_still_sends_nothing_more(
    book: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its note is old by then; making it anew shows that others have the work."""
    runs, ids = _queue(book, 2)
    monkeypatch.setattr(mail_delivery, "FRESH", -1.0)

    def stand_still(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        book.rollback()
        book.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
        claim_steps(book, task=TASK, run_ids=[runs[1]], position=0, policy=MAIL)
        book.commit()

    sender.special[ids[1]] = stand_still
    _carry(runs)
    assert sender.sent == [ids[0]]
    assert _steps(book, "state") == [StepState.DONE, StepState.UNKNOWN]


def test_a_message_that_comes_twice_sends_once(book: Session, sender: Sender) -> None:
    runs, ids = _queue(book, 2)
    _carry(runs)
    with pytest.raises(Ignore):
        _carry(runs)
    assert sender.sent == ids


def test_groups_grow_while_all_is_quick_and_shrink_at_once() -> None:
    pace = BatchSize(largest=50)
    for _ in range(10):
        pace.adapt(pace.size, BATCH_SECONDS / 10)
    assert pace.size == 50
    pace.adapt(4, BATCH_SECONDS * 2)
    assert pace.size == 3
    pace.adapt(1, 20.0)
    assert pace.size == 1
