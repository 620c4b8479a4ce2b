"""What the status page says will happen next and by when."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from models.services.notices import write_answers
from models.services.workflow import Changes, update_request
from tests.factories import RequestFactory, UserFactory
from tests.models.services.test_mails import claim_of
from tests.web.conftest import link_token
from tests.web.pages.document import Document, read
from tests.web.pictures import picture

CASES: list[tuple[dict[str, Any], float, str, str]] = [
    ({}, 1, "24시간", "we go by 24 hours"),
    ({"category": "hvac", "priority": "urgent"}, 1, "4시간 안에", "within 4 hours of the report"),
    ({"category": "hvac", "priority": "medium"}, 1, "‘보통’인 요청은 보통", "within 3 days"),
    (
        {"category": "hvac", "priority": "low", "status": "in_progress"},
        1,
        "처리하고 있습니다. 긴급도가 ‘낮음’",
        "working on it. Requests of priority “Low” are usually done within 7 days",
    ),
    (
        {"category": "hvac", "priority": "urgent", "status": "in_progress"},
        5,
        "늦은 요청으로 표시",
        "sees it marked as late",
    ),
    ({"status": "on_hold"}, 100, "기다리는 중", "no date to name"),
    ({"status": "completed"}, 1, "다시 열 수 있습니다", "not fixed, you can open it again"),
    ({"status": "cancelled"}, 1, "취소하여", "still needed, you can open it again"),
]


def _next(
    browser: FlaskClient, row: MaintenanceRequest, language: str = "en", more: str = ""
) -> tuple[Document, str]:
    page = read(browser.get(f"/r/{row.reference}?token={link_token(row)}&lang={language}{more}"))
    (part,) = page.all("div", data_live="next")
    return page, part.text


@pytest.mark.parametrize(("fields", "hours", "korean", "english"), CASES)
def test_it_says_what_happens_and_by_when(
    browser: FlaskClient,
    session: Session,
    fields: dict[str, Any],
    hours: float,
    korean: str,
    english: str,
) -> None:
    created = datetime.now(UTC) - timedelta(hours=hours)
    if fields.get("status") == "completed":
        fields = {**fields, "completed_at": created}
    row = RequestFactory(created_at=created, **fields)
    session.commit()
    assert korean in _next(browser, row, "ko")[1]
    text = _next(browser, row)[1]
    assert english in text
    assert "by mail" in text or row.status in ("completed", "cancelled")
    # The same right after sending, and only once.
    sent, again = _next(browser, row, more="&notice=sent")
    assert again == text and len(sent.all("div", class_="notice good sent")) == 1


def test_a_question_is_what_happens_next(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory(anonymous=True, categorized=True)
    update_request(session, row.id, Changes(reply="Which flat?", question=True), user=UserFactory())
    session.commit()
    text = _next(browser, row)[1]
    assert "waits for your answer" in text and "on this page only" in text


@pytest.mark.parametrize(("language", "words"), [("ko", "밖"), ("en", "outside")])
def test_nobody_is_told_to_telephone_where_gas_leaks(
    browser: FlaskClient, session: Session, language: str, words: str
) -> None:
    gas, flood = RequestFactory(danger="gas"), RequestFactory(danger="flooding")

    def button(row: MaintenanceRequest) -> str:
        return _next(browser, row, language)[0].one("a", class_="button danger").text

    assert words in button(gas) and words not in button(flood)


def test_operators_hear_of_photos_that_come_alone(
    browser: FlaskClient, session: Session, settings_with: Any
) -> None:
    settings: Settings = settings_with(OPERATORS_EMAIL="op@example.org")
    row = RequestFactory(english=True)
    files = [(BytesIO(picture()), "a.jpg"), (BytesIO(picture()), "b.jpg")]
    path = f"/r/{row.reference}/answers?token={link_token(row)}"
    assert browser.post(path, data={"photos": files}).status_code == 303
    (run,) = session.scalars(select(Run).where(Run.event == "answer_notice_due"))
    (mail,) = write_answers(session, [claim_of(run.subject_id)]).values()
    assert mail.outgoing.recipient == str(settings.operator_mailboxes[0])
    assert mail.outgoing.subject.startswith("[Haja] Photos · ")
    assert "has sent photos" in mail.outgoing.text
    session.expire_all()
    assert row.answered
