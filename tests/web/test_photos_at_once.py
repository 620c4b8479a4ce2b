"""Uploads at the same moment: a request never gets more photos than it may have."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.services.photos import MAX_PHOTOS_PER_REQUEST
from tests.factories import RequestFactory, using
from tests.waiting import wait_for
from tests.web.conftest import link_token
from tests.web.pictures import picture

Opener = Callable[[], Session]
CALLERS = 40
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture
def owner(committed: Opener) -> MaintenanceRequest:
    with committed() as session, using(session):
        found: MaintenanceRequest = RequestFactory()
        session.commit()
    return found


@contextmanager
def _nobody_writes_photos(committed: Opener, callers: int) -> Iterator[None]:
    """Photos can be counted but not written until ``callers`` wait: who
    counts before it is his turn counts too few."""
    with committed() as session, committed() as watcher:
        session.execute(text("LOCK TABLE photos IN SHARE MODE"))
        yield
        wait_for(
            lambda: watcher.execute(WAITING).scalar() == callers,
            f"{callers} uploads that wait",
            pause=0.02,
        )
        session.rollback()


def _send(app: Flask, committed: Opener, path: str, files: list[list[str]]) -> Counter[int]:
    """How often each status was answered to one call for each list of ``files`` (field names)."""
    answers: list[int] = []

    def call(number: int, fields: list[str]) -> None:
        data = {
            name: [(BytesIO(picture()), "a.jpg") for _ in range(fields.count(name))]
            for name in set(fields)
        }
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"  # limits count by address
        answers.append(client.post(path, data=data).status_code)

    threads = [Thread(target=call, args=each) for each in enumerate(files)]
    with _nobody_writes_photos(committed, len(files)):
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def _stored(committed: Opener) -> tuple[int, int]:
    """How many photos there are, and how many runs for them."""
    with committed() as session:
        runs = select(func.count()).where(Run.event == "photo_added")
        return session.scalar(select(func.count(Photo.id))) or 0, session.scalar(runs) or 0


def test_forty_uploads_at_once_store_as_many_as_a_request_may_have(
    app: Flask, committed: Opener, owner: MaintenanceRequest
) -> None:
    path = f"/api/requests/{owner.id}/upload?token={link_token(owner)}"
    answers = _send(app, committed, path, [["file"]] * CALLERS)
    assert answers == {202: MAX_PHOTOS_PER_REQUEST, 409: CALLERS - MAX_PHOTOS_PER_REQUEST}
    assert _stored(committed) == (MAX_PHOTOS_PER_REQUEST, MAX_PHOTOS_PER_REQUEST)


def test_eight_pages_with_five_photos_at_once(
    app: Flask, committed: Opener, owner: MaintenanceRequest
) -> None:
    path = f"/r/{owner.reference}/answers?token={link_token(owner)}"
    answers = _send(app, committed, path, [["photos"] * 5] * 8)
    assert answers == {303: 4, 409: 4}
    assert _stored(committed) == (MAX_PHOTOS_PER_REQUEST, MAX_PHOTOS_PER_REQUEST)
