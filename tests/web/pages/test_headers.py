"""What holds for every page: headers, the strict policy, names for every field, languages."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import link_token
from tests.web.pages.document import Document, read
from web.http.content_policy import photo_origins

STATUS_OF = {"/nothing": 404, "/r/AAAA-AAAA": 403, "/desk/requests/999999999": 404}


@pytest.fixture
def paths(session: Session) -> list[str]:
    row = RequestFactory(categorized=True, danger="gas")
    PhotoFactory(request_id=row.id, ready=True)
    session.commit()
    return [
        "/",
        f"/r/{row.reference}?token={link_token(row)}",
        "/login",
        "/desk",
        f"/desk/requests/{row.id}",
        "/desk/dashboard",
        "/docs",
        "/docs/problems",
        *STATUS_OF,
    ]


def _pages(desk: FlaskClient, paths: list[str], language: str) -> dict[str, Document]:
    mark = {path: "&" if "?" in path else "?" for path in paths}
    return {
        path: read(desk.get(f"{path}{mark[path]}lang={language}"), STATUS_OF.get(path, 200))
        for path in paths
    }


def test_every_page_is_guarded(desk: FlaskClient, paths: list[str]) -> None:
    for path in paths:
        headers = desk.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert "connect-src 'self' ws://localhost wss://localhost;" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "private" in headers["Cache-Control"]
        assert headers["X-Request-ID"]


def test_a_strange_host_does_not_get_into_the_policy(browser: FlaskClient) -> None:
    answer = browser.get("/", headers={"Host": "a; script-src *"})
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "script-src *" not in policy


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_keeps_to_the_policy_and_names_its_fields(
    desk: FlaskClient, paths: list[str], language: str
) -> None:
    for path, page in _pages(desk, paths, language).items():
        assert page.one("html")["lang"] == language, path
        assert len(page.all("h1")) == 1, path
        assert page.one("main")["id"] == "content"
        assert page.one("a", class_="skip")["href"] == "#content"
        ids = [e["id"] for e in page.elements if e.get("id")]
        assert len(ids) == len(set(ids)), path
        _check_policy(page)
        _check_names(page, set(ids))


def _check_policy(page: Document) -> None:
    for element in page.elements:
        assert not {name for name in element.attributes if name.startswith("on")}
        assert element.get("style") is None and element.tag != "style"
        if element.tag == "script":
            assert element["src"].startswith("/") and not element.text.strip()
        for name in ("src", "action"):
            assert (element.get(name) or "/").startswith("/"), element


def _check_names(page: Document, ids: set[str]) -> None:
    labelled = {label.get("for") for label in page.all("label")}
    for field in page.elements:
        if field.tag in ("input", "select", "textarea") and field.get("type") != "hidden":
            assert field["id"] in labelled, field
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((field.get(name) or "").split()) <= ids, field
    assert all(image.get("alt") is not None for image in page.all("img"))


def test_a_chosen_language_stays(browser: FlaskClient) -> None:
    assert read(browser.get("/")).one("html")["lang"] == "en"
    page = read(browser.get("/?lang=ko"))
    assert {a["href"] for a in page.all("a") if a.get("hreflang")} == {"/?lang=ko", "/?lang=en"}
    assert read(browser.get("/login")).one("html")["lang"] == "ko"
    browser.get("/?lang=nonsense")
    assert read(browser.get("/login")).one("html")["lang"] == "ko"


def test_the_language_switch_keeps_the_link_and_the_filters(
    desk: FlaskClient, session: Session
) -> None:
    page = read(desk.get("/desk?status=pending&q=a b"))
    (korean,) = page.all("a", hreflang="ko")
    assert korean["href"] == "/desk?status=pending&q=a+b&lang=ko"


def test_assets_may_be_kept_for_ever(browser: FlaskClient) -> None:
    page = read(browser.get("/"))
    for link in page.all("link", rel="stylesheet"):
        with browser.get(link["href"]) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]


def test_programs_get_documents_and_people_get_pages(browser: FlaskClient) -> None:
    read(browser.get("/nothing"), 404)
    assert browser.get("/nothing", headers={"Accept": "*/*"}).mimetype == "application/problem+json"
    for path in ("/api/requests", "/api/nothing"):
        assert browser.get(path).mimetype == "application/problem+json", path
    for path in ("/desk", "/desk/dashboard"):
        answer = browser.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"


def test_photos_may_come_from_where_they_are_stored(settings_with: Callable[..., Settings]) -> None:
    assert photo_origins(settings_with()) == []
    settings = settings_with(S3_BUCKET="faults", AWS_REGION="ap-northeast-2")
    assert "https://faults.s3.ap-northeast-2.amazonaws.com" in photo_origins(settings)
    settings = settings_with(S3_BUCKET="faults", AWS_ENDPOINT_URL="http://minio:9000/x")
    assert {"http://minio:9000", "http://faults.minio:9000"} <= set(photo_origins(settings))
