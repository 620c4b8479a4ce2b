"""Who guesses Flower's password is slowed down, by network."""

from base64 import b64encode
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from config.settings import Settings
from tests.web.problems import check_problem
from web.api.flower import WRONG_LOGINS
from web.http.limits import parse_limits

LOGIN = "ops:비밀 번호:with a colon"
ALLOWED = parse_limits(WRONG_LOGINS)[0].amount


@pytest.fixture(autouse=True)
def settings(settings_with: Callable[..., Settings], redis: Redis) -> Settings:
    return settings_with(FLOWER_BASIC_AUTH=LOGIN)


def _ask(client: FlaskClient, login: str | None, address: str = "198.51.100.7") -> TestResponse:
    headers = {} if login is None else {"Authorization": basic(login)}
    return client.get("/flower-login", headers=headers, environ_base={"REMOTE_ADDR": address})


def basic(login: str) -> str:
    return "Basic " + b64encode(login.encode()).decode()


def test_the_right_login_passes_and_a_missing_one_is_asked_for(client: FlaskClient) -> None:
    assert _ask(client, LOGIN).status_code == 204
    for _ in range(ALLOWED + 1):  # browsers come without one first
        answer = _ask(client, None)
        check_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert _ask(client, LOGIN).status_code == 204


def test_the_query_is_flowers(client: FlaskClient) -> None:
    path = "/flower-login?limit=100&state=FAILURE&state=RETRY&search=%ff&lang=xx"
    assert client.get(path, headers={"Authorization": basic(LOGIN)}).status_code == 204
    check_problem(client.get(path), 401)


@pytest.mark.parametrize("wrong", ["ops:", "ops:wrong", ":", "", "비:밀", LOGIN + " ", "x" * 5000])
def test_wrong_ones_make_their_network_wait(client: FlaskClient, wrong: str) -> None:
    for number in range(ALLOWED):
        check_problem(_ask(client, wrong, f"2001:db8::{number:x}"), 401)
    for login in (wrong, LOGIN):  # the right one too, or guessing would go on
        answer = _ask(client, login, "2001:db8::ffff")
        check_problem(answer, 429)
        assert int(answer.headers["Retry-After"]) > 0
    assert _ask(client, LOGIN, "2001:db8:0:1::1").status_code == 204


@pytest.mark.parametrize("header", ["Basic", "Basic ???", "Bearer x", "Digest a=b", "x"])
def test_what_is_no_basic_login_counts_as_wrong(client: FlaskClient, header: str) -> None:
    for status in [401] * ALLOWED + [429]:
        answer = client.get("/flower-login", headers={"Authorization": header})
        check_problem(answer, status)


def test_without_a_password_set_nobody_passes(
    client: FlaskClient, settings_with: Callable[..., Settings]
) -> None:
    settings_with(FLOWER_BASIC_AUTH="")
    check_problem(_ask(client, ":"), 401)
    check_problem(_ask(client, ""), 401)
