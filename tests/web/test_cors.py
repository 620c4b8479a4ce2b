"""Which other origins' pages may read answers, and which may not."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy.orm import Session

from config.settings import Settings, SettingsError
from tests.web.conftest import Headers

DASHBOARD, OTHER = "https://dash.example.org", "http://localhost:3000"
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
def allowed(settings_with: Callable[..., Settings]) -> None:
    settings_with(CORS_ORIGINS=f"{DASHBOARD}, {OTHER}", INTAKE_RATE_LIMIT="3 per minute")


def _preflight(client: FlaskClient, path: str, origin: str) -> Headers:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = client.options(path, headers=asked)
    assert answer.status_code in (200, 204, 404)
    return dict(answer.headers)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("origin", [DASHBOARD, OTHER])
def test_a_listed_origin(client: FlaskClient, operator: Headers, origin: str) -> None:
    answer = client.get("/api/requests", headers=operator | {"Origin": origin})
    assert answer.headers[ALLOW] == origin
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert _preflight(client, "/api/requests", origin)[ALLOW] == origin


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("path", ["/api/requests", "/api/requests/1", "/api/nowhere", "/token"])
def test_errors_can_be_read_too(client: FlaskClient, session: Session, path: str) -> None:
    answer = client.patch(path, headers={"Origin": DASHBOARD}, json={})
    assert answer.status_code >= 400
    assert answer.headers[ALLOW] == DASHBOARD
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    "origin",
    [
        "https://dash.example.org.evil.example",
        "https://evil.example",
        "http://dash.example.org",
        "https://dash.example.org:8443",
        "https://DASH.example.org",
        "null",
        "*",
        "",
    ],
)
def test_no_other_origin(client: FlaskClient, operator: Headers, origin: str) -> None:
    answer = client.get("/api/requests", headers=operator | {"Origin": origin})
    assert ALLOW not in answer.headers
    assert "Origin" in answer.headers["Vary"], "a cache must not mix origins"
    assert ALLOW not in _preflight(client, "/api/requests", origin)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("path", ["/", "/login", "/desk", "/metrics", "/docs", "/static/css/x"])
def test_pages_are_for_their_own_origin(client: FlaskClient, session: Session, path: str) -> None:
    assert ALLOW not in client.get(path, headers={"Origin": DASHBOARD}).headers
    assert ALLOW not in _preflight(client, path, DASHBOARD)


@pytest.mark.usefixtures("allowed")
def test_asking_beforehand_counts_against_no_limit(client: FlaskClient) -> None:
    for _ in range(10):
        _preflight(client, "/api/requests", DASHBOARD)
    answer = client.post("/api/requests", json={"description": "x"}, headers={"Origin": DASHBOARD})
    assert answer.status_code == 201


def test_nothing_is_said_unless_it_is_set(client: FlaskClient, operator: Headers) -> None:
    answer = client.get("/api/requests", headers=operator | {"Origin": DASHBOARD})
    assert ALLOW not in answer.headers
    assert "Origin" not in answer.headers.get("Vary", "")
    assert ALLOW not in _preflight(client, "/api/requests", DASHBOARD)


@pytest.mark.parametrize("names", ["*", "dash.example.org", "https://a.example/", "https://A.b"])
def test_only_origins_can_be_listed(settings_with: Callable[..., Settings], names: str) -> None:
    with pytest.raises((SettingsError, ValidationError), match="CORS_ORIGINS"):
        settings_with(CORS_ORIGINS=names)
