"""A link that an operator has revoked opens nothing any more, and the new one opens everything."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from models.photo import PhotoState
from models.services.link_mails import MAX_LINK_MAILS
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.pages.document import read
from tests.web.problems import check_problem


def _link(client: FlaskClient, row: MaintenanceRequest, headers: Headers, **body: Any) -> Any:
    return client.post(f"/api/requests/{row.id}/link", json=body, headers=headers)


def _link_mails(session: Session, row: MaintenanceRequest) -> int:
    due = select(func.count()).where(Run.event == "link_due", Run.subject_id == row.id)
    return session.scalar(due) or 0


def _calls(client: FlaskClient, row: MaintenanceRequest, token: str) -> list[TestResponse]:
    photo = PhotoFactory(request_id=row.id, state=PhotoState.READY)
    query = f"?token={token}"
    mine = f"/api/requests/{row.id}"
    return [
        client.get(f"{mine}{query}"),
        client.post(f"{mine}/answers{query}", json={"answer": "It drips again"}),
        client.post(f"{mine}/answers{query}", json={"answer": "Not fixed", "reopen": True}),
        client.put(f"{mine}/rating{query}", json={"stars": 5}),
        client.post(f"{mine}/upload{query}", data={"file": (BytesIO(b"x"), "a.jpg")}),
        client.get(f"/api/photos/{photo.id}{query}"),
        client.get(f"/api/photos/{photo.id}/thumb{query}"),
    ]


def test_every_call_of_a_revoked_link_is_gone(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory(categorized=True)
    old = link_token(row)
    seen = client.get(f"/api/requests/{row.id}?token={old}").get_json()
    assert seen["status_url"].endswith(old)
    body = _link(client, row, operator, revoke=True).get_json()
    session.expire_all()
    new = link_token(row)
    assert new != old and body["status_url"].endswith(new)
    for answer in _calls(client, row, old):
        assert check_problem(answer, 410)["type"].endswith("link_revoked")
    assert all(answer.status_code != 410 for answer in _calls(client, row, new))
    shown = client.get(f"/api/requests/{row.id}?token={new}").get_json()
    assert shown["status_url"].endswith(new)
    renewed = [entry for entry in shown["timeline"] if entry["event"] == "link_renewed"]
    assert [entry["actor"] for entry in renewed] == [""]  # a requester learns no names
    listed = client.get("/api/requests", headers=operator).get_json()
    assert [one["status_url"] for one in listed] == [body["status_url"]]
    assert "link_version" not in listed[0]


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "새것으로 바뀌어"), ("en", "has a new link")]
)
def test_a_page_says_that_the_link_was_replaced(
    client: FlaskClient, session: Session, operator: Headers, language: str, words: str
) -> None:
    row = RequestFactory(completed=True)
    old = f"/r/{row.reference}%s?token={link_token(row)}&lang={language}"
    _link(client, row, operator, revoke=True)
    browser = {"Accept": "text/html,*/*;q=0.8"}
    page = read(client.get(old % "", headers=browser), 410)
    assert words in page.text and row.description not in page.text
    for path in ("/answers", "/contact", "/rating"):
        assert words in read(client.post(old % path, headers=browser), 410).text


def test_a_press_is_one_mail_and_one_change(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    for _ in range(2):
        _link(client, row, operator | {"Idempotency-Key": "a"})
        _link(client, row, operator | {"Idempotency-Key": "b"}, revoke=True)
    session.expire_all()
    assert (row.link_version, _link_mails(session, row)) == (1, 2)
    check_problem(
        _link(client, row, operator | {"Idempotency-Key": "a"}, revoke=True), 422, "Idempotency-Key"
    )
    events = [entry.event for entry in row.timeline]
    assert events.count("link_requested") == events.count("link_renewed") == 1
    assert all(entry.actor for entry in row.timeline if entry.event.startswith("link_"))


def test_mails_are_bounded_and_revoking_is_not(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    for _ in range(MAX_LINK_MAILS):
        assert _link(client, row, operator).status_code == 200
    problem = check_problem(_link(client, row, operator), 409)
    assert problem["type"].endswith("too_many_link_mails")
    assert _link(client, row, operator, revoke=True).status_code == 200
    session.expire_all()
    assert (row.link_version, _link_mails(session, row)) == (1, MAX_LINK_MAILS)


def test_without_an_address_a_link_is_revoked_and_not_sent(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory(anonymous=True)
    assert check_problem(_link(client, row, operator), 409)["type"].endswith("no_address")
    assert _link(client, row, operator, revoke=True).status_code == 200
    session.expire_all()
    assert (row.link_version, _link_mails(session, row)) == (1, 0)


def test_only_operators_send_and_revoke(client: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    check_problem(client.post(f"/api/requests/{row.id}/link?token={link_token(row)}", json={}), 401)
    check_problem(client.post(f"/api/requests/{row.id}/link", json={"revoke": True}), 401)
