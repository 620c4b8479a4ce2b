"""The tasks, called as a worker calls them, with real ports."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery.exceptions import Ignore
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.settings import Settings, get_settings
from models import wiring
from models.ledger.run import Run, Step, StepState
from models.mail import Mail, MailState
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoOriginal, PhotoState
from models.queries.statistics import read_statistics
from models.services.intake import Submission, submit_request
from models.services.photos import NewPhoto
from tasks import mail, photos, stats, triage
from tests.servers.smtp_server import SmtpServer
from tests.web.pictures import picture

Opener = Callable[[], Session]
PORTS = (wiring.mail_sender, wiring.photo_storage, wiring.triage_engine, wiring.live_channel)


@pytest.fixture
def smtp(settings_with: Callable[..., Settings], tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        settings_with(
            MAIL_SERVER="127.0.0.1", MAIL_PORT=str(server.port), HAJA_DATA_DIR=str(tmp_path)
        )
        for port in PORTS:
            port.cache_clear()
        yield server
    for port in PORTS:
        port.cache_clear()


@pytest.fixture
def db(committed: Opener, smtp: SmtpServer) -> Iterator[Session]:
    with committed() as session:
        yield session


def _submit(db: Session, *photos: bytes) -> tuple[int, int]:
    """The ids of a request and of its run."""
    words = Submission(
        "화장실에서 물이 새요",
        contact_info="kim@example.org",
        photos=tuple(NewPhoto("a.jpg", "image/jpeg", content) for content in photos),
    )
    receipt = submit_request(db, words, timezone=get_settings().timezone)
    db.commit()
    run_id = db.scalars(
        select(Run.id).where(Run.event == "request_submitted", Run.subject_id == receipt.request.id)
    ).one()
    return receipt.request.id, run_id


def _state(db: Session, run_id: int, position: int) -> str:
    db.expire_all()
    return db.get_one(Step, (run_id, position)).state


def test_a_request_goes_through_all_queues(db: Session, smtp: SmtpServer) -> None:
    request_id, run_id = _submit(db)
    triage.categorize_request([run_id], 0)
    stats.refresh_statistics([run_id], 1)
    mail.send_receipt([run_id], 2)
    mail.notify_operators([run_id], 3)
    assert [_state(db, run_id, n) for n in range(4)] == [StepState.DONE] * 4
    row = db.get_one(MaintenanceRequest, request_id)
    assert row.category == "plumbing" and row.priority != "pending"
    assert read_statistics(db).by_category["plumbing"] == 1
    assert [message.recipients for message in smtp.accepted] == [("kim@example.org",)]


def test_out_of_order_and_doubled_messages_do_nothing(db: Session, smtp: SmtpServer) -> None:
    _, run_id = _submit(db)
    with pytest.raises(Ignore):
        mail.send_receipt([run_id], 2)
    triage.categorize_request([run_id], 0)
    for _ in range(2):
        with pytest.raises(Ignore):
            triage.categorize_request([run_id], 0)
    assert not smtp.accepted


def _up_to_the_mail(db: Session) -> tuple[int, int]:
    request_id, run_id = _submit(db)
    triage.categorize_request([run_id], 0)
    stats.refresh_statistics([run_id], 1)
    return request_id, run_id


@pytest.mark.parametrize(
    ("rule", "step", "state"),
    [
        ({"rcpt": "451 later"}, StepState.RETRY, MailState.QUEUED),
        ({"dot": "451 later"}, StepState.RETRY, MailState.QUEUED),
        ({"rcpt": "550 nobody here"}, StepState.DEAD, MailState.REFUSED),
        ({"dot": "554 no"}, StepState.DEAD, MailState.REFUSED),
        ({"dot": "drop"}, StepState.UNKNOWN, MailState.UNKNOWN),
        ({"dot": "accept_drop"}, StepState.UNKNOWN, MailState.UNKNOWN),
        ({"data": "drop"}, StepState.RETRY, MailState.QUEUED),
    ],
)
def test_the_mail_servers_reply_is_recorded(
    db: Session, smtp: SmtpServer, rule: dict[str, str], step: StepState, state: MailState
) -> None:
    _, run_id = _up_to_the_mail(db)
    smtp.rules.set(**rule)
    try:
        mail.send_receipt([run_id], 2)
    except Ignore:
        assert step is StepState.RETRY
    assert _state(db, run_id, 2) == step
    assert db.scalars(select(Mail.state)).one() == state
    # The run goes on if the message was sent, refused or is unknown.
    following = StepState.BLOCKED if step is StepState.RETRY else StepState.READY
    assert _state(db, run_id, 3) == following


def test_a_mail_that_is_tried_again_is_the_same_message(db: Session, smtp: SmtpServer) -> None:
    _, run_id = _up_to_the_mail(db)
    smtp.rules.set(dot="451 later")
    with pytest.raises(Ignore):
        mail.send_receipt([run_id], 2)
    (message_id,) = db.scalars(select(Mail.message_id))
    smtp.rules.set()
    db.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
    db.commit()
    mail.send_receipt([run_id], 2)
    assert [message.message_id for message in smtp.accepted] == [message_id]


def test_a_photo_becomes_renditions(db: Session) -> None:
    _submit(db, picture())
    run_id = db.scalars(select(Run.id).where(Run.event == "photo_added")).one()
    photos.process_photo([run_id], 0)
    photo = db.scalars(select(Photo)).one()
    assert (photo.state, photo.width, photo.height) == (PhotoState.READY, 64, 48)
    assert set(photo.renditions["large"]) == {"jpeg", "webp", "avif"}
    key = photo.renditions["large"]["jpeg"]
    assert wiring.photo_storage().get(key).content_type == "image/jpeg"
    assert db.scalars(select(PhotoOriginal)).all() == []


def test_bytes_that_are_no_picture_after_all_are_rejected(db: Session) -> None:
    _submit(db, picture()[:200])
    run_id = db.scalars(select(Run.id).where(Run.event == "photo_added")).one()
    photos.process_photo([run_id], 0)
    photo = db.scalars(select(Photo)).one()
    assert photo.state == PhotoState.REJECTED and photo.rejected_because
    assert _state(db, run_id, 0) == StepState.DONE


def test_a_deleted_request_is_nothing_to_do(db: Session, smtp: SmtpServer) -> None:
    _, run_id = _submit(db, picture())
    photo_run = db.scalars(select(Run.id).where(Run.event == "photo_added")).one()
    db.execute(text("DELETE FROM maintenance_requests"))
    db.commit()
    triage.categorize_request([run_id], 0)
    stats.refresh_statistics([run_id], 1)
    mail.send_receipt([run_id], 2)
    photos.process_photo([photo_run], 0)
    assert _state(db, run_id, 2) == StepState.DONE
    assert not smtp.accepted
