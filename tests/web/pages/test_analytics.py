"""What pages load from elsewhere, and whom they tell of a visit: nothing and nobody, unless asked."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config.settings import Settings
from config.static_files import static_path
from tests.factories import RequestFactory
from tests.web.conftest import link_token

COUNTED = {"GOOGLE_ANALYTICS_ID": "G-TEST12345", "MIXPANEL_TOKEN": "mixpaneltoken"}
HOSTS = ("https://www.google-analytics.com", "https://api-js.mixpanel.com")
CDN = "https://cdn.example"
_ELSEWHERE = re.compile(r"(?:https?:)?//(?!127\.0\.0\.1|localhost)[a-z0-9.-]+", re.IGNORECASE)
_LOADED = re.compile(r'(?:src|href)="([^"]+)"')

Set = Callable[..., Settings]


@pytest.fixture
def status(session: Session) -> str:
    row = RequestFactory(categorized=True)
    session.commit()
    return f"/r/{row.reference}?token={link_token(row)}"


@pytest.fixture
def public(status: str) -> list[str]:
    return ["/", status, "/login", "/r/AAAA-AAAA", "/nothing", "/docs", "/docs/problems"]


def _policy(browser: FlaskClient, path: str, **headers: str) -> dict[str, str]:
    policy = browser.get(path, headers=headers).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def test_without_settings_nothing_comes_from_elsewhere(
    desk: FlaskClient, public: list[str], settings_with: Set
) -> None:
    settings_with()
    for path in (*public, "/desk", "/desk/dashboard"):
        answer = desk.get(path)
        loaded = _LOADED.findall(answer.text)
        assert loaded, path
        assert not [one for one in loaded if _ELSEWHERE.match(one)], path
        assert "visits.js" not in answer.text
        headers = [value for name, value in answer.headers if name != "Link"]
        assert not [h for h in headers if _ELSEWHERE.search(h.replace("ws://", "ws:"))], path


def test_only_the_form_and_the_status_page_are_counted(
    browser: FlaskClient, public: list[str], status: str, settings_with: Set
) -> None:
    settings_with(**COUNTED)
    for path in public:
        text, connect = browser.get(path).text, _policy(browser, path)["connect-src"]
        expected = path in {"/", status}
        assert ("visits.js" in text) == expected, path
        if path != "/r/AAAA-AAAA":  # the same page, closed: it may, but carries no script
            assert [host in connect for host in HOSTS] == [expected] * 2, path


def test_the_script_knows_neither_reference_nor_token(
    browser: FlaskClient, status: str, settings_with: Set
) -> None:
    settings_with(**COUNTED)
    tag = re.search(r"<script[^>]*visits\.js[^>]*></script>", browser.get(status).text)
    assert tag is not None
    assert 'data-page="/r"' in tag[0]
    reference, _, token = status.removeprefix("/r/").partition("?token=")
    assert reference not in tag[0] and token not in tag[0]


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_asks_not_to_be_counted_is_not(
    browser: FlaskClient, status: str, settings_with: Set, header: str
) -> None:
    settings_with(**COUNTED)
    for path in ("/", status):
        assert "visits.js" not in browser.get(path, headers={header: "1"}).text
        assert not any(
            host in _policy(browser, path, **{header: "1"})["connect-src"] for host in HOSTS
        )


@pytest.mark.parametrize("name", list(COUNTED))
def test_the_policy_opens_for_what_is_configured_alone(
    browser: FlaskClient, settings_with: Set, name: str
) -> None:
    plain = _policy(browser, "/")
    settings_with(**{name: COUNTED[name]})
    opened = _policy(browser, "/")
    host = HOSTS[list(COUNTED).index(name)]
    assert opened == plain | {"connect-src": f"{plain['connect-src']} {host}"}


def test_static_files_come_by_the_cdn(
    browser: FlaskClient, public: list[str], settings_with: Set
) -> None:
    settings_with(CDN_URL=f"{CDN}/")
    for path in public:
        for address in _LOADED.findall(browser.get(path).text):
            if "/static/" in address:
                assert re.fullmatch(rf"{CDN}/static/[0-9a-f]{{12}}/[\w./-]+", address)
        policy = _policy(browser, path)
        for kind in ("script-src", "style-src", "img-src"):
            assert CDN in policy[kind].split()
        assert CDN not in policy["default-src"] + policy["connect-src"]


def test_the_cdn_may_keep_what_it_fetches(browser: FlaskClient, settings_with: Set) -> None:
    with browser.get(static_path("js/form.js")) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    settings_with(CDN_URL=CDN)
    addresses = [a for a in _LOADED.findall(browser.get("/").text) if a.startswith(CDN)]
    assert addresses
    for address in addresses:
        with browser.get(address.removeprefix(CDN)) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
