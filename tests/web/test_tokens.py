"""POST /token, /token/refresh, /token/revoke, and every way to forge a token."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.services.devices import read_device
from models.user import LoginSession, User
from tests.factories import PASSWORD, UserFactory
from tests.web.conftest import Headers
from tests.web.problems import check_problem

Tokens = dict[str, Any]


def _bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def _works(client: FlaskClient, token: str) -> bool:
    answer = client.get("/api/stats", headers=_bearer(token))
    if answer.status_code != 200:
        check_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return answer.status_code == 200


@pytest.fixture
def user(session: Session) -> User:
    user: User = UserFactory(username="kim@example.org")
    session.commit()
    return user


@pytest.fixture
def tokens(client: FlaskClient, user: User) -> Tokens:
    answer = client.post("/token", data={"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found: Tokens = answer.get_json()
    return found


def test_the_answer_of_oauth_2(client: FlaskClient, user: User, tokens: Tokens) -> None:
    assert tokens["token_type"].lower() == "bearer"
    assert tokens["expires_in"] > 0
    assert _works(client, tokens["access_token"])


@pytest.mark.parametrize("how", ["form", "json", "multipart"])
def test_a_login_by_any_body(client: FlaskClient, user: User, how: str) -> None:
    words = {"grant_type": "password", "username": " KIM@Example.org ", "password": PASSWORD}
    if how == "json":
        answer = client.post("/token", json=words)
    else:
        kind = "multipart/form-data" if how == "multipart" else None
        answer = client.post("/token", data=words, content_type=kind)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_and_unknown_look_alike(client: FlaskClient, user: User) -> None:
    answers = [
        client.post("/token", data={"username": name, "password": "wrong password"})
        for name in (user.username, "nobody@example.org")
    ]
    bodies = [check_problem(answer, 401) for answer in answers]
    assert bodies[0] == bodies[1]


def test_a_disabled_user_does_not_log_in(client: FlaskClient, session: Session) -> None:
    user = UserFactory(disabled=True)
    session.commit()
    answer = client.post("/token", data={"username": user.username, "password": PASSWORD})
    check_problem(answer, 401)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({}, "username"),
        ({"username": "a"}, "password"),
        ({"username": "a", "password": "b", "grant_type": "client_credentials"}, "grant_type"),
        ({"username": "a" * 201, "password": "b"}, "username"),
        ({"username": "a", "password": "b" * 1001}, "password"),
        ({"username": 1, "password": "b"}, "username"),
    ],
)
def test_a_bad_login_names_its_field(
    client: FlaskClient, session: Session, words: dict[str, object], field: str
) -> None:
    check_problem(client.post("/token", json=words), 422, field)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "' OR 1=1 --", "%"])
@pytest.mark.parametrize("password", ["x", "a\x00b", "\udfff", "🔧"])
def test_odd_names_and_passwords_are_just_wrong(
    client: FlaskClient, session: Session, name: str, password: str
) -> None:
    body = json.dumps({"username": name, "password": password})
    answer = client.post("/token", data=body, content_type="application/json")
    assert answer.status_code in (401, 422), answer.text
    check_problem(answer, answer.status_code)


def test_many_wrong_passwords_make_the_account_wait(client: FlaskClient, user: User) -> None:
    for _ in range(5):
        wrong = {"username": user.username, "password": "wrong password"}
        check_problem(client.post("/token", data=wrong), 401)
    right = {"username": user.username, "password": PASSWORD}
    check_problem(client.post("/token", data=right), 401)


def test_a_refresh_token_is_traded_once(client: FlaskClient, tokens: Tokens) -> None:
    answer = client.post("/token/refresh", data={"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 200
    newer = answer.get_json()
    assert newer["refresh_token"] != tokens["refresh_token"]
    assert _works(client, newer["access_token"])


def test_a_refresh_token_that_shows_up_again_ends_the_login(
    client: FlaskClient, tokens: Tokens
) -> None:
    newer = client.post("/token/refresh", headers=_bearer(tokens["refresh_token"])).get_json()
    check_problem(client.post("/token/refresh", headers=_bearer(tokens["refresh_token"])), 401)
    assert not _works(client, newer["access_token"])
    assert not _works(client, tokens["access_token"])
    check_problem(client.post("/token/refresh", headers=_bearer(newer["refresh_token"])), 401)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_any_token_of_a_login_that_is_named_ends_it(
    client: FlaskClient, tokens: Tokens, kind: str
) -> None:
    assert client.post("/token/revoke", data={"token": tokens[kind]}).status_code == 204
    assert not _works(client, tokens["access_token"])


@pytest.mark.parametrize("words", [None, {}, {"token": ""}, {"token": "x"}])
def test_an_access_token_that_only_came_along_ends_nothing(
    client: FlaskClient, tokens: Tokens, words: dict[str, str] | None
) -> None:
    headers = _bearer(tokens["access_token"])
    check_problem(client.post("/token/revoke", json=words, headers=headers), 401)
    assert _works(client, tokens["access_token"])


@pytest.mark.parametrize("path", ["/token/refresh", "/token/revoke"])
@pytest.mark.parametrize("headers", [{}, _bearer("x" * 4001), _bearer(""), {"Authorization": "x"}])
def test_no_token_or_an_endless_one(client: FlaskClient, path: str, headers: Headers) -> None:
    answer = client.post(path, headers=headers)
    check_problem(answer, 422 if len(headers.get("Authorization", "")) > 4000 else 401)


def test_an_access_token_may_come_along_with_a_refresh(client: FlaskClient, tokens: Tokens) -> None:
    words = {"refresh_token": tokens["refresh_token"]}
    headers = _bearer(tokens["access_token"])
    assert client.post("/token/refresh", json=words, headers=headers).status_code == 200


def test_revoking_ends_the_login_at_once(client: FlaskClient, tokens: Tokens) -> None:
    revoke = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/token/revoke", json=revoke).status_code == 204
    assert not _works(client, tokens["access_token"])
    check_problem(client.post("/token/refresh", json=revoke), 401)
    assert client.post("/token/revoke", json=revoke).status_code == 204


def test_another_login_of_the_user_goes_on(
    client: FlaskClient, user: User, tokens: Tokens, log_in: Callable[..., Headers]
) -> None:
    other = log_in(user)
    client.post("/token/revoke", json={"refresh_token": tokens["refresh_token"]})
    assert client.get("/api/stats", headers=other).status_code == 200


def test_an_access_token_is_no_refresh_token(client: FlaskClient, tokens: Tokens) -> None:
    for path in ("/token/refresh", "/token/revoke"):
        check_problem(client.post(path, json={"refresh_token": tokens["access_token"]}), 401)
    assert _works(client, tokens["access_token"])


def test_a_refresh_token_is_no_access_token(client: FlaskClient, tokens: Tokens) -> None:
    assert not _works(client, tokens["refresh_token"])


def test_a_disabled_user_is_out_at_once(
    client: FlaskClient, session: Session, user: User, tokens: Tokens
) -> None:
    user.active = False
    session.commit()
    assert not _works(client, tokens["access_token"])
    check_problem(client.post("/token/refresh", headers=_bearer(tokens["refresh_token"])), 401)


def test_a_login_that_ran_out_is_over(
    client: FlaskClient, session: Session, tokens: Tokens
) -> None:
    session.execute(update(LoginSession).values(expires_at=datetime.now(UTC)))
    session.commit()
    assert not _works(client, tokens["access_token"])


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _sign(claims: dict[str, Any], *, key: str = "", **given: Any) -> str:
    return jwt.encode(
        claims, key or get_settings().jwt_secret_key, **({"algorithm": "HS256"} | given)
    )


def _unsigned(claims: dict[str, Any], header: dict[str, Any], signature: str = "") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (header, claims)
    ]
    return ".".join([*parts, signature])


def _forgeries(token: str) -> dict[str, str]:
    claims = _claims(token)
    head, body, signature = token.split(".")
    past = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    future = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    secret_key = get_settings().secret_key
    return {
        "alg none": _unsigned(claims, {"alg": "none", "typ": "JWT"}),
        "alg None": _unsigned(claims, {"alg": "None", "typ": "JWT"}, signature),
        "alg empty": _unsigned(claims, {"alg": "", "typ": "JWT"}, signature),
        "no alg": _unsigned(claims, {"typ": "JWT"}, signature),
        "alg HS512": _sign(claims, algorithm="HS512"),
        "alg HS384": _sign(claims, algorithm="HS384"),
        "other key": _sign(claims, key="x" * 40),
        "the links' key": _sign(claims, key=secret_key),
        "jwk": _sign(claims, key="x" * 40, headers={"jwk": {"kty": "oct", "k": "eHh4"}}),
        "jku": _sign(claims, key="x" * 40, headers={"jku": "http://127.0.0.1:1/keys"}),
        "kid": _sign(claims, key="x" * 40, headers={"kid": "../../dev/null"}),
        "expired": _sign({**claims, "exp": past}),
        "not yet": _sign({**claims, "nbf": future}),
        "other issuer": _sign({**claims, "iss": "elsewhere"}),
        "no issuer": _sign({name: claims[name] for name in claims if name != "iss"}),
        "no expiry": _sign({name: claims[name] for name in claims if name != "exp"}),
        "no subject": _sign({name: claims[name] for name in claims if name != "sub"}),
        "no login": _sign({name: claims[name] for name in claims if name != "sid"}),
        "other subject": _sign({**claims, "sub": str(int(claims["sub"]) + 1)}),
        "odd subject": _sign({**claims, "sub": "1 OR 1=1"}),
        "huge subject": _sign({**claims, "sub": "9" * 40}),
        "other login": _sign({**claims, "sid": claims["sid"] + 1000}),
        "odd login": _sign({**claims, "sid": "x"}),
        "list login": _sign({**claims, "sid": [1]}),
        "null login": _sign({**claims, "sid": None}),
        "huge login": _sign({**claims, "sid": 10**30}),
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "cut": token[:-2],
        "other body": f"{head}.{_unsigned({**claims, 'sub': '1'}, {}).split('.')[1]}.{signature}",
        "empty": "",
        "words": "not a token",
        "dots": "..",
        "bytes": "\u00ff\u00ff.\u00ff.\u00ff",
        "long": "a" * 5000,
    }


FORGERIES = [
    "alg none", "alg None", "alg empty", "no alg", "alg HS512", "alg HS384", "other key",
    "the links' key", "jwk", "jku", "kid", "expired", "not yet", "other issuer", "no issuer",
    "no expiry", "no subject", "no login", "other subject", "odd subject", "huge subject",
    "other login", "odd login", "list login", "null login", "huge login", "no signature",
    "two parts", "cut", "other body", "empty", "words", "dots", "bytes", "long",
]  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(client: FlaskClient, tokens: Tokens, name: str) -> None:
    forged = _forgeries(tokens["access_token"])[name]
    assert not _works(client, forged)


# Whose it is stands in the login that a refresh token names; its subject is not read.
@pytest.mark.parametrize(
    "name", [n for n in FORGERIES if n not in ("other subject", "huge subject")]
)
def test_a_forged_refresh_token_is_refused(client: FlaskClient, tokens: Tokens, name: str) -> None:
    forged = _forgeries(tokens["refresh_token"])[name]
    for path in ("/token/refresh", "/token/revoke"):
        answer = client.post(path, json={"refresh_token": forged})
        # A token that names no open login has nothing to revoke.
        if answer.status_code != 204 or path == "/token/refresh":
            assert answer.status_code in (401, 422), answer.text
            check_problem(answer, answer.status_code)
    assert _works(client, tokens["access_token"])


def test_the_forgeries_are_all_named(tokens: Tokens) -> None:
    assert list(_forgeries(tokens["access_token"])) == FORGERIES


@pytest.mark.parametrize("header", ["Basic a2ltOng=", "Bearer", "Token x", "bearer  "])
def test_other_authorization_headers(client: FlaskClient, session: Session, header: str) -> None:
    check_problem(client.get("/api/stats", headers={"Authorization": header}), 401)


def test_a_token_in_the_address_is_none(client: FlaskClient, tokens: Tokens) -> None:
    """Addresses end up in logs and histories."""
    for name in ("jwt", "access_token", "token"):
        check_problem(client.get(f"/api/stats?{name}={tokens['access_token']}"), 401)


@pytest.mark.parametrize("road", ["/token", "/login"])
def test_wrong_passwords_from_the_owners_own_network_do_not_keep_them_out(
    app: Flask, in_transaction: None, session: Session, address: str, road: str
) -> None:
    owner, colleague = UserFactory(), UserFactory()
    session.commit()

    def enter(user: User, password: str = PASSWORD) -> int:
        browser = app.test_client()  # that nobody has used before
        browser.environ_base["REMOTE_ADDR"] = address
        named = {"username": user.username, "password": password}
        return browser.post(road, data=named).status_code

    accepted = enter(owner)
    assert accepted < 400
    refusals = [enter(owner, "wrong") for _ in range(31)]
    assert refusals == [401] * 29 + [429] * 2
    assert enter(owner) == accepted
    assert enter(owner, "wrong") == 429
    assert enter(colleague) == 429  # who has never logged in from there


@pytest.mark.parametrize("road", ["/token", "/login"])
def test_wrong_passwords_of_a_stranger_do_not_keep_the_owner_out(
    app: Flask, client: FlaskClient, session: Session, address: str, road: str
) -> None:
    """Nor from the stranger's own address, if the owner's device is known."""
    user = UserFactory()
    session.commit()
    right = {"username": user.username, "password": PASSWORD}
    wrong = {**right, "password": "wrong"}
    known = app.test_client()
    known.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    accepted = known.post(road, data=right).status_code
    assert accepted < 400
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = address
    refusals = [stranger.post(road, data=wrong).status_code for _ in range(32)]
    assert refusals == [401] * 30 + [429] * 2
    assert stranger.post(road, data=right).status_code == 429
    # From a network that is known, a new one, and beside the stranger on a device that is known.
    network = app.test_client()
    network.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    assert network.post(road, data=right).status_code == accepted
    network.environ_base["REMOTE_ADDR"] = f"{address}0"
    assert network.post(road, data=right).status_code == accepted
    known.environ_base["REMOTE_ADDR"] = address
    assert known.post(road, data=right).status_code == accepted


def test_a_devices_cookie_lets_nobody_in_and_only_ours_counts(
    client: FlaskClient, session: Session
) -> None:
    user = UserFactory()
    session.commit()
    client.post("/token", data={"username": user.username, "password": PASSWORD})
    cookie = client.get_cookie("haja_device")
    assert cookie is not None
    shown = {"Authorization": f"Bearer {cookie.value}"}
    assert client.get("/api/requests", headers=shown).status_code == 401
    client.set_cookie("haja_access", cookie.value)
    assert client.get("/api/requests").status_code == 401
    head, _, tail = cookie.value.rpartition(".")
    for forged in (f"{head}.{tail[::-1]}", "rubbish", "a.b.c", "x" * 3000, "한글"):
        assert read_device(get_settings().jwt_secret_key, forged) is None
    found = read_device(get_settings().jwt_secret_key, cookie.value)
    assert found is not None and found.users == (user.id,)


def test_a_password_that_is_no_text_is_just_wrong(client: FlaskClient, session: Session) -> None:
    body = rb'{"username": "kim", "password": "\ud800"}'
    answer = client.post("/token", data=body, content_type="application/json")
    assert answer.status_code in (401, 422)
