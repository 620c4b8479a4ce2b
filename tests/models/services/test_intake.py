"""Storing a request: once per key, with its timeline, runs and photos."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.errors import KeyReused
from models.ledger.run import Run, Step, StepState
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo, PhotoOriginal
from models.services.intake import MESSAGE_DELAY, Submission, submit_request
from models.services.photos import PART, find_original, new_photo
from models.timeline_entry import TimelineEntry
from tests.crowd import at_once

SEOUL = ZoneInfo("Asia/Seoul")
WORDS = Submission("물이 새요", "본관", "kim@example.org", "김하자")
PHOTO = new_photo("image/jpeg", BytesIO(b"bytes"))
Opener = Callable[[], Session]


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_fifty_equal_calls_at_once_make_one_request(committed: Opener) -> None:
    def submit(_number: int) -> tuple[int, bool]:
        with committed() as session, session.begin():
            receipt = submit_request(session.connection(), WORDS, timezone=SEOUL, key="k")
            return receipt.request.id, receipt.replayed

    answers = at_once(50, submit)
    assert len({request_id for request_id, _ in answers}) == 1
    assert sum(not replayed for _, replayed in answers) == 1
    with committed() as session:
        assert _count(session, MaintenanceRequest) == _count(session, TimelineEntry) == 1
        assert _count(session, Run) == 2


def test_different_contents_with_one_key_at_once_make_one_request(committed: Opener) -> None:
    def submit(number: int) -> str:
        words = Submission(f"고장 {number % 2}")
        try:
            with committed() as session, session.begin():
                return submit_request(
                    session.connection(), words, timezone=SEOUL, key="k"
                ).request.description
        except KeyReused as error:
            return error.code

    answers = at_once(20, submit)
    with committed() as session:
        stored = session.scalars(select(MaintenanceRequest.description)).one()
    assert set(answers) == {stored, "key_reused"}


def test_a_first_call_that_fails_leaves_the_key_free(committed: Opener) -> None:
    class Away(Exception):
        pass

    def failing() -> None:
        with committed() as session, session.begin():
            submit_request(session.connection(), WORDS, timezone=SEOUL, key="k")
            raise Away

    with pytest.raises(Away):
        failing()
    with committed() as session, session.begin():
        assert not submit_request(session.connection(), WORDS, timezone=SEOUL, key="k").replayed


def test_without_a_key_each_call_makes_a_request(session: Session) -> None:
    for _ in range(2):
        submit_request(session.connection(), WORDS, timezone=SEOUL)
    assert _count(session, MaintenanceRequest) == 2


@pytest.mark.parametrize(
    "other",
    [
        Submission("물이 새요!", "본관", "kim@example.org", "김하자"),
        Submission("물이 새요", "별관", "kim@example.org", "김하자"),
        Submission("물이 새요", "본관", "lee@example.org", "김하자"),
        Submission("물이 새요", "본관", "kim@example.org", "이하자"),
        Submission("물이 새요", "본관", "kim@example.org", "김하자", language="en"),
        Submission("물이 새요", "본관", "kim@example.org", "김하자", photos=(PHOTO,)),
        # The same words in other fields are other content.
        Submission("물이 새요", "", "본관", "kim@example.org"),
    ],
)
def test_every_field_counts_as_content(session: Session, other: Submission) -> None:
    submit_request(session.connection(), WORDS, timezone=SEOUL, key="k")
    with pytest.raises(KeyReused):
        submit_request(session.connection(), other, timezone=SEOUL, key="k")


def test_photos_wait_in_the_database(session: Session) -> None:
    words = Submission("금이 갔어요", photos=(PHOTO, new_photo("image/png", BytesIO(b"more"))))
    receipt = submit_request(session.connection(), words, timezone=SEOUL, call_id="call-1")
    photos = session.scalars(select(Photo).order_by(Photo.id)).all()
    assert [photo.request_id for photo in photos] == [receipt.request.id] * 2
    assert [photo.size for photo in photos] == [5, 4]
    assert {photo.filename for photo in photos} == {""}  # it tells more than anybody needs
    originals = session.scalars(select(PhotoOriginal).order_by(PhotoOriginal.photo_id)).all()
    assert [original.content for original in originals] == [b"bytes", b"more"]
    runs = session.scalars(select(Run).where(Run.event == "photo_added")).all()
    assert {run.subject_id for run in runs} == {photo.id for photo in photos}
    assert {run.request_id for run in runs} == {"call-1"}


def test_a_large_photo_is_written_in_parts(session: Session) -> None:
    content = bytes(range(256)) * (PART // 100)
    photos = (PHOTO, new_photo("image/jpeg", BytesIO(content)))
    words = Submission("금이 갔어요", photos=photos)
    assert words.has_large_photos
    submit_request(session.connection(), words, timezone=SEOUL)
    small, large = session.scalars(select(Photo.id).order_by(Photo.id)).all()
    assert find_original(session, small) == b"bytes"
    assert find_original(session, large) == content
    assert _count(session, PhotoOriginal) == 1 + ceil(len(content) / PART)


def test_triage_is_due_at_once_and_messages_wait_for_it(session: Session) -> None:
    submit_request(session.connection(), WORDS, timezone=SEOUL)
    steps = session.scalars(select(Step).order_by(Step.run_id, Step.position)).all()
    states = [StepState.READY, StepState.BLOCKED, StepState.RETRY]
    assert [step.state for step in steps] == states
    waiting = steps[-1].due_at - steps[0].due_at
    assert waiting == timedelta(seconds=MESSAGE_DELAY)


def test_the_day_is_the_buildings(session: Session) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart
        written = submit_request(session.connection(), WORDS, timezone=ZoneInfo(zone)).request
        row = session.get_one(MaintenanceRequest, written.id)
        assert row.submitted_on == row.created_at.astimezone(ZoneInfo(zone)).date()
