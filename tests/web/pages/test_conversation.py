"""The conversation on the pages: replies and notes on the desk, answers on the status page."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.services.conversation import record_answer
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from tests.factories import RequestFactory, UserFactory
from tests.web.conftest import link_token
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read
from tests.web.pictures import picture

ASKED = {"ko": "관리사무소의 질문", "en": "The building office asks"}
TO_OFFICE = {"ko": "관리사무소에 보내기", "en": "Send to the building office"}
TO_REQUESTER = {"ko": "신청자에게 보내기", "en": "Send to the requester"}
INTERNAL = {"ko": "내부 메모 저장", "en": "Save internal note"}
LANGUAGES = ("ko", "en")


def _link(row: MaintenanceRequest, path: str = "", language: str = "en") -> str:
    return f"/r/{row.reference}{path}?token={link_token(row)}&lang={language}"


def _events(session: Session, row: MaintenanceRequest) -> list[str]:
    of_row = select(TimelineEntry.event).where(TimelineEntry.request_id == row.id)
    return list(session.scalars(of_row.order_by(TimelineEntry.id)))


def _ask(session: Session, row: MaintenanceRequest, words: str = "Which flat?") -> None:
    question = Changes(reply=words, question=True, note="a <secret> note")
    update_request(session, row.id, question, user=UserFactory(name="Secret Kim"))
    session.commit()


def _form(desk: FlaskClient, row: MaintenanceRequest, **given: str) -> dict[str, str]:
    page = read(desk.get(f"/desk/requests/{row.id}"))
    return {"csrf_token": csrf(desk), "idempotency_key": page.hidden["idempotency_key"], **given}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_button_says_who_will_read_it(
    desk: FlaskClient, session: Session, language: str
) -> None:
    row = RequestFactory(categorized=True)
    record_answer(session, row.id, "302호 <b>입니다</b>")
    session.commit()
    page = read(desk.get(f"/desk/requests/{row.id}?lang={language}"))
    buttons = [button.text for button in page.all("button")]
    assert TO_REQUESTER[language] in buttons and INTERNAL[language] in buttons
    assert "302호 <b>입니다</b>" in page.text
    assert page.all("div", class_="notice answered")


def test_a_question_is_asked_once_however_often_it_is_sent(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(categorized=True)
    form = _form(desk, row, reply="Which flat?", question="1")
    for _ in range(2):
        assert desk.post(f"/desk/requests/{row.id}", data=form).status_code == 303
    assert _events(session, row) == ["status_changed", "question_asked"]
    page = read(desk.get(f"/desk/requests/{row.id}"))
    assert "Waiting for the requester" in page.text
    other = read(desk.post(f"/desk/requests/{row.id}", data={**form, "reply": "And when?"}), 422)
    assert other.by_name("reply").text.strip() == "And when?"
    assert "press again" in other.text


@pytest.mark.parametrize(
    ("given", "status"), [({"reply": " \n"}, 422), ({"reply": "x" * 4001}, 422)]
)
def test_a_reply_that_cannot_be_sent_is_kept(
    desk: FlaskClient, session: Session, given: dict[str, str], status: int
) -> None:
    row = RequestFactory()
    page = read(desk.post(f"/desk/requests/{row.id}", data=_form(desk, row, **given)), status)
    assert page.by_name("reply").text.strip() == given["reply"].strip()
    assert _events(session, row) == []


def test_there_is_no_question_about_what_has_ended(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(completed=True)
    assert not read(desk.get(f"/desk/requests/{row.id}")).all("input", id="question")
    form = _form(desk, row, reply="Which flat?", question="1")
    page = read(desk.post(f"/desk/requests/{row.id}", data=form), 409)
    assert "has ended" in page.text and page.by_name("reply").text.strip() == "Which flat?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_stands_at_the_top_and_is_answered_there(
    browser: FlaskClient, session: Session, language: str
) -> None:
    row = RequestFactory(categorized=True, status="in_progress")
    _ask(session, row)
    page = read(browser.get(_link(row, language=language)))
    assert page.text.index(ASKED[language]) < page.text.index("Which flat?")
    assert TO_OFFICE[language] in [button.text for button in page.all("button")]
    for secret in ("secret", "Secret Kim"):
        assert secret not in page.text
    form = {"answer": "302호 <i>", "idempotency_key": page.hidden["idempotency_key"]}
    address = ""
    for _ in range(2):
        photos = {"photos": (BytesIO(picture()), "a.jpg")}
        answer = browser.post(_link(row, "/answers", language), data={**form, **photos})
        assert answer.status_code == 303, answer.text
        address = answer.headers["Location"]
    page = read(browser.get(f"{address}&lang={language}"))
    assert "302호 <i>" in page.text and not page.all("section", class_="notice asked")
    assert session.scalar(select(func.count()).select_from(Photo)) == 1
    session.expire_all()
    assert (row.status, row.answered) == ("in_progress", True)


def _send(browser: FlaskClient, row: MaintenanceRequest, status: int, **given: str) -> Document:
    return read(browser.post(_link(row, "/answers"), data=given), status)


def test_an_answer_that_cannot_be_taken_is_kept(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    page = _send(browser, row, 422, answer="x" * 4001)
    assert page.by_name("answer").text.strip() == "x" * 4001
    assert "at most 4000 characters" in page.one("p", id="answer-error").text
    assert "blank" in _send(browser, row, 422, answer=" ").one("p", id="answer-error").text
    sent = browser.post(_link(row, "/answers"), data={"answer": "a", "idempotency_key": "k"})
    assert sent.status_code == 303
    page = _send(browser, row, 422, answer="b", idempotency_key="k")
    assert page.by_name("answer").text.strip() == "b" and "press again" in page.text
    assert _events(session, row) == ["requester_replied"]


def test_words_are_taken_though_a_file_is_no_photo(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    data = {"answer": "302", "photos": (BytesIO(b"no picture"), "plan.jpg")}
    page = read(browser.post(_link(row, "/answers"), data=data))
    assert "plan.jpg" in page.text and "Sent." in page.text
    assert _events(session, row) == ["requester_replied"]


def test_what_has_ended_takes_no_answer(browser: FlaskClient, session: Session) -> None:
    at = datetime.now(UTC) - timedelta(days=15)
    row = RequestFactory(completed=True, created_at=at, completed_at=at)
    assert not read(browser.get(_link(row))).all("textarea")
    page = _send(browser, row, 409, answer="It drips again")
    assert "has ended" in page.text and "It drips again" in page.text
    assert _events(session, row) == []


def test_without_its_link_nobody_answers(browser: FlaskClient, session: Session) -> None:
    row, other = RequestFactory(), RequestFactory()
    answer = browser.post(
        f"/r/{row.reference}/answers?token={link_token(other)}", data={"answer": "a"}
    )
    assert answer.status_code == 403
    gone = MaintenanceRequest(reference="ABCD-EFGH")
    assert browser.post(_link(gone, "/answers"), data={"answer": "a"}).status_code == 404
    assert _events(session, row) == []
