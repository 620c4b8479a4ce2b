"""The tasks, called as a worker calls them, with real ports."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from celery.exceptions import Ignore, Retry
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
from models.services.photos import new_photo
from tasks import mail, photos, stats, triage
from tasks.steps.endings import StepFailed
from tests.servers.smtp_server import SmtpServer
from tests.web.pictures import picture
from worker.app import app as celery_app  # noqa: F401 - tasks of its class

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


def _submit(db: Session, *photos: bytes) -> tuple[int, int, int]:
    """The ids of a request, of its run, and of its receipt's run."""
    words = Submission(
        "화장실에서 물이 새요",
        contact_info="kim@example.org",
        photos=tuple(new_photo("image/jpeg", BytesIO(content)) for content in photos),
    )
    receipt = submit_request(db.connection(), words, timezone=get_settings().timezone)
    db.commit()
    request_id = receipt.request.id
    runs = db.execute(select(Run.event, Run.id).where(Run.subject_id == request_id))
    by_event = {event: run_id for event, run_id in runs if event != "photo_added"}
    return request_id, by_event["request_submitted"], by_event["receipt_due"]


def _state(db: Session, run_id: int, position: int) -> str:
    db.expire_all()
    return db.get_one(Step, (run_id, position)).state


def test_a_request_goes_through_all_queues(db: Session, smtp: SmtpServer) -> None:
    request_id, run_id, receipt = _submit(db)
    with pytest.raises(Ignore):
        mail.send_receipt([receipt], 0)  # it waits for triage
    triage.categorize_request([run_id], 0)
    mail.send_receipt([receipt], 0)
    stats.refresh_statistics([run_id], 1)
    states = [_state(db, run_id, 0), _state(db, run_id, 1), _state(db, receipt, 0)]
    assert states == [StepState.DONE] * 3
    row = db.get_one(MaintenanceRequest, request_id)
    assert row.category == "plumbing" and row.priority != "pending"
    assert read_statistics(db).by_category["plumbing"] == 1
    assert [message.recipients for message in smtp.accepted] == [("kim@example.org",)]


def test_out_of_order_and_doubled_messages_do_nothing(db: Session, smtp: SmtpServer) -> None:
    _, run_id, _ = _submit(db)
    with pytest.raises(Ignore):
        stats.refresh_statistics([run_id], 1)
    triage.categorize_request([run_id], 0)
    for _ in range(2):
        with pytest.raises(Ignore):
            triage.categorize_request([run_id], 0)
    assert not smtp.accepted


def _up_to_the_mail(db: Session) -> int:
    """The run of a receipt that is due."""
    _, run_id, receipt = _submit(db)
    triage.categorize_request([run_id], 0)
    return receipt


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
    run_id = _up_to_the_mail(db)
    smtp.rules.set(**rule)
    with pytest.raises(Retry if step is StepState.RETRY else StepFailed):
        mail.send_receipt([run_id], 0)
    assert _state(db, run_id, 0) == step
    assert db.scalars(select(Mail.state)).one() == state


def test_a_mail_that_is_tried_again_is_the_same_message(db: Session, smtp: SmtpServer) -> None:
    run_id = _up_to_the_mail(db)
    smtp.rules.set(dot="451 later")
    with pytest.raises(Retry):
        mail.send_receipt([run_id], 0)
    (message_id,) = db.scalars(select(Mail.message_id))
    smtp.rules.set()
    db.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
    db.commit()
    mail.send_receipt([run_id], 0)
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
    _, run_id, receipt = _submit(db, picture())
    photo_run = db.scalars(select(Run.id).where(Run.event == "photo_added")).one()
    db.execute(text("DELETE FROM maintenance_requests"))
    db.commit()
    triage.categorize_request([run_id], 0)
    stats.refresh_statistics([run_id], 1)
    photos.process_photo([photo_run], 0)
    db.execute(text("UPDATE steps SET due_at = now()"))
    db.commit()
    mail.send_receipt([receipt], 0)
    assert _state(db, receipt, 0) == StepState.DONE
    assert not smtp.accepted
