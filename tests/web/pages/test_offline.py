"""What browsers keep of the form: its script, and an entry on the home screen."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.pages.document import read


def test_the_service_worker_may_fetch_the_form_and_nothing_else(browser: FlaskClient) -> None:
    answer = browser.get("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "default-src 'none'" in policy
    (script,) = re.findall(r'^import "(/static/[^"]+)";$', answer.text, re.MULTILINE)
    with browser.get(script) as module:
        assert module.status_code == 200


def test_a_form_behind_a_login_is_not_kept(
    browser: FlaskClient, desk: FlaskClient, settings_with: Callable[..., Settings]
) -> None:
    assert read(browser.get("/")).all("form")[0]["data-report"]
    settings_with(INTAKE_REQUIRE_LOGIN="1")
    assert browser.get("/service-worker.js").status_code == 404
    page = desk.get("/").text
    assert "data-once" in page
    assert "data-offline" not in page and "data-report" not in page


def test_every_script_of_the_form_is_named_in_its_page(browser: FlaskClient) -> None:
    """The service worker keeps what the page names; a script that imports another brings it."""
    page = read(browser.get("/"))
    named = {link["href"] for link in page.all("link", rel="modulepreload")}
    named |= {script["src"] for script in page.all("script")}
    for address in named:
        with browser.get(address) as answer:
            imported = re.findall(
                r'^import .*from "\./([\w]+\.js)"', answer.get_data(as_text=True), re.MULTILINE
            )
        folder = address.rpartition("/")[0]
        assert {f"{folder}/{name}" for name in imported} <= named, address


@pytest.mark.parametrize(("language", "name"), [("ko", "하자"), ("en", "Haja")])
def test_the_home_screen_knows_name_and_icons(
    browser: FlaskClient, language: str, name: str
) -> None:
    link = read(browser.get(f"/?lang={language}")).one("link", rel="manifest")
    answer = browser.get(link["href"])
    assert answer.mimetype == "application/manifest+json"
    manifest = answer.get_json()
    assert (manifest["short_name"], manifest["lang"]) == (name, language)
    assert {icon.get("purpose") for icon in manifest["icons"]} >= {"any", "maskable"}
    for icon in manifest["icons"]:
        with browser.get(icon["src"]) as picture:
            assert picture.mimetype == icon["type"]
