"""Sending mails in batches: the phase before the dot, released claims, and the size of a batch."""

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
from models.services.mail_store import take_queued
from models.services.notices import write_notices
from tasks.policies import MAIL
from tasks.steps import mail_delivery
from tasks.steps.mail_batch import BATCH_SECONDS, BatchSize
from tasks.steps.mail_delivery import deliver_mails
from tests.factories import MailFactory, RequestFactory, using
from tests.servers.smtp_rules import Rule
from tests.servers.smtp_server import SmtpServer

Opener = Callable[[], Session]
Send = Callable[[OutgoingMail, Callable[[], None]], None]
TASK = "mail.send_queued"


class Sender:
    """A mail sender whose ``special`` functions run before a message is sent, by message id; ``sent``
    are the ids of the messages that were sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.special: dict[str, Send] = {}

    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:
        if special := self.special.get(mail.message_id):
            special(mail, before_handover)
        before_handover()
        self.sent.append(mail.message_id)

    def check(self) -> None:
        """It is always available."""


@pytest.fixture
def db(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Sender:
    sender = Sender()
    monkeypatch.setattr(wiring, "mail_sender", lambda: sender)
    batch_size = BatchSize(MAIL.batch)
    batch_size.size = 10
    monkeypatch.setattr(mail_delivery, "_batch_size", batch_size)
    return sender


def _queue(db: Session, count: int) -> tuple[list[int], list[str]]:
    """Runs that each send one message, and the messages' ids."""
    with using(db):
        rows: list[Mail] = MailFactory.create_batch(count)
    runs = [record_event(db, "mail_queued", subject_id=row.id) for row in rows]
    db.commit()
    return runs, [row.message_id for row in rows]


def _deliver(runs: list[int]) -> None:
    deliver_mails(TASK, runs, 0, write=take_queued)


def _steps(db: Session, column: str) -> list[object]:
    db.rollback()
    return list(db.execute(text(f"SELECT {column} FROM steps ORDER BY run_id")).scalars())


def test_a_batch_enters_the_phase_once_before_its_first_dot(db: Session, sender: Sender) -> None:
    runs, ids = _queue(db, 3)
    seen: list[list[object]] = []
    sender.special[ids[0]] = lambda _mail, _ask: seen.append(_steps(db, "phase"))
    sender.special[ids[1]] = lambda _mail, _ask: seen.append(_steps(db, "phase"))
    _deliver(runs)
    assert seen == [[None] * 3, ["handing_over"] * 3]
    assert sender.sent == ids
    assert _steps(db, "state") == [StepState.DONE] * 3
    assert _steps(db, "phase") == [None] * 3


@pytest.mark.parametrize(
    ("error", "step", "mail"),
    [
        (TransientError("later"), StepState.RETRY, MailState.QUEUED),
        (PermanentError("never"), StepState.DEAD, MailState.REFUSED),
        (AmbiguousError("who knows"), StepState.UNKNOWN, MailState.UNKNOWN),
    ],
)
def test_an_error_of_one_message_affects_no_other(
    db: Session, sender: Sender, error: Exception, step: StepState, mail: MailState
) -> None:
    runs, ids = _queue(db, 3)

    def fail(_mail: OutgoingMail, before_handover: Callable[[], None]) -> None:
        before_handover()
        raise error

    sender.special[ids[1]] = fail
    _deliver(runs)
    assert _steps(db, "state") == [StepState.DONE, step, StepState.DONE]
    states = db.execute(text("SELECT state FROM mails ORDER BY id")).scalars().all()
    assert states == [MailState.SENT, mail, MailState.SENT]


