"""POST /api/requests: what is taken in, and how it is answered."""

from datetime import datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.ledger.run import Run, Step, StepState
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.timeline_entry import TimelineEntry
from tasks.pipelines import PIPELINES
from tests.web.conftest import Headers
from tests.web.pictures import picture
from tests.web.problems import check_problem

WORDS = {
    "description": "3층 화장실에서 물이 새요",
    "location": "본관 3층",
    "contact_info": "김하자 kim@example.org 010-1234-5678",
    "requester_name": "김하자",
}


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_request_is_written_down_as_pending(client: FlaskClient, session: Session) -> None:
    answer = client.post("/api/requests", json={**WORDS, "language": "ko", "surprise": 1})
    assert answer.status_code == 201
    body = answer.get_json()
    assert {name: body[name] for name in WORDS} == WORDS
    assert [body[name] for name in ("category", "priority", "status")] == ["pending"] * 3
    assert (body["language"], body["assignee"]) == ("ko", "")
    assert set(body) >= {"id", "reference", "created_at", "updated_at", "status_url"}
    assert "surprise" not in body
    assert answer.headers["Location"] == f"/api/requests/{body['id']}"
    assert datetime.fromisoformat(body["created_at"]).utcoffset() is not None
    assert body["created_at"].endswith("Z")
    row = session.get_one(MaintenanceRequest, body["id"])
    assert row.contact_email == "kim@example.org"


def test_everything_that_follows_is_written_in_the_same_transaction(
    client: FlaskClient, session: Session
) -> None:
    headers = {"X-Request-ID": "call-7"}
    answer = client.post("/api/requests", json=WORDS, headers=headers)
    request_id = answer.get_json()["id"]
    assert answer.headers["X-Request-ID"] == "call-7"
    entry = session.scalars(select(TimelineEntry)).one()
    assert (entry.request_id, entry.event) == (request_id, "request_submitted")
    run = session.scalars(select(Run)).one()
    assert (run.event, run.subject_id, run.request_id) == (
        "request_submitted",
        request_id,
        "call-7",
    )
    steps = session.scalars(select(Step).order_by(Step.position)).all()
    assert tuple(step.task for step in steps) == PIPELINES["request_submitted"]
    assert [step.state for step in steps[:2]] == [StepState.READY, StepState.BLOCKED]


@pytest.mark.parametrize("content_type", ["urlencoded", "multipart"])
def test_a_form_is_taken_like_json(client: FlaskClient, content_type: str) -> None:
    mimetype = {
        "urlencoded": "application/x-www-form-urlencoded",
        "multipart": "multipart/form-data",
    }[content_type]
    answer = client.post("/api/requests", data=WORDS, content_type=mimetype)
    assert answer.status_code == 201
    assert {name: answer.get_json()[name] for name in WORDS} == WORDS


