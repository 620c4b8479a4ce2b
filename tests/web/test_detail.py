"""GET and PATCH /api/requests/{id}."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.correction import Correction
from models.ledger.run import Run
from models.ports import ProcessedPicture, Triage
from models.services.photos import add_later_photo, new_photo, record_renditions
from models.services.triage import record_results
from models.timeline_entry import TimelineEntry
from models.words import TRANSITIONS, Status
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.problems import check_problem

PRIVATE = {"contact_info", "requester_name"}


def test_an_operator_sees_all_of_it(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    photos = [
        PhotoFactory(request_id=row.id),
        PhotoFactory(request_id=row.id, ready=True),
        PhotoFactory(request_id=row.id, rejected=True),
    ]
    answer = Triage("plumbing", "high", 0.9, "물이 샙니다.", "ko", "embedded-1")
    record_results(session, {row.id: answer})
    session.commit()
    body = client.get(f"/api/requests/{row.id}", headers=operator).get_json()
    assert body["contact_info"] == row.contact_info
    assert (body["category"], body["priority"]) == ("plumbing", "high")
    assert [photo["state"] for photo in body["photos"]] == ["processing", "ready", "rejected"]
    assert [photo["id"] for photo in body["photos"]] == [photo.id for photo in photos]
    assert all(set(photo) >= {"id", "url", "state"} for photo in body["photos"])
    assert body["timeline"][-1]["event"] == "request_categorized"
    triage = {"category", "priority", "confidence", "reason", "model", "language"}
    assert triage <= set(body["triage"])
    assert body["triage"]["confidence"] == 0.9


def test_before_triage_there_is_none(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    body = client.get(f"/api/requests/{row.id}", headers=operator).get_json()
    assert body["triage"] is None and body["photos"] == []


def test_the_link_opens_its_request_without_private_data(
    client: FlaskClient, session: Session
) -> None:
    row = RequestFactory()
    session.add(TimelineEntry(request_id=row.id, event="note_added", data={"note": "secret"}))
    PhotoFactory(request_id=row.id)
    session.commit()
    answer = client.get(f"/api/requests/{row.id}?token={link_token(row)}")
    assert answer.status_code == 200
    body = answer.get_json()
    assert not PRIVATE & set(body)
    assert "secret" not in answer.text
    # The photo's address works for who has no login.
    assert link_token(row) in body["photos"][0]["url"]


def test_the_link_does_not_tell_who_works_on_it(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory(categorized=True)
    changes = {"assignee": "김반장", "status": "in_progress", "note": "called the plumber"}
    assert (
        client.patch(f"/api/requests/{row.id}", headers=operator, json=changes).status_code == 200
    )
    answer = client.get(f"/api/requests/{row.id}?token={link_token(row)}")
    body: Any = answer.get_json()
    assert "assignee" not in body
    assert {entry["actor"] for entry in body["timeline"]} == {""}
    assert "김반장" not in answer.text
    assert "plumber" not in answer.text
    seen = [(e["event"], e["data"]) for e in body["timeline"] if e["event"] == "assignee_changed"]
    assert seen == [("assignee_changed", {"assigned": True})]


@pytest.mark.parametrize("change", ["other", "forged", "empty", "unsigned", "wide"])
def test_no_other_token_opens_it(client: FlaskClient, session: Session, change: str) -> None:
    row, other = RequestFactory(), RequestFactory()
    token = {
        "other": link_token(other),
        "forged": link_token(row)[:-1] + ("A" if link_token(row)[-1] != "A" else "B"),
        "empty": "",
        "unsigned": row.reference,
        "wide": link_token(row) + "é",
    }[change]
    answer = client.get(f"/api/requests/{row.id}", query_string={"token": token})
    check_problem(answer, 403 if change == "other" else 401)
    assert row.description not in answer.text


def test_who_may_not_look_does_not_learn_what_exists(client: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    for request_id in (row.id, row.id + 1000):
        check_problem(client.get(f"/api/requests/{request_id}"), 401)
        token = link_token(RequestFactory())
        check_problem(client.get(f"/api/requests/{request_id}?token={token}"), 403)


@pytest.mark.parametrize("request_id", ["99999", "99999999999999999999999", "0"])
def test_what_is_not_there(
    client: FlaskClient, session: Session, operator: Headers, request_id: str
) -> None:
    check_problem(client.get(f"/api/requests/{request_id}", headers=operator), 404)
    answer = client.patch(f"/api/requests/{request_id}", json={"note": "x"}, headers=operator)
    check_problem(answer, 404)


def test_caching_by_etag(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}"
    etag = client.get(url, headers=operator).headers["ETag"]
    cached = operator | {"If-None-Match": etag}
    assert client.get(url, headers=cached).status_code == 304
    client.patch(url, json={"note": "보았음"}, headers=operator)
    assert client.get(url, headers=cached).status_code == 200


def test_head_is_asked_as_get(client: FlaskClient, session: Session, operator: Headers) -> None:
    path = f"/api/requests/{RequestFactory().id}"
    session.commit()
    tag = client.head(path, headers=operator).headers["ETag"]
    assert client.head(path, headers={**operator, "If-None-Match": tag}).status_code == 304


def test_what_is_kept_for_one_is_not_shown_to_another(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    session.commit()
    for path in (f"/api/requests/{row.id}", "/api/requests", "/api/stats", "/api/requests/0"):
        answer = client.get(path, headers=operator)
        assert {"Authorization", "Cookie"} <= set(answer.vary), path
        assert "public" not in answer.headers["Cache-Control"]


def test_a_photo_changes_the_etag(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory()
    photo = PhotoFactory(request_id=row.id)
    url = f"/api/requests/{row.id}"
    cached = operator | {"If-None-Match": client.get(url, headers=operator).headers["ETag"]}
    record_renditions(session, photo.id, ProcessedPicture(4, 3, ()), {"large": {"jpeg": "k"}})
    session.commit()
    assert client.get(url, headers=cached).status_code == 200


def test_a_new_photo_changes_the_etag(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}"
    cached = operator | {"If-None-Match": client.get(url, headers=operator).headers["ETag"]}
    upload = new_photo("image/jpeg", BytesIO(b"x"))
    add_later_photo(session, row, upload, actor="", call_id="")
    session.commit()
    assert client.get(url, headers=cached).status_code == 200


def test_an_operator_changes_it(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory(categorized=True)
    changes = {
        "status": "in_progress",
        "category": "electrical",
        "priority": "high",
        "assignee": "  이기사 ",
        "note": "부품을 주문함",
        "unknown": "ignored",
    }
    headers = operator | {"X-Request-ID": "edit-1"}
    answer = client.patch(f"/api/requests/{row.id}", json=changes, headers=headers)
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["status"], body["category"], body["priority"]) == (
        "in_progress",
        "electrical",
        "high",
    )
    assert body["assignee"] == "이기사"
    assert {entry["event"] for entry in body["timeline"]} == {
        "status_changed",
        "category_changed",
        "priority_changed",
        "assignee_changed",
        "note_added",
    }
    assert session.scalar(select(func.count()).select_from(Correction)) == 2
    runs = session.scalars(select(Run).order_by(Run.id)).all()
    assert [run.event for run in runs] == ["request_updated", "update_due"]
    assert {(run.subject_id, run.request_id) for run in runs} == {(row.id, "edit-1")}


@pytest.mark.parametrize("was", list(Status))
@pytest.mark.parametrize("becomes", list(Status))
def test_every_transition(
    client: FlaskClient, session: Session, operator: Headers, was: Status, becomes: Status
) -> None:
    row = RequestFactory(status=was)
    answer = client.patch(
        f"/api/requests/{row.id}", json={"status": becomes.value}, headers=operator
    )
    if becomes in TRANSITIONS[was] or was == becomes:
        assert answer.status_code == 200
        assert answer.get_json()["status"] == becomes
    else:
        check_problem(answer, 409, "status")
        session.expire_all()
        assert row.status == was
    runs = session.scalar(select(func.count()).select_from(Run))
    assert runs == (2 if becomes in TRANSITIONS[was] else 0)


def test_a_lost_edit_is_refused(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}"
    etag = client.get(url, headers=operator).headers["ETag"]
    guarded = operator | {"If-Match": etag}
    first = client.patch(url, json={"priority": "high"}, headers=guarded)
    assert first.status_code == 200
    check_problem(client.patch(url, json={"priority": "low"}, headers=guarded), 412)
    newer = operator | {"If-Match": first.headers["ETag"]}
    assert client.patch(url, json={"priority": "low"}, headers=newer).status_code == 200


@pytest.mark.parametrize("etag", ['"x"', "1", '"1', 'W/"999999999999999999999"', '"-1"', "é"])
def test_an_if_match_that_fits_nothing(
    client: FlaskClient, session: Session, operator: Headers, etag: str
) -> None:
    row = RequestFactory()
    headers = operator | {"If-Match": etag}
    check_problem(client.patch(f"/api/requests/{row.id}", json={"note": "x"}, headers=headers), 412)


def test_any_version_is_fine_with_a_star(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    headers = operator | {"If-Match": "*"}
    answer = client.patch(f"/api/requests/{row.id}", json={"note": "x"}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": 1}, "status"),
        ({"category": "Plumbing"}, "category"),
        ({"priority": ["low"]}, "priority"),
        ({"assignee": "x" * 201}, "assignee"),
        ({"assignee": "a\x00b"}, "assignee"),
        ({"note": ""}, "note"),
        ({"note": " \n"}, "note"),
        ({"note": "x" * 4001}, "note"),
        ({"note": "\x1b[2J"}, "note"),
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    changes: dict[str, object],
    field: str,
) -> None:
    row = RequestFactory()
    answer = client.patch(
        f"/api/requests/{row.id}", json={"priority": "high", **changes}, headers=operator
    )
    check_problem(answer, 422, field)
    session.expire_all()
    assert row.priority != "high" or field == "priority"
    assert session.scalar(select(func.count()).select_from(TimelineEntry)) == 0


@pytest.mark.parametrize("word", ["category", "priority"])
def test_triage_cannot_be_taken_back_to_pending_by_null(
    client: FlaskClient, session: Session, operator: Headers, word: str
) -> None:
    row = RequestFactory(categorized=True)
    client.patch(f"/api/requests/{row.id}", json={word: None}, headers=operator)
    session.expire_all()
    assert getattr(row, word) != "pending"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"status=completed", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_change_is_a_json_object(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    body: bytes,
    content_type: str,
    status: int,
) -> None:
    row = RequestFactory()
    answer = client.patch(
        f"/api/requests/{row.id}", data=body, content_type=content_type, headers=operator
    )
    check_problem(answer, status)


def test_the_link_reads_only(client: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    answer = client.patch(
        f"/api/requests/{row.id}?token={link_token(row)}", json={"status": "cancelled"}
    )
    check_problem(answer, 401)


def test_null_takes_the_assignee_away_and_me_is_the_caller(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    url = f"/api/requests/{RequestFactory(categorized=True).id}"
    mine = client.patch(url, json={"assignee": "me"}, headers=operator).get_json()["assignee"]
    assert mine not in ("", "me")
    kept = client.patch(url, json={"note": "x"}, headers=operator)
    assert kept.get_json()["assignee"] == mine
    nobodys = client.patch(url, json={"assignee": None}, headers=operator)
    assert (nobodys.status_code, nobodys.get_json()["assignee"]) == (200, "")
