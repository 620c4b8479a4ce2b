"""What a requester does once the work was called done: reopen the request, rate the work."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.settings import Settings
from models.ledger.run import Run
from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.rating import Rating
from models.services.notices import write_answers
from models.timeline_entry import TimelineEntry
from models.views import View
from models.words import Status
from tests.factories import RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.pages.document import read
from tests.web.problems import check_problem

SAID = "The tap still drips"


def _done(days: float = 1, **fields: object) -> MaintenanceRequest:
    at = datetime.now(UTC) - timedelta(days=days)
    created = at - timedelta(hours=2)
    row: MaintenanceRequest = RequestFactory(
        completed=True, created_at=created, completed_at=at, english=True, **fields
    )
    return row


def _cancelled(session: Session, days: float = 1) -> MaintenanceRequest:
    at = datetime.now(UTC) - timedelta(days=days)
    row: MaintenanceRequest = RequestFactory(
        categorized=True, english=True, created_at=at, status=Status.CANCELLED
    )
    session.flush()
    ended = update(MaintenanceRequest).where(MaintenanceRequest.id == row.id)
    session.execute(ended.values(ended_at=at))
    session.commit()
    return row


def _call(
    client: FlaskClient, row: MaintenanceRequest, path: str, method: str = "post", **how: Any
) -> TestResponse:
    address = f"/api/requests/{row.id}/{path}?token={link_token(row)}"
    answer: TestResponse = getattr(client, method)(address, **how)
    return answer


def _events(session: Session, row: MaintenanceRequest) -> list[str]:
    of_row = select(TimelineEntry.event).where(TimelineEntry.request_id == row.id)
    return list(session.scalars(of_row.order_by(TimelineEntry.id)))


def test_an_answer_reopens_what_is_not_done(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = _done()
    session.commit()
    check_problem(_call(client, row, "answers", json={"answer": SAID}), 409)
    answer = _call(client, row, "answers", json={"answer": SAID, "reopen": True})
    assert answer.status_code == 201, answer.text
    body = answer.get_json()
    assert (body["status"], body["completed_at"]) == ("in_progress", None)
    assert (body["answered"], body["reopens_until"]) == (True, None)
    waiting = client.get(f"/api/requests?view={View.NEEDS_PERSON}", headers=operator).get_json()
    assert [one["id"] for one in waiting] == [row.id]
    assert _events(session, row) == ["status_changed", "requester_replied"]
    # Who presses again, with other words, only writes more.
    again = _call(client, row, "answers", json={"answer": "And the sink", "reopen": True})
    assert again.status_code == 201
    assert _events(session, row)[2:] == ["requester_replied"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_the_house_cancelled_can_be_asked_for_again(
    client: FlaskClient, session: Session, language: str
) -> None:
    row = _cancelled(session)
    link = f"?token={link_token(row)}&lang={language}"
    page = read(client.get(f"/r/{row.reference}{link}"))
    assert ("아직 필요하신가요?" if language == "ko" else "Still needed?") in page.text
    assert not page.all("input", name="stars")  # there is no work to rate
    check_problem(_call(client, row, "rating", "put", json={"stars": 5}), 409)
    given = {"answer": SAID, "reopen": "1", "idempotency_key": "k"}
    assert client.post(f"/r/{row.reference}/answers{link}", data=given).status_code == 303
    session.refresh(row)
    assert (row.status, row.answered, row.ended_at) == (Status.PENDING, True, None)
    assert _events(session, row) == ["status_changed", "requester_replied"]


def test_the_same_key_reopens_once(client: FlaskClient, session: Session) -> None:
    row = _done()
    session.commit()
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        given = {"answer": SAID, "reopen": True}
        assert _call(client, row, "answers", json=given, headers=headers).status_code == 201
    assert _events(session, row) == ["status_changed", "requester_replied"]


def test_operators_read_that_it_was_reopened(
    client: FlaskClient, session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(OPERATORS_EMAIL="op@example.org")
    row = _done()
    session.commit()
    _call(client, row, "answers", json={"answer": SAID, "reopen": True})
    run = session.scalars(select(Run).where(Run.event == "answer_notice_due")).one()
    claim = Claim(run.id, 0, 1, 1, 0, run.event, run.subject_id, "call-1")
    (mail,) = write_answers(session, [claim]).values()
    assert "Reopened" in mail.outgoing.subject and SAID in mail.outgoing.text


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED])
def test_what_ended_long_ago_stays_so(
    client: FlaskClient, session: Session, language: str, status: Status
) -> None:
    found = _done(15) if status == Status.COMPLETED else _cancelled(session, 15)
    session.commit()
    answer = _call(
        client,
        found,
        "answers",
        json={"answer": SAID, "reopen": True},
        headers={"Accept-Language": language},
    )
    problem = check_problem(answer, 409)
    assert problem["type"].endswith("too_late_to_reopen")
    check_problem(_call(client, found, "rating", "put", json={"stars": 5}), 409)
    page = read(client.get(f"/r/{found.reference}?token={link_token(found)}&lang={language}"))
    assert ("새로 접수" if language == "ko" else "report it anew") in page.text
    assert not page.all("textarea") and not page.all("input", name="stars")


def test_how_long_is_a_setting(
    client: FlaskClient, session: Session, settings_with: Callable[..., Settings]
) -> None:
    row = _done(15)
    session.commit()
    settings_with(REOPEN_DAYS="16")
    given = {"answer": SAID, "reopen": True}
    assert _call(client, row, "answers", json=given).status_code == 201
    settings_with(REOPEN_DAYS="0")
    check_problem(_call(client, _done(0), "answers", json=given), 409)


def test_a_rating_is_kept_once_and_can_be_corrected(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = _done()
    session.commit()
    for stars, words in ((2, ""), (2.0, ""), (5, "Good after all")):
        answer = _call(client, row, "rating", "put", json={"stars": stars, "words": words})
        assert answer.get_json()["rating"] == {"stars": stars, "words": words}
    assert [one.stars for one in session.scalars(select(Rating))] == [5]
    assert _events(session, row) == ["rating_given"] * 2
    shown = client.get(f"/api/requests/{row.id}", headers=operator).get_json()
    assert shown["rating"]["words"] == "Good after all"
    runs = session.scalars(select(Run.event)).all()
    assert set(runs) == {"rating_given"}  # no mail


@pytest.mark.parametrize("stars", [0, 6, -1, 2.5, "5", True, None, 10**30])
def test_a_rating_beyond_the_scale_is_named(
    client: FlaskClient, session: Session, stars: object
) -> None:
    row = _done()
    session.commit()
    check_problem(_call(client, row, "rating", "put", json={"stars": stars}), 422, "stars")
    assert not session.scalars(select(Rating)).all()


def test_the_link_rates_or_an_operator_for_it(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row, other = _done(), _done()
    session.commit()
    address = f"/api/requests/{row.id}/rating"
    check_problem(client.put(address, json={"stars": 5}), 401)
    assert client.put(address, json={"stars": 5}, headers=operator).status_code == 200
    assert session.scalars(select(TimelineEntry.actor)).one()
    check_problem(client.put(f"{address}?token={link_token(other)}", json={"stars": 5}), 403)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_status_page_does_both_without_scripts(
    client: FlaskClient, session: Session, language: str
) -> None:
    row = _done()
    session.commit()
    link = f"?token={link_token(row)}&lang={language}"
    page = read(client.get(f"/r/{row.reference}{link}"))
    assert page.hidden["reopen"] == "1"
    rated = client.post(f"/r/{row.reference}/rating{link}", data={"stars": "4", "words": "ok"})
    assert rated.status_code == 303
    page = read(client.get(rated.headers["Location"]))
    assert ("평가해 주셔서" if language == "ko" else "Thank you") in page.text
    assert [one["value"] for one in page.all("input", name="stars") if "checked" in one.attributes]
    read(client.post(f"/r/{row.reference}/rating{link}", data={"stars": "9"}), 422)
    empty = read(client.post(f"/r/{row.reference}/answers{link}", data={"reopen": "1"}), 422)
    assert empty.all("p", role="alert")
    given = {"answer": SAID, "reopen": "1", "idempotency_key": "k"}
    opened = client.post(f"/r/{row.reference}/answers{link}", data=given)
    assert opened.status_code == 303, opened.text
    page = read(client.get(opened.headers["Location"]))
    assert ("다시 열고" if language == "ko" else "open again") in page.text
    assert not page.all("input", name="stars")
    session.refresh(row)
    assert row.status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [("post", "answers", {"answer": SAID}), ("put", "rating", {"stars": 5})],
)
def test_a_link_may_write_so_often(
    client: FlaskClient,
    session: Session,
    settings_with: Callable[..., Settings],
    method: str,
    path: str,
    given: dict[str, object],
) -> None:
    settings_with(INTAKE_RATE_LIMIT="2 per minute")
    row = RequestFactory(categorized=True) if path == "answers" else _done()
    session.commit()
    for _ in range(2):
        assert _call(client, row, path, method, json=given).status_code in (200, 201)
    refused = _call(client, row, path, method, json=given)
    check_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert len(_events(session, row)) == (2 if path == "answers" else 1)