def test_the_timeline_says_once_that_a_message_waits_and_why(db: Session, sender: Sender) -> None:
    with using(db):
        mail = MailFactory(request_id=RequestFactory().id, kind="receipt")
    run = record_event(db, "mail_queued", subject_id=mail.id)
    db.commit()

    def fail(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        raise TransientError("451 greylisted")

    sender.special[mail.message_id] = fail
    for failures, expected in (
        (0, ["receipt_waiting"]),
        (1, ["receipt_waiting"]),
        (MAIL.max_failures - 1, ["receipt_waiting", "receipt_refused"]),
    ):
        db.execute(text("UPDATE steps SET due_at = now(), failures = :n"), {"n": failures})
        db.commit()
        with pytest.raises(Ignore):
            _deliver([run])
        db.rollback()
        entries = db.execute(text("SELECT event, data FROM timeline_entries ORDER BY id")).all()
        assert [entry.event for entry in entries] == expected
        assert all(entry.data == {"reason": "451 greylisted"} for entry in entries)
    assert db.execute(text("SELECT state FROM mails")).scalar_one() == MailState.REFUSED


def test_an_error_before_the_dot_is_retried(db: Session, sender: Sender) -> None:
    """Although the batch has entered the phase: sending this message has not begun."""
    runs, ids = _queue(db, 3)

    def stumble(_mail: OutgoingMail, _before_handover: Callable[[], None]) -> None:
        raise UnicodeError

    sender.special[ids[1]] = stumble
    _deliver(runs)
    assert _steps(db, "state") == [StepState.DONE, StepState.RETRY, StepState.DONE]
    assert _steps(db, "phase") == [None] * 3


def test_a_lost_reply_to_entering_the_phase_is_retried(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phase was committed and the reply was lost, but the dot was not sent."""
    runs, _ = _queue(db, 2)
    enter, times = leases.enter_phase, iter([True])

    def lose_the_answer(session: Session, *arguments: Any, **options: Any) -> Any:
        valid = enter(session, *arguments, **options)
        if next(times, False):
            session.commit()
            raise OperationalError("", None, Exception("connection lost"))
        return valid

    monkeypatch.setattr(leases, "enter_phase", lose_the_answer)
    _deliver(runs)
    assert _steps(db, "state") == [StepState.RETRY, StepState.DONE]
    assert len(sender.sent) == 1


def test_releasing_a_claim_twice_counts_once(db: Session) -> None:
    """As if the reply to the first release was lost."""
    runs, _ = _queue(db, 1)
    claims = claim_steps(db, task=TASK, run_ids=runs, position=0, policy=MAIL)
    for _ in range(2):
        leases.release_steps(db, claims, lease=15)
    assert db.scalar(text("SELECT claims FROM steps")) == 0


def test_a_slow_message_takes_the_others_out_of_the_phase(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages that were sent are recorded at once, and the others leave the phase."""
    runs, ids = _queue(db, 3)
    monkeypatch.setattr(mail_delivery, "BATCH_SECONDS", 0.0)
    seen: list[list[object]] = []

    def note(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        seen.append([_steps(db, "state")[0], *_steps(db, "phase")])

    sender.special[ids[1]] = note
    _deliver(runs)
    assert seen == [[StepState.DONE, None, None, None]]
    assert sender.sent == ids
    assert _steps(db, "state") == [StepState.DONE] * 3


def test_messages_that_wait_too_long_are_released(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts neither as a failure nor as a claim."""
    runs, ids = _queue(db, 3)
    monkeypatch.setattr(mail_delivery, "CLAIM_SECONDS", -1.0)
    seen: list[tuple[list[object], list[object]]] = []

    def note(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        seen.append((_steps(db, "state"), _steps(db, "claims")))

    sender.special[ids[1]] = note
    _deliver(runs)
    # Each claim sends one message, so all are sent; the third is claimed with the second.
    assert seen == [(["done", "running", "running"], [1, 1, 1])]
    assert sender.sent == ids
    assert _steps(db, "state") == [StepState.DONE] * 3
    assert _steps(db, "failures") == [0] * 3


def test_a_worker_that_shuts_down_begins_no_further_message(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slow server, the rest would take longer than a process has for its shutdown."""
    runs, ids = _queue(db, 3)
    monkeypatch.setattr(mail_delivery, "is_shutting_down", lambda: bool(sender.sent))
    _deliver(runs)
    assert sender.sent == ids[:1]
    assert _steps(db, "state") == [StepState.DONE, StepState.READY, StepState.READY]
    assert _steps(db, "phase") == [None] * 3
    assert _steps(db, "claims") == [1, 0, 0]


def test_a_notice_that_was_released_reaches_each_operator_once(
    db: Session,
    sender: Sender,
    monkeypatch: pytest.MonkeyPatch,
    settings_with: Callable[..., Settings],
) -> None:
    settings_with(OPERATORS_EMAIL="a@example.org, b@example.org")
    with using(db):
        requests = RequestFactory.create_batch(3)
    runs = [record_event(db, "notice_due", subject_id=row.id) for row in requests]
    db.commit()
    monkeypatch.setattr(mail_delivery, "CLAIM_SECONDS", -1.0)
    deliver_mails("mail.notify_operators", runs, 0, write=write_notices)
    assert len(sender.sent) == 3
    stored = db.execute(text("SELECT request_id, recipient FROM mails ORDER BY 1, 2")).all()
    assert [tuple(row) for row in stored] == [
        (row.id, f"{name}@example.org") for row in requests for name in "ab"
    ]


def test_notices_go_on_while_every_tenant_s_mailbox_greylists(
    db: Session, settings_with: Callable[..., Settings]
) -> None:
    """Somebody is trapped in the elevator: the house is told, whatever the tenant's mailbox says."""
    with SmtpServer() as server:
        server.rules.set(rcpt=Rule("451 4.7.1 greylisted", only="<kim"))
        settings_with(
            OPERATORS_EMAIL="op@example.com", MAIL_SERVER="127.0.0.1", MAIL_PORT=str(server.port)
        )
        wiring.mail_sender.cache_clear()
        with using(db):
            requests = RequestFactory.create_batch(3)
        receipts, notices = (
            [record_event(db, event, subject_id=row.id) for row in requests]
            for event in ("receipt_due", "notice_due")
        )
        db.commit()
        for _ in range(2):
            with pytest.raises(Ignore):
                deliver_mails("mail.send_receipt", receipts, 0, write=mails.write_receipts)
            db.execute(text("UPDATE steps SET due_at = now()"))
            db.commit()
        deliver_mails("mail.notify_operators", notices, 0, write=write_notices)
        assert [mail.recipients for mail in server.accepted] == [("op@example.com",)] * 3
        server.rules.set()
        for run in receipts:
            deliver_mails("mail.send_receipt", [run], 0, write=mails.write_receipts)
        assert len(server.accepted) == 6
    wiring.mail_sender.cache_clear()
    events = db.execute(text("SELECT event, count(*) FROM timeline_entries GROUP BY 1")).all()
    assert dict(map(tuple, events)) == dict.fromkeys(
        ("receipt_waiting", "receipt_sent", "notice_sent"), 3
    )


def test_a_batch_is_no_larger_than_its_size(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, ids = _queue(db, 5)
    batch_size = BatchSize(largest=2)
    batch_size.size = 2
    monkeypatch.setattr(mail_delivery, "_batch_size", batch_size)
    monkeypatch.setattr(mail_delivery, "BATCH_SECONDS", 60.0)
    in_phase: list[int] = []
    for one in ids[1:]:
        sender.special[one] = lambda _mail, _ask: in_phase.append(
            sum(phase is not None for phase in _steps(db, "phase"))
        )
    _deliver(runs)
    # At the second message of a batch, both are in the phase; at the first of the next batch, none.
    assert in_phase == [2, 0, 2, 0]
    assert _steps(db, "state") == [StepState.DONE] * 5


def test_a_runner_that_was_paused_sends_nothing_more(
    db: Session, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It entered the phase too long ago; entering it again shows that it lost the claim."""
    runs, ids = _queue(db, 2)
    monkeypatch.setattr(mail_delivery, "FRESH", -1.0)

    def lose_the_claim(_mail: OutgoingMail, _ask: Callable[[], None]) -> None:
        db.rollback()
        db.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
        claim_steps(db, task=TASK, run_ids=[runs[1]], position=0, policy=MAIL)
        db.commit()

    sender.special[ids[1]] = lose_the_claim
    _deliver(runs)
    assert sender.sent == [ids[0]]
    assert _steps(db, "state") == [StepState.DONE, StepState.UNKNOWN]


def test_a_message_delivered_twice_sends_once(db: Session, sender: Sender) -> None:
    runs, ids = _queue(db, 2)
    _deliver(runs)
    with pytest.raises(Ignore):
        _deliver(runs)
    assert sender.sent == ids


def test_batches_grow_while_sending_is_quick_and_shrink_at_once() -> None:
    batch = BatchSize(largest=50)
    for _ in range(10):
        batch.adapt(batch.size, BATCH_SECONDS / 10)
    assert batch.size == 50
    batch.adapt(4, BATCH_SECONDS * 2)
    assert batch.size == 3
    batch.adapt(1, 20.0)
    assert batch.size == 1
