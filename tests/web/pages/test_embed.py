"""The form in another site's frame: only where the settings allow it, and only the form."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from config.settings import Settings, SettingsError
from tests.web.pages.document import read

BUILDING = "https://building.example.org"


def test_there_is_none_unless_an_origin_is_named(browser: FlaskClient) -> None:
    answer = browser.get("/embed")
    assert answer.status_code == 404
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_only_the_form_may_be_framed_and_only_by_these(
    browser: FlaskClient, settings_with: Callable[..., Settings]
) -> None:
    settings_with(EMBED_ORIGINS=f"{BUILDING}, http://localhost:3000")
    answer = browser.get("/embed")
    page = read(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {BUILDING} http://localhost:3000" in policy.split("; ")
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    (form,) = page.all("form")
    assert form["target"] == "_blank"  # its answer is a page that nobody may frame
    assert not page.all("header") and not page.all("a", href="/login")
    for other in ("/", "/login", "/embed/", "/r/AAAA-AAAA"):
        headers = browser.get(other).headers
        assert headers["X-Frame-Options"] == "DENY", other
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], other
    sent = browser.post("/api/requests", data={**page.hidden, "description": ""})
    assert sent.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("language", "title"), [("ko", "위치"), ("en", "Place")])
def test_the_frames_address_says_language_and_place(
    browser: FlaskClient,
    settings_with: Callable[..., Settings],
    language: str,
    title: str,
) -> None:
    settings_with(EMBED_ORIGINS=BUILDING)
    page = read(browser.get(f"/embed?lang={language}&location=B2"))
    assert page.by_name("location")["value"] == "B2"
    assert page.one("label", for_="location").text.startswith(title)
    addresses = {link["href"] for link in page.all("a") if link.get("hreflang")}
    assert addresses == {f"/embed?lang={code}&location=B2" for code in ("ko", "en")}


def test_it_goes_with_no_login(settings_with: Callable[..., Settings]) -> None:
    with pytest.raises((SettingsError, ValueError), match="EMBED_ORIGINS"):
        settings_with(EMBED_ORIGINS=BUILDING, INTAKE_REQUIRE_LOGIN="1")
