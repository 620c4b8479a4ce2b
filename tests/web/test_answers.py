"""Replies by PATCH and answers by POST /api/requests/{id}/answers."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from tests.factories import RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.problems import check_problem


def _answers(row: MaintenanceRequest) -> str:
    return f"/api/requests/{row.id}/answers?token={link_token(row)}"


def test_a_question_and_its_answer(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory(categorized=True)
    path = f"/api/requests/{row.id}"
    asked = {"reply": "몇 호인가요?", "question": True, "note": "까다로움", "assignee": "김기사"}
    headers = {**operator, "Idempotency-Key": "ask"}
    for _ in range(2):
        body = client.patch(path, json=asked, headers=headers).get_json()
        assert (body["status"], body["question_open"]) == ("on_hold", True)
    session.expire_all()
    key = {"Idempotency-Key": "answer"}
    first, again = (client.post(_answers(row), json={"answer": "302호"}, headers=key) for _ in "12")
    assert first.status_code == again.status_code == 201
    assert first.headers["Location"] == path
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    body = again.get_json()
    assert (body["status"], body["question_open"], body["answered"]) == ("pending", False, True)
    seen = [(entry["event"], entry["data"].get("text")) for entry in body["timeline"]]
    assert ("question_asked", "몇 호인가요?") in seen and ("requester_replied", "302호") in seen
    assert not {"note_added"} & {event for event, _ in seen}
    assert all(entry["actor"] == "" for entry in body["timeline"])
    assert (
        client.patch(path, json={"note": "읽음"}, headers=operator).get_json()["answered"] is False
    )


def test_an_operator_writes_down_what_was_said_by_telephone(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    path = f"/api/requests/{row.id}/answers"
    body = client.post(path, json={"answer": "302호"}, headers=operator).get_json()
    assert body["timeline"][-1]["event"] == "requester_replied" and body["timeline"][-1]["actor"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reply": " "}, "reply"),
        ({"reply": "x" * 4001}, "reply"),
        ({"question": True}, "question"),
        ({"reply": "?", "question": "yes"}, "question"),
        ({"reply": "?", "question": True, "status": "completed"}, "question"),
    ],
)
def test_a_wrong_reply_is_named(
    client: FlaskClient, session: Session, operator: Headers, given: dict[str, Any], field: str
) -> None:
    row = RequestFactory()
    answer = client.patch(f"/api/requests/{row.id}", json=given, headers=operator)
    check_problem(answer, 422, field)


@pytest.mark.parametrize("given", [{}, {"answer": ""}, {"answer": 5}, {"answer": "x" * 4001}])
def test_a_wrong_answer_is_named(
    client: FlaskClient, session: Session, given: dict[str, Any]
) -> None:
    check_problem(client.post(_answers(RequestFactory()), json=given), 422, "answer")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_has_ended_takes_neither_question_nor_answer(
    client: FlaskClient, session: Session, operator: Headers, language: str
) -> None:
    row = RequestFactory(completed=True)
    said = {"Accept-Language": language}
    answer = client.post(_answers(row), json={"answer": "아직 새요"}, headers=said)
    body = check_problem(answer, 409, "answer")
    assert ("이미 끝났습니다" if language == "ko" else "has ended") in body["detail"]
    asked = {"reply": "?", "question": True}
    answer = client.patch(f"/api/requests/{row.id}", json=asked, headers={**operator, **said})
    check_problem(answer, 409, "question")


def test_only_its_own_link_answers(client: FlaskClient, session: Session) -> None:
    row, other = RequestFactory(), RequestFactory()
    path = f"/api/requests/{row.id}/answers"
    given = {"answer": "302호"}
    check_problem(client.post(path, json=given), 401)
    check_problem(client.post(f"{path}?token={link_token(other)}", json=given), 403)
    check_problem(client.post(f"{path}?token={link_token(row)}", data="302"), 415)
