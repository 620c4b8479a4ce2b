"""Who may call what: every route, every kind of caller."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.words import Role
from tests.factories import PhotoFactory, RequestFactory, UserFactory
from tests.web.conftest import Headers, link_token
from web.http.access import ACCESS, LINK, PUBLIC, RANK, Access

CALLERS = ("nobody", "a link", *Role)
# A socket is no call; pages answer with a redirect to the login, which their own tests look at.
# The gateway asks for Flower's own login, which is no account's.
LEFT_OUT = {"live.listen", "flower.check_flower_login"}


def _may(caller: str, level: str) -> bool:
    if level == PUBLIC:
        return True
    if caller in ("nobody", "a link"):
        return level == LINK and caller == "a link"
    return level == LINK or RANK[Role(caller)] >= RANK[Role(level)]


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_of_the_api(
    app: Flask,
    client: FlaskClient,
    session: Session,
    log_in: Callable[..., Headers],
    caller: str,
) -> None:
    row = RequestFactory()
    photo = PhotoFactory(request_id=row.id)
    session.commit()
    headers = log_in(UserFactory(role=caller)) if caller in list(Role) else {}
    query = f"?token={link_token(row)}" if caller == "a link" else ""
    arguments = {
        "request_id": row.id,
        "photo_id": photo.id,
        "size": "thumb",
        "name": "x",
        "key": "0" * 64,
    }
    checked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LEFT_OUT or rule.endpoint.startswith("pages"):
            continue
        if rule.endpoint == "static":
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            wanted = {name: arguments[name] for name in rule.arguments}
            path = app.url_map.bind("localhost").build(rule.endpoint, wanted, method=method)
            answer = client.open(path + query, method=method, headers=headers)
            refused = answer.status_code in (401, 403)
            if rule.endpoint.startswith("tokens."):
                refused = False  # they refuse credentials, not callers
            allowed = _may(caller, ACCESS[rule.endpoint].level)
            assert refused != allowed, (caller, method, path, answer.status_code)
            assert answer.status_code < 500, (caller, method, path, answer.text)
            checked += 1
    assert checked >= 15


def test_who_is_nobody_gets_401_and_who_lacks_rank_403(
    client: FlaskClient, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ACCESS, "stats.show_stats", Access(Role.MANAGER))
    assert client.get("/api/stats").status_code == 401
    assert client.get("/api/stats", headers=operator).status_code == 403


def test_a_route_without_an_entry_is_closed(
    client: FlaskClient, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ACCESS, "stats.show_stats")
    assert client.get("/api/stats", headers=operator).status_code == 403


def test_the_role_is_read_from_the_account_not_from_the_token(
    client: FlaskClient,
    session: Session,
    log_in: Callable[..., Headers],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ACCESS, "stats.show_stats", Access(Role.ADMIN))
    user = UserFactory(admin=True)
    headers = log_in(user)
    assert client.get("/api/stats", headers=headers).status_code == 200
    user.role = Role.OPERATOR
    session.commit()
    assert client.get("/api/stats", headers=headers).status_code == 403


def test_the_intake_can_be_closed(
    client: FlaskClient, operator: Headers, settings_with: Callable[..., None]
) -> None:
    settings_with(INTAKE_REQUIRE_LOGIN="1")
    assert client.post("/api/requests", json={"description": "x"}).status_code == 401
    answer = client.post("/api/requests", json={"description": "x"}, headers=operator)
    assert answer.status_code == 201


def test_a_broken_token_at_the_open_intake_is_refused_not_ignored(client: FlaskClient) -> None:
    headers = {"Authorization": "Bearer broken"}
    answer = client.post("/api/requests", json={"description": "x"}, headers=headers)
    assert answer.status_code == 401
