"""POST /api/requests: what is taken in, and how it is answered."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.ledger.run import Run, Step, StepState
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.timeline_entry import TimelineEntry
from tasks.pipelines import PIPELINES
from tests.factories import UserFactory
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
    runs = session.scalars(select(Run).order_by(Run.id)).all()
    assert [(run.event, run.subject_id, run.request_id) for run in runs] == [
        ("request_submitted", request_id, "call-7"),
        ("receipt_due", request_id, "call-7"),
    ]
    steps = session.scalars(select(Step).order_by(Step.run_id, Step.position)).all()
    tasks = (*PIPELINES["request_submitted"], *PIPELINES["receipt_due"])
    assert tuple(step.task for step in steps) == tasks
    states = [StepState.READY, StepState.BLOCKED, StepState.RETRY]
    assert [step.state for step in steps] == states


@pytest.mark.parametrize(
    ("words", "contact", "operators", "messages"),
    [
        ("물이 새요", "", "", {}),
        ("물이 새요", "kim@example.org", "", {"receipt_due": StepState.RETRY}),
        ("물이 새요", "010-1234-5678", "op@example.org", {"notice_due": StepState.RETRY}),
        (
            "승강기에 사람이 갇혔어요",
            "kim@example.org",
            "op@example.org",
            {"notice_due": StepState.READY, "receipt_due": StepState.READY},
        ),
    ],
)
def test_each_message_is_a_run_of_its_own_and_danger_waits_for_nothing(
    client: FlaskClient,
    session: Session,
    settings_with: Callable[..., Settings],
    words: str,
    contact: str,
    operators: str,
    messages: dict[str, StepState],
) -> None:
    """The others wait a moment for triage, whose answer they tell."""
    settings_with(OPERATORS_EMAIL=operators)
    client.post("/api/requests", json={"description": words, "contact_info": contact})
    found = session.execute(
        select(Run.event, Step.state)
        .join(Step, Step.run_id == Run.id)
        .where(Run.event.in_(("notice_due", "receipt_due")))
    )
    assert {row.event: row.state for row in found} == messages


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "contact", ["kim@example,com", '"a@evil.kr"@x.kr', "이메일kim@x.kr", "kim@x.com으로", "kim@x"]
)
def test_an_address_that_cannot_be_used_is_said_at_its_field(
    client: FlaskClient, session: Session, contact: str, language: str
) -> None:
    words = {**WORDS, "contact_info": contact}
    answer = client.post("/api/requests", json=words, headers={"Accept-Language": language})
    (error,) = check_problem(answer, 422, "contact_info")["errors"]
    assert error["message"].isascii() == (language == "en")
    assert _count(session, MaintenanceRequest) == 0


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("kim@한국.kr", "kim@xn--3e0b707e.kr"),
        ("ｋｉｍ＠example。com", "kim@example.com"),
        ("kim@exam\u200bple.com", "kim@example.com"),
        ("kim@samsung.co.한국", "kim@samsung.co.xn--3e0b707e"),
    ],
)
def test_an_address_as_an_input_method_writes_it_is_mailed(
    client: FlaskClient, session: Session, contact: str, address: str
) -> None:
    body = client.post("/api/requests", json={**WORDS, "contact_info": contact}).get_json()
    assert body["contact_info"] == contact  # as it was written
    assert session.get_one(MaintenanceRequest, body["id"]).contact_email == address


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
    assert sorted(events) == ["photo_added"] * 3 + ["receipt_due", "request_submitted"]


def test_an_empty_file_field_of_a_browser_is_no_photo(
    client: FlaskClient, session: Session
) -> None:
    data = {**WORDS, "photos": (BytesIO(b""), "")}
    answer = client.post("/api/requests", data=data, content_type="multipart/form-data")
    assert answer.status_code == 201
    assert _count(session, Photo) == 0


def test_a_sixth_photo_is_named_and_the_report_taken(client: FlaskClient, session: Session) -> None:
    files = [(BytesIO(picture()), f"{n}.jpg") for n in range(6)]
    answer = client.post(
        "/api/requests", data={**WORDS, "photos": files}, content_type="multipart/form-data"
    )
    assert answer.status_code == 201
    assert [error["name"] for error in answer.get_json()["photo_errors"]] == ["5.jpg"]
    assert (_count(session, MaintenanceRequest), _count(session, Photo)) == (1, 5)


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
    assert _count(session, MaintenanceRequest) == 1
    assert _count(session, Run) == 2


def test_a_key_belongs_to_its_caller(
    client: FlaskClient, session: Session, log_in: Callable[..., Headers]
) -> None:
    """Whoever guesses a key first neither takes it away nor is shown what comes under it later."""
    key = {"Idempotency-Key": "0e9d-form-1"}
    callers: list[tuple[Headers, str]] = [
        ({}, "10.9.8.7"),
        ({}, "10.9.8.8"),
        ({}, "2001:db8:1:1::1"),
        ({}, "2001:db8:1:2::1"),
        (log_in(UserFactory()), "10.9.8.7"),
        (log_in(UserFactory()), "10.9.8.7"),
    ]
    for number, (headers, address) in enumerate(callers):
        words = {**WORDS, "description": f"고장 {number}"}
        for expected in (None, "true"):
            answer = client.post(
                "/api/requests",
                json=words,
                headers={**headers, **key},
                environ_base={"REMOTE_ADDR": address},
            )
            assert answer.status_code == 201
            assert answer.headers.get("Idempotent-Replayed") == expected
            assert answer.get_json()["description"] == f"고장 {number}"
    assert _count(session, MaintenanceRequest) == len(callers)


@pytest.mark.parametrize(
    ("key", "made"),
    [("0e9d5b1c-6f0f-4c7c-9d0e-1d1f1a2b3c4d", 1), ("k", 2)],
    ids=["random", "guessable"],
)
def test_a_form_keeps_its_random_key_on_another_network(
    client: FlaskClient, session: Session, key: str, made: int
) -> None:
    """A telephone changes its address between two attempts; no cookie is needed to know it again."""
    assert "Set-Cookie" not in client.get("/").headers
    for address in ("10.9.8.7", "10.9.8.8"):
        answer = client.post(
            "/api/requests",
            data={**WORDS, "idempotency_key": key},
            environ_base={"REMOTE_ADDR": address},
        )
        assert answer.status_code == 201
    assert _count(session, MaintenanceRequest) == made


def test_a_call_that_the_gateway_sends_again_makes_nothing_new(
    client: FlaskClient, session: Session
) -> None:
    attempt = {"X-Gateway-Call": "0b57a2c1-6f0f-4c7c-9d0e-1d1f1a2b3c4d"}
    answers = [client.post("/api/requests", json=WORDS, headers=attempt) for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert "Idempotent-Replayed" not in answers[1].headers
    assert _count(session, MaintenanceRequest) == 1


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
