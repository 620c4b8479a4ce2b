"""What an operator typed outlives the login that it was typed in."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.base import now
from models.maintenance_request import MaintenanceRequest
from models.user import LoginSession, User
from tests.factories import PASSWORD, RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read

Enter = Callable[[User | None], FlaskClient]
NOTE = "수리 기사 <김>에게 전화함\n내일 9시 & 열쇠 필요"


def _end_logins(session: Session) -> None:
    """Twelve hours later, seen from the server; a browser has dropped its cookies as well."""
    session.execute(update(LoginSession).values(revoked_at=now()))
    session.commit()


def _send(browser: FlaskClient, request: MaintenanceRequest, token: str, **headers: str):  # type: ignore[no-untyped-def]
    form = {"csrf_token": token, "version": request.version, "status": "in_progress", "note": NOTE}
    return browser.post(f"/desk/requests/{request.id}", data=form, headers=headers)


@pytest.mark.parametrize("cookies_are_gone", [True, False])
def test_a_note_written_while_the_session_ran_out_survives_the_login(
    enter: Enter, session: Session, *, cookies_are_gone: bool
) -> None:
    user, request = UserFactory(), RequestFactory(categorized=True)
    browser = enter(user)
    token = csrf(browser)
    _end_logins(session)
    if cookies_are_gone:
        browser.delete_cookie("haja_access")
        browser.delete_cookie("haja_csrf")
    login = read(_send(browser, request, token), 401)
    wrong = {**login.hidden, "username": user.username, "password": "wrong"}
    again = read(browser.post("/login", data=wrong), 401)
    right = {**again.hidden, "username": user.username, "password": PASSWORD}
    page = read(browser.post("/login", data=right))
    assert page.one("textarea", id="note").text.strip() == NOTE
    form = {**page.hidden, "note": NOTE}
    answer = browser.post(f"/desk/requests/{request.id}", data=form)
    assert answer.status_code == 303, answer.text
    session.refresh(request)
    assert request.status == "in_progress"
    assert [e.data["note"] for e in request.timeline if e.event == "note_added"] == [NOTE]


def test_a_second_tabs_form_works_after_a_login_in_the_first(
    enter: Enter, session: Session
) -> None:
    user, request = UserFactory(), RequestFactory(categorized=True)
    browser = enter(user)
    of_second_tab = csrf(browser)
    browser.post("/logout", data={"csrf_token": of_second_tab})
    enter(user)
    answer = _send(browser, request, of_second_tab)
    assert answer.status_code == 303, answer.text


def test_a_form_of_whoever_was_logged_in_before_is_sent_by_a_click(
    enter: Enter, session: Session
) -> None:
    request = RequestFactory(categorized=True)
    browser = enter(None)
    of_first_user = csrf(browser)
    enter(None)
    own = {"Sec-Fetch-Site": "same-origin"}
    page = read(_send(browser, request, of_first_user, **own), 409)
    assert page.one("textarea", id="note").text.strip() == NOTE
    session.refresh(request)
    assert request.status == "pending"
    form = {**page.hidden, "note": NOTE}
    assert browser.post(f"/desk/requests/{request.id}", data=form).status_code == 303


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_a_forged_form_is_not_kept(enter: Enter, session: Session, headers: dict[str, str]) -> None:
    browser, request = enter(None), RequestFactory()
    session.commit()
    assert _send(browser, request, "forged", **headers).status_code == 403
    assert _send(browser, request, "위조", **headers).status_code == 403
    if headers:
        _end_logins(session)
        answer = _send(browser, request, "forged", **headers)
        assert answer.status_code == 403 or "kept" not in read(answer, answer.status_code).hidden


@pytest.mark.parametrize(
    "kept",
    [
        "{",
        "[" * 10_000,
        '["/desk"]',
        json.dumps({"action": "https://evil.example/desk/requests/1", "fields": {}}),
        json.dumps({"action": "//evil.example/desk/requests/1", "fields": {}}),
        json.dumps({"action": "/logout", "fields": {}}),
        json.dumps({"action": "/desk/requests/1", "fields": {"note": 5}}),
        json.dumps({"action": "/desk/requests/1", "fields": ["note"]}),
    ],
)
def test_what_is_no_kept_form_is_a_plain_login(
    browser: FlaskClient, session: Session, kept: str
) -> None:
    user = UserFactory()
    session.commit()
    data = {"username": user.username, "password": PASSWORD, "kept": kept}
    answer = browser.post("/login", data=data)
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/desk")
