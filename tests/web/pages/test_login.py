"""Logging in and out: cookies, safe ways back, and no help for foreign pages."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import PASSWORD, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read


def test_pages_of_the_desk_lead_to_the_login_and_back(
    browser: FlaskClient, session: Session
) -> None:
    user = UserFactory()
    session.commit()
    answer = browser.get("/desk?status=pending&q=물")
    assert answer.status_code == 303
    page = read(browser.get(answer.headers["Location"]))
    data = {**page.hidden, "username": f" {user.username.upper()} ", "password": PASSWORD}
    back = browser.post("/login", data=data)
    assert back.status_code == 303
    assert back.headers["Location"].startswith("/desk?status=pending")
    read(browser.get(back.headers["Location"]))


def test_the_cookie_of_a_login_is_out_of_reach_for_scripts(
    browser: FlaskClient, session: Session
) -> None:
    user = UserFactory()
    session.commit()
    answer = browser.post("/login", data={"username": user.username, "password": PASSWORD})
    cookies = {c.split("=")[0]: c for c in answer.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["haja_access"]
    assert all("SameSite=Lax" in cookie for cookie in cookies.values())
    assert "HttpOnly" in cookies["haja_device"]
    ages = {
        name: cookie.partition("Max-Age=")[2].partition(";")[0] for name, cookie in cookies.items()
    }
    assert ages == {"haja_access": "43200", "haja_csrf": "43200", "haja_device": "31536000"}


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    browser: FlaskClient, session: Session
) -> None:
    user = UserFactory()
    session.commit()
    texts = set()
    for name, password in ((user.username, "wrong"), ("nobody", PASSWORD), ("", "")):
        answer = browser.post("/login", data={"username": name, "password": password})
        page = read(answer, 401)
        assert page.by_name("username")["value"] == name
        assert page.by_name("password").get("value") is None
        assert not answer.headers.getlist("Set-Cookie")
        texts.add(page.text)
    assert len(texts) == 1


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/desk",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/\r\nSet-Cookie: a=b",
        "desk",
        "",
    ],
)
def test_nobody_is_led_away_by_the_login(
    browser: FlaskClient, session: Session, address: str
) -> None:
    user = UserFactory()
    session.commit()
    data = {"username": user.username, "password": PASSWORD, "next": address}
    assert browser.post("/login", data=data).headers["Location"] == "/desk"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://localhost:99999999"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
    ],
)
def test_a_foreign_page_cannot_log_anybody_in(
    browser: FlaskClient, session: Session, headers: dict[str, str], status: int
) -> None:
    user = UserFactory()
    session.commit()
    data = {"username": user.username, "password": PASSWORD}
    assert browser.post("/login", data=data, headers=headers).status_code == status


def test_logging_out_ends_the_login_and_not_only_the_cookie(desk: FlaskClient) -> None:
    kept = desk.get_cookie("haja_access")
    assert kept is not None
    assert desk.post("/logout").status_code == 403
    answer = desk.post("/logout", data={"csrf_token": csrf(desk)})
    assert answer.status_code == 303
    assert desk.get_cookie("haja_access") is None
    desk.set_cookie("haja_access", kept.value)
    assert desk.get("/desk").headers["Location"].startswith("/login")


def test_a_login_that_ended_leads_to_the_login_and_does_not_disturb_requesters(
    browser: FlaskClient,
) -> None:
    browser.set_cookie("haja_access", "rubbish")
    assert browser.get("/desk").status_code == 303
    assert browser.get("/").status_code == 200
    assert browser.get("/login").status_code == 200
