"""Invitations and forgotten passwords: one-time links by mail."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.account_link import AccountLink
from models.base import now
from models.errors import Gone
from models.ledger.run import Run, StepState
from models.mail import Mail
from models.services import account_links
from models.services.account_links import MOST_AN_HOUR, invite, send_password_link, use_link
from models.services.housekeeping import run_housekeeping
from models.services.mail_store import record_sending
from models.services.users import disable_user, find_user
from models.user import User
from models.words import Language, Role
from tests.crowd import at_once
from tests.factories import PASSWORD, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read

Enter = Callable[[User | None], FlaskClient]
NEW, GUEST = "another long password", "guest@example.org"


def _token(session: Session) -> str:
    """Of the newest mail."""
    mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
    found = re.search(r"/account\?token=([\w-]+)&lang=", mail.text)
    assert found, mail.text
    return found[1]


def _invite(session: Session, *, language: Language = Language.ENGLISH) -> str:
    invite(session, GUEST, role=Role.MANAGER, language=language, invited_by="Kim")
    session.commit()
    return _token(session)


def _use(browser: FlaskClient, token: str, **given: str) -> int:
    data = {"token": token, "name": "손님", "password": NEW, **given}
    return browser.post("/account", data=data).status_code


def test_an_invited_person_makes_an_account_and_is_logged_in(
    enter: Enter, app: Flask, session: Session
) -> None:
    desk = enter(UserFactory(admin=True))
    given = {"csrf_token": csrf(desk), "address": " Guest@Example.org ", "role": "manager"}
    answer = desk.post("/desk/users/invitations", data={**given, "language": "ko"})
    assert answer.status_code == 303
    assert GUEST in desk.get("/desk/users").text
    mail = session.scalars(select(Mail)).one()
    assert (mail.kind, mail.recipient) == ("invitation", GUEST) and "초대" in mail.subject
    assert (
        session.scalars(select(Run).where(Run.event == "mail_queued")).one().subject_id == mail.id
    )
    token = _token(session)
    assert token not in session.scalars(select(AccountLink.token_hash)).one()
    guest = app.test_client()
    for _ in range(2):  # a look uses nothing up
        page = read(guest.get(f"/account?token={token}&lang=ko"))
        assert page.one("html")["lang"] == "ko" and page.hidden["token"] == token
    assert _use(guest, token, password="short") == 422
    assert _use(guest, token) == 303
    assert guest.get("/desk/users").status_code == 200
    user = find_user(session, GUEST)
    assert user and (user.role, user.name, user.language) == ("manager", "손님", "ko")
    assert GUEST in desk.get("/desk/users").text
    assert _use(app.test_client(), token) == 410


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("how", ["unknown", "used", "expired", "revoked", "again", "taken"])
def test_a_link_that_ended_opens_a_page_that_tells_nothing(
    browser: FlaskClient, session: Session, how: str, language: Language
) -> None:
    token = _invite(session, language=language)
    if how == "unknown":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif how == "again":
        _invite(session)
    elif how == "taken":
        UserFactory(username=GUEST)
    else:
        name = {"used": "used_at", "expired": "expires_at", "revoked": "revoked_at"}[how]
        session.execute(update(AccountLink).values({name: now() - timedelta(seconds=1)}))
    session.commit()
    status = 404 if how == "unknown" else 410
    if how != "taken":
        answer = browser.get(f"/account?token={token}&lang={language}")
        page = read(answer, status)
        assert page.one("html")["lang"] == language
        assert GUEST not in answer.text
    assert _use(browser, token) == status
    user = find_user(session, GUEST)
    assert (user is not None) == (how == "taken")


def test_of_two_who_use_a_link_at_once_one_succeeds(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        token = _invite(session)
    ends: list[str] = []

    def use(_number: int) -> None:
        with committed() as session:
            try:
                use_link(session, token, name="", password=NEW)
                session.commit()
                ends.append("in")
            except Gone:
                ends.append("gone")

    at_once(2, use)
    assert sorted(ends) == ["gone", "in"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("kim", "one e-mail address"),
        ("a@example.org b@example.org", "one e-mail"),
        ("", "one e-mail"),
    ],
)
def test_who_cannot_be_invited(enter: Enter, session: Session, address: str, words: str) -> None:
    desk = enter(UserFactory(admin=True))
    given = {"csrf_token": csrf(desk), "role": "operator", "language": "ko", "address": address}
    page = read(desk.post("/desk/users/invitations", data=given), 422)
    assert words in page.one("p", id="invite-address-error").text
    user = UserFactory()
    session.commit()
    page = read(desk.post("/desk/users/invitations", data={**given, "address": user.username}), 422)
    assert "account already" in page.one("p", id="invite-address-error").text


@pytest.mark.parametrize("role", list(Role))
def test_who_may_invite(enter: Enter, session: Session, role: Role) -> None:
    token = _invite(session)
    desk = enter(UserFactory(role=role))
    allowed = 303 if role is Role.ADMIN else 403
    given = {
        "csrf_token": csrf(desk),
        "role": "admin",
        "language": "ko",
        "address": "x@example.org",
    }
    assert desk.post("/desk/users/invitations", data=given).status_code == allowed
    link = session.scalars(select(AccountLink).where(AccountLink.address == GUEST)).one()
    path = f"/desk/users/invitations/{link.id}"
    assert desk.post(path, data={"csrf_token": csrf(desk)}).status_code == allowed
    status = 410 if role is Role.ADMIN else 200
    assert desk.get(f"/account?token={token}").status_code == status


def test_who_forgot_the_password_gets_a_link_to_a_new_one(
    app: Flask, browser: FlaskClient, session: Session
) -> None:
    user = UserFactory(language="en")
    session.commit()
    other = app.test_client()
    other.post("/login", data={"username": user.username, "password": PASSWORD})
    assert "/password" in browser.get("/login").text
    browser.post("/password", data={"username": f" {user.username.upper()} "})
    token = _token(session)
    page = read(browser.get(f"/account?token={token}"))
    assert not page.all("input", name="name")
    assert _use(browser, token, name="Mallory") == 303
    assert browser.get("/desk").status_code == 200
    assert other.get("/desk").status_code != 200
    session.refresh(user)
    assert user.name != "Mallory"
    last = session.scalars(select(Mail.kind).order_by(Mail.id.desc()).limit(1)).one()
    assert last == "password_changed"
    assert _use(browser, token) == 410


def test_the_answer_is_the_same_for_every_name(browser: FlaskClient, session: Session) -> None:
    known, gone = UserFactory(), UserFactory(disabled=True)
    UserFactory(username="kim")
    session.commit()
    answers = set()
    for name in (known.username, gone.username, "kim", "nobody@example.org", "", "x" * 500):
        answer = browser.post("/password", data={"username": name})
        answers.add((answer.status_code, answer.headers["Location"]))
    assert len(answers) == 1
    assert [mail.recipient for mail in session.scalars(select(Mail))] == [known.username]
    assert len(session.scalars(select(Run)).all()) == 1


def test_an_address_gets_few_links_an_hour(session: Session) -> None:
    user = UserFactory()
    for _ in range(MOST_AN_HOUR + 2):
        send_password_link(session, user.username, language=Language.KOREAN)
    assert len(session.scalars(select(Mail)).all()) == MOST_AN_HOUR
    token = _token(session)
    disable_user(session, user)
    with pytest.raises(Gone):
        use_link(session, token, name="", password=NEW)


def test_the_pages_are_limited_and_closed_to_foreign_pages(
    browser: FlaskClient, session: Session
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/account", "/password"):
        assert browser.post(path, data={}, headers=foreign).status_code == 403
        answers = {browser.post(path, data={"token": "x"}).status_code for _ in range(25)}
        assert 429 in answers and len(answers) == 2


def test_what_was_sent_and_what_is_old_is_not_kept(session: Session) -> None:
    _invite(session)
    mail = session.scalars(select(Mail)).one()
    record_sending(session, [mail.id], StepState.DONE)
    session.refresh(mail)
    assert (mail.text, mail.html, mail.state) == ("", "", "sent")
    old = now() - timedelta(days=account_links._KEPT_DAYS + 1)
    session.execute(update(AccountLink).values(expires_at=old))
    run_housekeeping(session)
    assert not session.scalars(select(AccountLink)).all()


def test_the_command_invites_too(app: Flask, in_transaction: None, session: Session) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["users", "invite", GUEST, "--role", "admin"]).exit_code == 0
    assert session.scalars(select(AccountLink)).one().role == Role.ADMIN
    assert run(args=["users", "invite", "kim"]).exit_code == 1
    assert f"{GUEST}  admin  invited" in run(args=["users", "list"]).output
    for code in (0, 1):
        assert run(args=["users", "revoke", GUEST]).exit_code == code
