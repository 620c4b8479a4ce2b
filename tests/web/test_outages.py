"""Redis away: nobody is refused for it. The database away: told at once, and when to come back."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from config.settings import get_settings
from tests.conftest import Servers, empty_tables
from tests.web.problems import check_problem
from web import create_app
from web.http.limits import RateLimiter

WORDS = {"description": "x"}


@pytest.fixture
def outside(
    app: Flask, servers: Servers, address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    """A client whose requests commit on connections of their own, limited as in production."""
    monkeypatch.setitem(app.extensions, "haja.limiter", RateLimiter(servers.redis.url))
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    yield client
    empty_tables()


def _seconds(client: FlaskClient) -> float:
    started = time.monotonic()
    answer = client.post("/api/requests", json=WORDS)
    assert answer.status_code == 201, answer.text
    return time.monotonic() - started


def test_redis_stopped(outside: FlaskClient, servers: Servers) -> None:
    _seconds(outside)
    servers.redis.stop()
    try:
        assert max(_seconds(outside) for _ in range(10)) < 10
    finally:
        servers.redis.start()
    assert _seconds(outside) < 10


def test_redis_frozen(outside: FlaskClient, servers: Servers) -> None:
    _seconds(outside)
    servers.redis.pause()
    try:
        assert max(_seconds(outside) for _ in range(10)) < 10
    finally:
        servers.redis.resume()
    assert _seconds(outside) < 10


def test_connections_that_were_cut_are_made_anew(outside: FlaskClient, servers: Servers) -> None:
    _seconds(outside)
    url = servers.postgres.superuser_url.replace("postgresql://", "postgresql+psycopg2://")
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"  # waits for its end
                " WHERE usename = 'haja'"
            )
        )
    engine.dispose()
    assert _seconds(outside) < 10


@pytest.fixture
def without_database(app: Flask, servers: Servers) -> Flask:
    """The same application where nothing listens at the database's address."""
    url = "postgresql+psycopg2://haja:x@127.0.0.1:1/haja"
    return create_app(get_settings().model_copy(update={"database_url": url}))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/requests"),
        ("GET", "/api/requests/1?token=x"),
        ("POST", "/token"),
        ("GET", "/metrics"),
    ],
)
def test_the_database_away(without_database: Flask, address: str, method: str, path: str) -> None:
    client = without_database.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    body = WORDS if path != "/token" else {"username": "a", "password": "b"}
    started = time.monotonic()
    answer = client.open(path, method=method, json=body if method == "POST" else None)
    assert time.monotonic() - started < 15
    check_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_alive_and_not_ready_without_the_database(without_database: Flask) -> None:
    client = without_database.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["database"]["state"] == "down"
    assert int(answer.headers["Retry-After"]) > 0
