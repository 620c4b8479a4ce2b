"""A token that was looked at once is remembered, and holds no longer for it."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.services.logins import close_login, open_login
from tests.factories import UserFactory
from web.http import bearer_token
from web.http.auth import make_tokens


@pytest.fixture
def tokens(app: Flask, client: FlaskClient, session: Session) -> dict[str, Any]:
    login = open_login(session, UserFactory())
    session.commit()
    with app.test_request_context():
        return {**make_tokens(login), "login": login.session_id}


def _claims(app: Flask, token: str, scheme: str = "Bearer") -> dict[str, Any] | None:
    with app.test_request_context(headers={"Authorization": f"{scheme} {token}"}):
        return bearer_token.bearer_claims()


def test_its_signature_is_looked_at_once(app: Flask, tokens: dict[str, Any]) -> None:
    first = _claims(app, tokens["access_token"])
    assert first and first["sid"] == tokens["login"]
    assert _claims(app, tokens["access_token"]) is first


def test_it_ends_when_it_says(
    app: Flask, tokens: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = _claims(app, tokens["access_token"])
    assert claims
    for moment, holds in ((claims["exp"] - 0.1, True), (claims["exp"], False)):
        monkeypatch.setattr(bearer_token, "time", SimpleNamespace(time=lambda at=moment: at))
        assert (_claims(app, tokens["access_token"]) is not None) == holds


def test_its_login_is_asked_for_each_time(
    client: FlaskClient, session: Session, tokens: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get("/api/requests", headers=headers).status_code == 200
    close_login(session, tokens["login"])
    session.commit()
    assert client.get("/api/requests", headers=headers).status_code == 401


def test_what_is_no_plain_access_token_is_left_to_the_library(
    app: Flask, tokens: dict[str, Any]
) -> None:
    assert _claims(app, tokens["refresh_token"]) is None
    for scheme in ("bearer", "Basic", "Bearer x,", "Bearer  "):
        assert _claims(app, tokens["access_token"], scheme) is None