def test_a_browsers_form_is_sent_to_its_status_page(client: FlaskClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = client.post("/api/requests", data=WORDS, headers=browser)
    assert answer.status_code == 303
    assert "/r/" in answer.headers["Location"] and "token=" in answer.headers["Location"]


def test_photos_come_along_in_a_form(client: FlaskClient, session: Session) -> None:
    files = [(BytesIO(picture(kind)), f"사진.{kind}") for kind in ("JPEG", "PNG", "WEBP")]
    answer = client.post(
        "/api/requests", data={**WORDS, "photos": files}, content_type="multipart/form-data"
    )
    assert answer.status_code == 201
    photos = session.scalars(select(Photo).order_by(Photo.id)).all()
    types = [photo.content_type for photo in photos]
    assert types == ["image/jpeg", "image/png", "image/webp"]
    events = session.scalars(select(Run.event).order_by(Run.id)).all()
    assert sorted(events) == ["photo_added"] * 3 + ["request_submitted"]


def test_an_empty_file_field_of_a_browser_is_no_photo(
    client: FlaskClient, session: Session
) -> None:
    data = {**WORDS, "photos": (BytesIO(b""), "")}
    answer = client.post("/api/requests", data=data, content_type="multipart/form-data")
    assert answer.status_code == 201
    assert _count(session, Photo) == 0


@pytest.mark.parametrize("name", ["fault.jpg", "report.pdf"])
def test_a_photo_that_is_no_picture_is_refused_with_all_of_it(
    client: FlaskClient, session: Session, name: str
) -> None:
    files = [(BytesIO(picture()), "good.jpg"), (BytesIO(b"%PDF-1.7 not a picture"), name)]
    answer = client.post(
        "/api/requests", data={**WORDS, "photos": files}, content_type="multipart/form-data"
    )
    check_problem(answer, 422, "photos")
    assert _count(session, MaintenanceRequest) == _count(session, Photo) == 0


def test_a_sixth_photo_is_refused(client: FlaskClient, session: Session) -> None:
    files = [(BytesIO(picture()), f"{n}.jpg") for n in range(6)]
    answer = client.post(
        "/api/requests", data={**WORDS, "photos": files}, content_type="multipart/form-data"
    )
    check_problem(answer, 422, "photos")
    assert _count(session, MaintenanceRequest) == 0


@pytest.mark.parametrize(
    ("given", "accepted", "expected"),
    [
        ("en", "ko", "en"),
        ("ko", "en-GB,en;q=0.9", "ko"),
        ("", "en-GB,en;q=0.9", "en"),
        ("fr", "en", "en"),
        ("", "fr", "ko"),
        ("", "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("", "*", "ko"),
    ],
)
def test_the_language_is_the_given_or_the_callers(
    client: FlaskClient, given: str, accepted: str, expected: str
) -> None:
    answer = client.post(
        "/api/requests",
        json={"description": "x", "language": given},
        headers={"Accept-Language": accepted},
    )
    assert answer.get_json()["language"] == expected


def test_text_is_kept_as_it_was_written_but_tidied(client: FlaskClient) -> None:
    given = "  <b>첫 줄</b>\r\n둘째 줄\t탭 🔧  "
    decomposed = "수도꼭지"
    answer = client.post("/api/requests", json={"description": given, "location": decomposed})
    body = answer.get_json()
    assert body["description"] == "<b>첫 줄</b>\n둘째 줄\t탭 🔧"
    assert body["location"] == "수도꼭지"


def test_the_longest_text_is_counted_in_characters(client: FlaskClient) -> None:
    words = {"description": "물" * 4000, "location": "층" * 200, "contact_info": "번" * 200}
    assert client.post("/api/requests", json=words).status_code == 201


def test_a_replayed_key_answers_as_the_first_time(client: FlaskClient, session: Session) -> None:
    headers = {"Idempotency-Key": "0e9d-form-1"}
    first = client.post("/api/requests", json=WORDS, headers=headers)
    second = client.post("/api/requests", json=WORDS, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.get_json() == first.get_json()
    assert second.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert _count(session, MaintenanceRequest) == _count(session, Run) == 1


def test_a_replayed_key_with_photos_makes_nothing_new(
    client: FlaskClient, session: Session
) -> None:
    for expected in (None, "true"):
        answer = client.post(
            "/api/requests",
            data={**WORDS, "photos": (BytesIO(picture()), "a.jpg")},
            content_type="multipart/form-data",
            headers={"Idempotency-Key": "with-photo"},
        )
        assert answer.headers.get("Idempotent-Replayed") == expected
    assert _count(session, Photo) == 1


def test_a_key_with_other_content_is_refused(client: FlaskClient, session: Session) -> None:
    headers = {"Idempotency-Key": "k"}
    client.post("/api/requests", json=WORDS, headers=headers)
    answer = client.post("/api/requests", json={**WORDS, "location": "별관"}, headers=headers)
    check_problem(answer, 422, "Idempotency-Key")
    assert _count(session, MaintenanceRequest) == 1


def test_keys_of_different_callers_do_not_meet(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    headers = {"Idempotency-Key": "k"}
    client.post("/api/requests", json=WORDS, headers=headers)
    answer = client.post("/api/requests", json=WORDS, headers=headers | operator)
    assert answer.status_code == 201
    assert _count(session, MaintenanceRequest) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "키", "a b", "a\tb"])
def test_a_bad_key_is_refused(client: FlaskClient, session: Session, key: str) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = client.post("/api/requests", json=WORDS, headers=headers)
    check_problem(answer, 422, "Idempotency-Key")
    assert _count(session, MaintenanceRequest) == 0


def test_the_longest_key(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k" * 255}
    assert client.post("/api/requests", json=WORDS, headers=headers).status_code == 201


def test_danger_is_told_at_once_in_the_requesters_language(client: FlaskClient) -> None:
    answer = client.post("/api/requests", json={"description": "가스 냄새가 심하게 나요"})
    body = answer.get_json()
    assert body["danger"]
    assert "119" in str(body["advice"])
