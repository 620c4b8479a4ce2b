"""The form: sent once, and never lost when something is wrong."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from tests.web.pages.document import read
from tests.web.pictures import picture


def _typed(browser: FlaskClient, **typed: str) -> dict[str, str]:
    """What the browser would send: the hidden fields and what was typed."""
    return {**read(browser.get("/")).hidden, **typed}


def _count(session: Session) -> int:
    return session.scalar(select(func.count(MaintenanceRequest.id))) or 0


@pytest.mark.parametrize(
    ("language", "title"), [("ko", "무엇이 고장 났나요?"), ("en", "What needs fixing?")]
)
def test_the_form_speaks_both_languages(browser: FlaskClient, language: str, title: str) -> None:
    page = read(browser.get("/", headers={"Accept-Language": language}))
    assert page.one("html")["lang"] == language
    assert page.one("h1").text == title
    assert page.by_name("language")["value"] == language
    page.one("a", href="tel:119")


def test_each_rendering_has_a_key_of_its_own(browser: FlaskClient) -> None:
    keys = {read(browser.get("/")).hidden["idempotency_key"] for _ in range(3)}
    assert len(keys) == 3


def test_a_sent_form_leads_to_its_status_page(browser: FlaskClient, session: Session) -> None:
    files = [(BytesIO(picture()), "a.jpg"), (BytesIO(picture("PNG")), "b.png")]
    data = {**_typed(browser, description="The tap drips", location="4B"), "photos": files}
    answer = browser.post("/api/requests", data=data)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/r/")
    page = read(browser.get(answer.headers["Location"]))
    assert "The tap drips" in page.text
    assert session.scalar(select(func.count(Photo.id))) == 2


def test_a_double_click_makes_one_request(browser: FlaskClient, session: Session) -> None:
    data = _typed(browser, description="The tap drips")
    first, second = (browser.post("/api/requests", data=data) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert _count(session) == 1


def test_what_was_typed_comes_back_with_the_message_at_its_field(browser: FlaskClient) -> None:
    typed = {
        "description": "  ",
        "location": "x" * 201,
        "contact_info": 'kim@example.org "<b>"',
        "requester_name": "김하자",
    }
    data = _typed(browser, **typed)
    page = read(browser.post("/api/requests", data=data), 422)
    page.one("title").text.startswith("Error")
    assert page.by_name("location")["value"] == typed["location"]
    assert page.by_name("contact_info")["value"] == typed["contact_info"]
    assert page.by_name("requester_name")["value"] == typed["requester_name"]
    assert page.hidden["idempotency_key"] == data["idempotency_key"]
    for name in ("description", "location"):
        field = page.by_name(name)
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in field["aria-describedby"].split()
        assert page.one("p", id=f"{name}-error").text
    assert page.by_name("contact_info").get("aria-invalid") is None
    assert "<b>" not in str(page.one("main").text.encode()) or not page.all("b")


@pytest.mark.parametrize("name", ["photos", "photo[]"])
def test_photos_that_have_to_be_chosen_again_are_told(browser: FlaskClient, name: str) -> None:
    files = {name: [(BytesIO(picture()), "a.jpg")]}
    page = read(browser.post("/api/requests", data={**_typed(browser), **files}), 422)
    assert "choose them again" in page.text


def test_a_korean_form_that_is_wrong_is_answered_in_korean(browser: FlaskClient) -> None:
    answer = browser.post("/api/requests?lang=ko", data={"description": ""})
    page = read(answer, 422)
    assert page.one("html")["lang"] == "ko"
    assert "내용을 적어 주세요." in page.text


def test_a_photo_that_is_none_is_told_on_the_next_page(
    browser: FlaskClient, session: Session
) -> None:
    """The report is taken all the same."""
    data = {**_typed(browser, description="Broken"), "photos": [(BytesIO(b"no"), "a.jpg")]}
    answer = browser.post("/api/requests", data=data)
    assert answer.status_code == 303
    assert _count(session) == 1
    page = read(browser.get(answer.headers["Location"]), 200)
    assert "Your report was taken." in page.text


def test_a_key_that_was_used_for_something_else_is_replaced(browser: FlaskClient) -> None:
    data = _typed(browser, description="The tap drips")
    browser.post("/api/requests", data=data)
    page = read(browser.post("/api/requests", data={**data, "description": "The lamp"}), 422)
    assert page.hidden["idempotency_key"] != data["idempotency_key"]
    assert page.by_name("description").text.strip() == "The lamp"
    again = browser.post("/api/requests", data={**page.hidden, "description": "The lamp"})
    assert again.status_code == 303


def test_a_form_beyond_all_limits_is_answered_by_a_page(browser: FlaskClient) -> None:
    page = read(browser.post("/api/requests", data={"description": "x" * 1_500_000}), 413)
    assert page.one("h1").text == "What needs fixing?"


def test_who_sends_too_often_keeps_what_they_typed(
    browser: FlaskClient, settings_with: Callable[..., Settings]
) -> None:
    settings_with(INTAKE_RATE_LIMIT="1 per minute")
    first, second = (_typed(browser, description=f"Tap number {n} drips") for n in range(2))
    assert browser.post("/api/requests", data=first).status_code == 303
    answer = browser.post("/api/requests", data=second)
    page = read(answer, 429)
    assert page.by_name("description").text.strip() == "Tap number 1 drips"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_script_still_gets_a_problem_document(browser: FlaskClient) -> None:
    for accept in ("*/*", "application/json", ""):
        headers = {"Accept": accept}
        answer = browser.post("/api/requests", data={"description": ""}, headers=headers)
        assert answer.status_code == 422
        assert answer.content_type == "application/problem+json"


def test_a_closed_intake_asks_for_a_login_first(
    desk: FlaskClient, settings_with: Callable[..., Settings], session: Session
) -> None:
    settings_with(INTAKE_REQUIRE_LOGIN="1")
    data = _typed(desk, description="The tap drips")
    assert data["csrf_token"]
    assert desk.post("/api/requests", data=data).status_code == 303
    for name in ("haja_access", "haja_csrf"):
        desk.delete_cookie(name)
    assert desk.get("/").headers["Location"] == "/login?next=%2F"
    page = read(desk.post("/api/requests", data=data), 401)
    assert page.by_name("description").text.strip() == "The tap drips"
    assert _count(session) == 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("101%EB%8F%99%20%20%20%EB%A1%9C%EB%B9%84", "101동 로비"),
        ("%22%3E%3Cscript%3E", '"><script>'),
        ("a%0D%0Ab%00c", "a b c"),
        ("x" * 5000, "x" * 200),
        ("%FF", "\ufffd"),
    ],
)
def test_the_address_may_say_where(browser: FlaskClient, given: str, shown: str) -> None:
    page = read(browser.get(f"/?location={given}"))
    if given != "%FF":  # in no known encoding: whatever stands there, it is shown safely
        assert page.by_name("location")["value"] == shown
    assert "<script>" not in browser.get(f"/?location={given}").text.split("<body", 1)[1]


def test_a_place_of_the_address_keeps_with_the_language(browser: FlaskClient) -> None:
    page = read(browser.get("/?location=B2&lang=ko"))
    (english,) = page.all("a", hreflang="en")
    assert english["href"] == "/?location=B2&lang=en"


def test_who_has_just_sent_is_told_so(browser: FlaskClient) -> None:
    data = _typed(browser, description="The tap drips")
    address = browser.post("/api/requests", data=data).headers["Location"]
    page = read(browser.get(address))
    assert "Read out the reference below" in page.text and "Add it to the home screen" in page.text
    later = read(browser.get(address.removesuffix("&notice=sent")))
    assert "Read out the reference below" not in later.text
