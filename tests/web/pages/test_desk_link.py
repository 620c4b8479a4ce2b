"""The requester's link on a request's page: copied, sent again, revoked."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.mail import Mail
from models.maintenance_request import MaintenanceRequest
from models.services.links import status_url
from models.services.mails import write_links
from tests.factories import MailFactory, RequestFactory
from tests.models.services.test_mails import claim_of
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read


def _press(desk: FlaskClient, row: MaintenanceRequest, **given: str) -> str:
    form = {"csrf_token": csrf(desk), "idempotency_key": "press-1", **given}
    answer = desk.post(f"/desk/requests/{row.id}/link", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


@pytest.mark.parametrize(("language", "words"), [("ko", "링크"), ("en", "The link to your")])
def test_the_link_is_sent_again_and_replaced(
    desk: FlaskClient, session: Session, language: str, words: str
) -> None:
    row = RequestFactory(language=language, categorized=True)
    page = read(desk.get(f"/desk/requests/{row.id}"))
    old = status_url(get_settings(), row.reference, 0)
    assert page.one("input", id="link")["value"] == old
    assert "being mailed" in read(desk.get(_press(desk, row))).text
    _press(desk, row, revoke="1", idempotency_key="press-2")
    _press(desk, row, revoke="1", idempotency_key="press-2")
    session.expire_all()
    new = status_url(get_settings(), row.reference, 1)
    assert read(desk.get(f"/desk/requests/{row.id}")).one("input", id="link")["value"] == new
    MailFactory(introduction=True, recipient=row.contact_email)
    write_links(session, [claim_of(row.id)])
    mail = session.scalars(select(Mail).where(Mail.kind == "link")).one()
    assert words in mail.subject and new in mail.text and old not in mail.text
    assert row.description in mail.text and mail.recipient == row.contact_email


def test_without_an_address_it_says_how_to_hand_it_on(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(anonymous=True)
    page = read(desk.get(f"/desk/requests/{row.id}"))
    assert "copy the address above" in page.text
    answer = desk.post(f"/desk/requests/{row.id}/link", data={"csrf_token": csrf(desk)})
    assert "no e-mail address" in read(answer, 409).text


def test_a_strangers_words_do_not_travel_with_the_link(session: Session) -> None:
    row = RequestFactory(english=True)
    write_links(session, [claim_of(row.id)])
    mail = session.scalars(select(Mail).where(Mail.kind == "link")).one()
    assert row.description not in mail.text and row.location not in mail.text
