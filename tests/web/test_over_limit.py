"""Whoever shares the owner's network cannot keep the owner out by using its limit up."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy.orm import Session

from models.services.login_places import Place, record_success
from models.user import User
from tests.factories import PASSWORD, UserFactory
from tests.web.problems import check_problem
from web.http import passwords
from web.http.limits import LOGIN_LIMIT, parse_limits

ALLOWED = parse_limits(LOGIN_LIMIT)[0].amount
OTHER_NETWORK = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def owner(session: Session, redis: Redis, address: str) -> User:
    """Has logged in from the test client's network before, from another browser."""
    user = UserFactory()
    record_success(session, user, Place(address))
    session.commit()
    return user


def _use_limit_up(client: FlaskClient, path: str) -> None:
    for _ in range(ALLOWED):
        client.post(path, data={"username": []})
    assert client.post(path, data={"username": "a", "password": "wrong"}).status_code == 429


def _passes(client: FlaskClient, path: str, username: str, **options: Any) -> int:
    data = {"username": username, "password": PASSWORD}
    return client.post(path, data=data, **options).status_code


@pytest.mark.parametrize(("path", "well"), [("/token", 200), ("/login", 303)])
def test_the_right_password_is_taken_from_a_known_network(
    client: FlaskClient, owner: User, session: Session, path: str, well: int
) -> None:
    stranger = UserFactory()
    session.commit()
    _use_limit_up(client, path)
    wrong = client.post(path, data={"username": owner.username, "password": "wrong"})
    assert wrong.status_code == 429
    assert int(wrong.headers["Retry-After"]) > 0
    assert _passes(client, path, stranger.username) == 429
    assert _passes(client, path, owner.username) == well


@pytest.mark.parametrize(("path", "well"), [("/token", 200), ("/login", 303)])
def test_the_right_password_is_taken_from_a_known_browser(
    client: FlaskClient, owner: User, path: str, well: int
) -> None:
    """Also when the wrong ones came from this browser, and from a network that is not known."""
    assert _passes(client, path, owner.username) == well
    for _ in range(ALLOWED):
        client.post(path, data={"username": []}, environ_base=OTHER_NETWORK)
    assert _passes(client, path, "nobody", environ_base=OTHER_NETWORK) == 429
    assert _passes(client, path, owner.username, environ_base=OTHER_NETWORK) == well


@pytest.mark.parametrize("path", ["/token/refresh", "/token/revoke"])
def test_the_right_refresh_token_is_taken(client: FlaskClient, owner: User, path: str) -> None:
    data = {"username": owner.username, "password": PASSWORD}
    token = client.post("/token", data=data).get_json()["refresh_token"]
    client.delete_cookie("haja_device")
    for _ in range(ALLOWED):
        client.post(path, json={"refresh_token": "wrong"})
    check_problem(client.post(path, json={"refresh_token": "wrong"}), 429)
    assert client.post(path, json={"refresh_token": token}).status_code in (200, 204)


def test_only_a_few_are_looked_at_at_once(
    client: FlaskClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use_limit_up(client, "/token")
    taken = [passwords._turns.acquire(blocking=False) for _ in range(passwords.TURNS_AT_ONCE)]
    assert all(taken)
    try:
        assert _passes(client, "/token", owner.username) == 503
    finally:
        for _ in taken:
            passwords._turns.release()
    assert _passes(client, "/token", owner.username) == 200


def test_a_browser_of_the_house_is_not_locked_out_of_flower(
    client: FlaskClient, owner: User, settings_with: Callable[..., object]
) -> None:
    settings_with(FLOWER_BASIC_AUTH="ops:a long password")
    for _ in range(20):
        client.get("/flower-login", headers={"Authorization": "Basic eDp5"})
    right = {"Authorization": "Basic b3BzOmEgbG9uZyBwYXNzd29yZA=="}
    assert client.get("/flower-login", headers=right).status_code == 429
    assert _passes(client, "/token", owner.username) == 200
    assert client.get("/flower-login", headers=right).status_code == 204
