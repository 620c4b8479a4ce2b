"""A requester's link ends so many days after its request, and not before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.settings import Settings
from models.maintenance_request import MaintenanceRequest
from models.photo import PhotoState
from models.words import Status
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.pages.document import read
from tests.web.pictures import picture
from tests.web.problems import check_problem


def _ended(session: Session, days: float, **fields: object) -> MaintenanceRequest:
    """A request that was done so many days ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    row: MaintenanceRequest = RequestFactory(
        completed=True, english=True, created_at=at, completed_at=at, **fields
    )
    session.commit()
    session.refresh(row)  # a trigger writes when it ended
    return row


def _page(row: MaintenanceRequest, path: str = "") -> str:
    return f"/r/{row.reference}{path}?token={link_token(row)}"


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "오래전에 끝난 요청"), ("en", "ended long ago")]
)
def test_a_page_says_that_the_link_has_expired(
    browser: FlaskClient, session: Session, language: str, words: str
) -> None:
    row = _ended(session, 181)
    page = read(browser.get(f"{_page(row)}&lang={language}"), 410)
    assert words in page.text
    assert row.description not in page.text
    for path in ("/answers", "/contact", "/rating"):
        sent = browser.post(f"{_page(row, path)}&lang={language}", data={"stars": "5"})
        assert sent.status_code == 410
        assert words in read(sent, 410).text


def test_every_call_of_the_link_is_gone(client: FlaskClient, session: Session) -> None:
    row = _ended(session, 181)
    photo = PhotoFactory(request_id=row.id, state=PhotoState.READY)
    session.commit()
    token = f"?token={link_token(row)}"
    mine = f"/api/requests/{row.id}"
    answers = [
        client.get(f"{mine}{token}"),
        client.post(f"{mine}/answers{token}", json={"answer": "It drips again"}),
        client.put(f"{mine}/rating{token}", json={"stars": 5}),
        client.post(f"{mine}/upload{token}", data={"file": (BytesIO(picture()), "a.jpg")}),
        client.get(f"/api/photos/{photo.id}{token}"),
        client.get(f"/api/photos/{photo.id}/thumb{token}"),
    ]
    for answer in answers:
        assert check_problem(answer, 410)["type"].endswith("link_expired")


def test_others_learn_nothing_and_operators_go_on(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row, other = _ended(session, 181), RequestFactory()
    session.commit()
    check_problem(client.get(f"/api/requests/{row.id}?token={link_token(other)}"), 403)
    check_problem(client.get(f"/api/requests/{row.id}?token={link_token(row)}x"), 401)
    assert client.get(f"/api/requests/{row.id}", headers=operator).status_code == 200


def test_a_link_holds_until_its_day(browser: FlaskClient, session: Session) -> None:
    assert browser.get(_page(_ended(session, 179))).status_code == 200


def test_a_cancelled_requests_link_ends_too(browser: FlaskClient, session: Session) -> None:
    at = datetime.now(UTC) - timedelta(days=181)
    row: MaintenanceRequest = RequestFactory(
        categorized=True, english=True, created_at=at, status=Status.CANCELLED
    )
    session.commit()
    assert browser.get(_page(row)).status_code == 200  # cancelled just now
    session.execute(
        update(MaintenanceRequest).where(MaintenanceRequest.id == row.id).values(ended_at=at)
    )
    session.commit()
    assert browser.get(_page(row)).status_code == 410


def test_an_open_requests_link_does_not_end(browser: FlaskClient, session: Session) -> None:
    old: MaintenanceRequest = RequestFactory(created_at=datetime.now(UTC) - timedelta(days=4000))
    again = _ended(session, 181)
    assert browser.get(_page(old)).status_code == 200
    assert browser.get(_page(again)).status_code == 410
    again.status, again.completed_at = Status.IN_PROGRESS, None
    session.commit()
    assert browser.get(_page(again)).status_code == 200


def test_how_long_is_a_setting(
    browser: FlaskClient, session: Session, settings_with: Callable[..., Settings]
) -> None:
    row = _ended(session, 21)
    settings_with(LINK_DAYS="20")
    assert browser.get(_page(row)).status_code == 410
    settings_with(LINK_DAYS="22")
    assert browser.get(_page(row)).status_code == 200
