"""A contact that was wrong: corrected by the requester on the status page, and by operators."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.ledger.run import Run
from models.mail import Mail
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import Filter, list_requests
from models.services.contact_corrections import MAX_CORRECTIONS, MAX_EVER
from models.services.mails import write_updates
from models.services.search import index_requests
from models.services.workflow import Changes, update_request
from models.timeline_entry import CONTACT_CHANGED, TimelineEntry
from tests.factories import RequestFactory, UserFactory
from tests.models.services.test_mails import claim_of
from tests.web.conftest import Headers, link_token
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read
from tests.web.problems import check_problem

NEW = "right@example.net"
WRONG = ["kim@@example", "kim@example,com", "", " ", "x" * 201]


def _path(row: MaintenanceRequest, path: str = "", language: str = "en") -> str:
    return f"/r/{row.reference}{path}?token={link_token(row)}&lang={language}"


def _correct(browser: FlaskClient, row: MaintenanceRequest, contact: str, status: Any) -> Document:
    answer = browser.post(_path(row, "/contact"), data={"contact_info": contact})
    assert answer.status_code == status, answer.text
    if status == 303:
        answer = browser.get(answer.headers["Location"])
    return read(answer, answer.status_code)


def test_later_mails_go_to_the_new_address(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory(categorized=True)
    old, version = row.contact_email, row.version
    index_requests(session, [row])
    session.commit()
    assert "was corrected" in _correct(browser, row, f"010-2222-3333 {NEW}", 303).text
    session.expire_all()
    assert (row.contact_email, row.contact_info) == (NEW, f"010-2222-3333 {NEW}")
    assert row.version > version
    # The correction itself mails nobody.
    assert session.scalars(select(Run.event)).all() == ["request_updated"]
    update_request(session, row.id, Changes(status="in_progress"), user=UserFactory())
    write_updates(session, [claim_of(row.id)])
    assert session.scalars(select(Mail.recipient)).all() == [NEW]
    for q, n in ((NEW, 1), ("010-2222-3333", 1), (old, 0)):
        assert len(list_requests(session, Filter(q=q)).rows) == n, q


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_shows_neither_the_old_nor_the_new_one(
    browser: FlaskClient, session: Session, language: str
) -> None:
    row = RequestFactory()
    old = row.contact_info
    _correct(browser, row, NEW, 303)
    page = browser.get(_path(row, language=language)).text
    shown = browser.get(f"/api/requests/{row.id}?token={link_token(row)}").text
    for said in (page, shown):
        assert NEW not in said and old not in said
    assert ("연락처를 고쳤습니다" if language == "ko" else "contact was corrected") in page


@pytest.mark.parametrize("contact", WRONG)
def test_what_the_form_refuses_is_refused(
    browser: FlaskClient, session: Session, contact: str
) -> None:
    row = RequestFactory()
    page = _correct(browser, row, contact, 422)
    assert page.one("p", id="contact-error").text
    assert page.one("input", id="contact")["value"] == contact
    session.expire_all()
    assert row.contact_info != contact


def test_a_link_corrects_a_few_times_an_hour(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    for n in range(MAX_CORRECTIONS):
        for _ in range(2):  # the same again is no correction
            _correct(browser, row, f"{n}@example.org", 303)
    page = _correct(browser, row, NEW, 409)
    assert "a few times an hour" in page.text
    session.expire_all()
    assert row.contact_email == f"{MAX_CORRECTIONS - 1}@example.org"
    for entry in row.timeline:
        entry.created_at -= timedelta(hours=2)
    session.commit()
    _correct(browser, row, "next@example.org", 303)


def test_a_link_corrects_so_often_in_all(browser: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    long_ago = datetime.now(UTC) - timedelta(days=2)
    for _ in range(MAX_EVER):
        entry = TimelineEntry(request_id=row.id, event=CONTACT_CHANGED, created_at=long_ago)
        session.add(entry)
    session.commit()
    assert "twenty times in all" in _correct(browser, row, NEW, 409).text


def test_another_link_corrects_nothing(browser: FlaskClient, session: Session) -> None:
    row, other = RequestFactory(), RequestFactory()
    for token in ("", "x", link_token(other)):
        path = f"/r/{row.reference}/contact?token={token}"
        assert browser.post(path, data={"contact_info": NEW}).status_code == 403


def test_operators_correct_and_see_what_it_was(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    old = row.contact_info
    path = f"/api/requests/{row.id}"
    given = {"contact_info": NEW, "requester_name": "김바름"}
    body = client.patch(path, json=given, headers=operator).get_json()
    assert (body["contact_info"], body["requester_name"]) == (NEW, "김바름")
    changed = {entry["event"]: entry["data"] for entry in body["timeline"]}
    assert changed["contact_changed"] == {"was": old, "became": NEW}
    seen = client.get(f"{path}?token={link_token(row)}").get_json()["timeline"]
    assert [entry["data"] for entry in seen] == [{}, {}]
    assert session.scalars(select(Run.event)).all() == ["request_updated"]
    for contact in WRONG[:2]:
        refused = client.patch(path, json={"contact_info": contact}, headers=operator)
        check_problem(refused, 422, "contact_info")
    cleared = client.patch(path, json={"contact_info": ""}, headers=operator).get_json()
    assert cleared["contact_info"] == ""


def test_a_stale_form_on_the_desk_overwrites_no_correction(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory()
    path = f"/desk/requests/{row.id}"
    page = read(desk.get(path))
    form = {
        "csrf_token": csrf(desk),
        "seen_contact_info": page.one("input", id="contact_info")["value"],
        "seen_requester_name": page.one("input", id="requester_name")["value"],
    }
    row.contact_info = row.contact_email = NEW
    session.commit()
    form |= {"contact_info": form["seen_contact_info"], "requester_name": "김바름"}
    assert desk.post(path, data=form).status_code == 303
    session.expire_all()
    assert (row.contact_info, row.requester_name) == (NEW, "김바름")
    refused = read(desk.post(path, data={**form, "contact_info": "kim@@example"}), 422)
    assert refused.one("input", id="contact_info")["value"] == "kim@@example"


def test_the_desk_says_whose_the_address_is(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(english=True)
    assert "somebody who had the link" not in desk.get(f"/desk/requests/{row.id}").text
    _correct(desk, row, NEW, 303)
    page = read(desk.get(f"/desk/requests/{row.id}"))
    assert "somebody who had the link" in page.text and "check it first" in page.text
    changes = Changes(contact_info="sure@example.org")
    update_request(session, row.id, changes, user=UserFactory())
    session.commit()
    assert "check it first" not in desk.get(f"/desk/requests/{row.id}").text
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
