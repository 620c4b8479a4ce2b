"""Every route, every kind of answer: what protects it, and who may keep it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.settings import Settings
from config.static_files import static_path
from tests.factories import PASSWORD, PhotoFactory, RequestFactory, UserFactory, using
from tests.web.conftest import Headers, link_token
from web import create_app
from web.http.access import ACCESS

# No personal data, so anybody may keep them; all others are for nobody but the caller.
PUBLIC = {"static", "openapi.document"}
LEFT_OUT = {"live.listen"}  # a socket is no answer

PRODUCTION = {
    "HAJA_ENV": "production",
    "PUBLIC_URL": "https://haja.example.org",
    "SECRET_KEY": "k3j4h5k2-b7v8c9x1-m4n6q8w2-z5t7r",
    "JWT_SECRET_KEY": "Vq3ZkT81mWc_0aYhL7xRn5-dGu2Jp9EsB6",
}


def _answers(
    app: Flask, client: FlaskClient, session: Session, log_in: Callable[..., Headers]
) -> list[tuple[str, str, TestResponse]]:
    """Each route by each kind of caller, and with methods that it does not know."""
    row = RequestFactory(categorized=True)
    photo = PhotoFactory(request_id=row.id)
    session.commit()
    arguments = {"request_id": row.id, "photo_id": photo.id, "size": "thumb"}
    arguments |= {"reference": row.reference, "filename": "favicon.svg"}
    callers: list[tuple[Headers, str]] = [
        ({}, ""),
        ({}, f"?token={link_token(row)}"),
        (log_in(UserFactory(admin=True)), ""),
        ({"Authorization": "Bearer broken"}, ""),
    ]
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LEFT_OUT:
            continue
        named = {name: arguments.get(name, 1) for name in rule.arguments}
        method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
        path = app.url_map.bind("localhost").build(rule.endpoint, named, method=method)
        for headers, query in callers:
            for accept in ("*/*", "text/html"):
                sent = {**headers, "Accept": accept}
                for verb in (method, "HEAD", "OPTIONS", "TRACE"):
                    answer = client.open(path + query, method=verb, headers=sent)
                    found.append((rule.endpoint, f"{verb} {path}{query} {accept}", answer))
                    answer.close()
    assert {endpoint for endpoint, _, _ in found} == set(ACCESS) - LEFT_OUT
    return found


def test_every_answer_is_guarded_and_kept_by_nobody_else(
    app: Flask, client: FlaskClient, session: Session, log_in: Callable[..., Headers]
) -> None:
    statuses = set()
    for endpoint, what, answer in _answers(app, client, session, log_in):
        statuses.add(answer.status_code)
        assert answer.status_code < 500 or endpoint == "health.readyz", what
        _check_guarded(what, answer)
        _check_kept(endpoint, what, answer)
    assert statuses >= {200, 401, 403, 404, 405, 415}


def _check_guarded(what: str, answer: TestResponse) -> None:
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff", what
    assert headers["X-Frame-Options"] == "DENY", what
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), what
    assert "camera=()" in headers["Permissions-Policy"], what
    assert headers["X-Request-ID"] and headers["X-Process-Time"], what
    assert "Server" not in headers and "X-Powered-By" not in headers, what
    _check_policy(what, headers["Content-Security-Policy"], answer.mimetype or "")


def _check_policy(what: str, policy: str, mimetype: str) -> None:
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert "unsafe" not in policy and "*" not in policy, what
    assert rules["default-src"] in ("'self'", "'none'"), what
    assert rules["object-src"] == "'none'", what
    assert rules["base-uri"] == "'none'" and rules["frame-ancestors"] == "'none'", what
    if mimetype != "text/html":
        assert rules["default-src"] == "'none'", what


def _check_kept(endpoint: str, what: str, answer: TestResponse) -> None:
    kept = answer.headers["Cache-Control"]
    if endpoint not in PUBLIC:
        assert "public" not in kept and "s-maxage" not in kept, what
        assert "private" in kept or "no-store" in kept, (what, kept)
    if answer.status_code >= 400:
        assert "no-store" in kept, (what, kept)


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/api/requests/99999999", "/%00"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_so_is_what_is_not_there(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code in (401, 404)
    _check_guarded(path, answer)
    _check_kept("", path, answer)


def test_so_is_an_error_of_ours_without_its_insides(
    client: FlaskClient, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("kim@example.org at /etc/secret")

    monkeypatch.setattr("web.api.stats.read_cached_statistics", fail)
    answer = client.get("/api/stats", headers=operator)
    assert answer.status_code == 500
    for inside in ("Traceback", "RuntimeError", "kim@example.org", "File ", ".py"):
        assert inside not in answer.text
    _check_guarded("500", answer)
    _check_kept("", "500", answer)


def test_over_https_browsers_stay_with_it(settings_with: Callable[..., Settings]) -> None:
    client = create_app(settings_with(**PRODUCTION)).test_client()
    for path in ("/healthz", "/nothing", static_path("favicon.svg")):
        with client.get(path) as answer:
            age = answer.headers["Strict-Transport-Security"]
            assert "max-age=31536000" in age and "includeSubDomains" in age
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_over_https_cookies_belong_to_this_host(
    settings_with: Callable[..., Settings], committed: Callable[[], Session]
) -> None:
    app = create_app(settings_with(**PRODUCTION))
    with committed() as session, using(session):
        name = UserFactory().username
        session.commit()
    client = app.test_client()
    given = {"username": name, "password": PASSWORD}
    answer = client.post("/login", data=given, base_url="https://haja.example.org")
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 303 and len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-haja_"), cookie
        assert "; Secure" in cookie and "Path=/" in cookie and "SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert client.get("/desk", base_url="https://haja.example.org").status_code == 200


def test_in_development_nobody_is_bound_to_https(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert "Strict-Transport-Security" not in answer.headers
    assert "Cross-Origin-Opener-Policy" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_405_says_what_is_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/stats", method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
