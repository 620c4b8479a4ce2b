"""A reply before it is sent: the very mail, and the way back."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.mail import Mail
from models.maintenance_request import MaintenanceRequest
from models.services.mails import write_updates
from tests.factories import MailFactory, RequestFactory
from tests.models.services.test_mails import claim_of
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read

WORDS = "It drips <b>still</b>\nWhich flat?"


def _form(desk: FlaskClient, row: MaintenanceRequest, **given: str) -> dict[str, str]:
    page = read(desk.get(f"/desk/requests/{row.id}"))
    return {"csrf_token": csrf(desk), "idempotency_key": page.hidden["idempotency_key"], **given}


def _preview(
    desk: FlaskClient, row: MaintenanceRequest, status: Any = 200, **given: str
) -> Document:
    path = f"/desk/requests/{row.id}/preview"
    return read(desk.post(path, data=_form(desk, row, **given)), status)


@pytest.mark.parametrize("question", [True, False])
@pytest.mark.parametrize(("language", "known"), [("ko", True), ("en", False)])
def test_the_preview_is_the_mail_that_is_sent(
    desk: FlaskClient, session: Session, language: str, known: bool, question: bool
) -> None:
    """Whatever language the operator reads."""
    row = RequestFactory(categorized=True, language=language, status="in_progress")
    if known:
        MailFactory(introduction=True, recipient=row.contact_email)
    session.commit()
    given = {"reply": WORDS} | ({"question": "1"} if question else {})
    page = _preview(desk, row, **given)
    # From the step to the request, as a browser does it.
    form = page.hidden | {"csrf_token": csrf(desk)}
    assert desk.post(f"/desk/requests/{row.id}", data=form).status_code == 303
    session.expire_all()
    write_updates(session, [claim_of(row.id)])
    mail = session.scalars(
        select(Mail).where(Mail.kind == "update", Mail.request_id == row.id)
    ).one()
    shown = page.one("div", class_="mail-text").text
    assert shown.strip() == mail.text.strip() and WORDS in shown
    assert mail.subject in page.text and row.contact_email in page.text
    assert page.one("div", class_="mail-text")["lang"] == language


def test_without_an_address_it_says_that_no_mail_goes(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(anonymous=True)
    assert "No mail goes" in _preview(desk, row, reply=WORDS).text


@pytest.mark.parametrize("words", [" ", "x" * 4001])
def test_what_cannot_be_sent_is_refused_and_kept(desk: FlaskClient, words: str) -> None:
    page = _preview(desk, RequestFactory(), 422, reply=words)
    assert page.by_name("reply").text.strip() == words.strip()
    page.one("div", class_="notice bad")


def test_back_from_the_preview_the_words_are_in_the_form(desk: FlaskClient) -> None:
    row = RequestFactory(categorized=True)
    page = _preview(desk, row, reply=WORDS, question="1")
    form = page.hidden | {"csrf_token": csrf(desk)}
    page = read(desk.post(f"/desk/requests/{row.id}/reply", data=form))
    assert page.by_name("reply").text.strip() == WORDS
    assert page.one("input", id="question").get("checked") is not None


def test_nobody_previews_for_a_request_that_is_not_there(desk: FlaskClient) -> None:
    form = _form(desk, RequestFactory(), reply=WORDS)
    for path in ("preview", "reply"):
        assert desk.post(f"/desk/requests/999999/{path}", data=form).status_code == 404
