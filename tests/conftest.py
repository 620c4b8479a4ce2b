"""Real PostgreSQL and Redis for every test that asks, started once by the launcher's own code.

Whatever the environment says about Haja is put aside first: the tests use their own servers only.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from config.settings import Settings, get_settings
from launcher.postgres import PostgresServer
from launcher.redis import RedisServer

ROOT = Path(__file__).parents[1]

# Before anything reads a setting: nothing is reached by these until a test asks for servers.
_UNTIL_SERVERS_RUN = {
    "SECRET_KEY": "a secret of the tests, long enough for 32 bytes",
    # The forgeries of the token tests use longer hashes than ours, which want longer keys.
    "JWT_SECRET_KEY": "another secret of the tests, " + "long enough for every HMAC hash " * 2,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    # Only its own test is to meet this limit.
    "API_RATE_LIMIT": "1000000 per minute",
    # As many connections as the largest crowd of threads in a test wants at once.
    "DB_POOL_SIZE": "60",
}
for name in Settings.model_fields:
    os.environ.pop(name.upper(), None)
os.environ.update(_UNTIL_SERVERS_RUN)


# Whole stacks are started there: one at a time is as much as a small machine serves at a usual speed.
_STACKS = ("tests/e2e/", "tests/faults/")


class _Scheduler(LoadScopeScheduling):
    """Tests of a file stay together, and so do all that start whole stacks."""

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(_STACKS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Scheduler:
    return _Scheduler(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half characters that a test logged on purpose do not fit into a report for another process."""
    report = yield
    report.sections = [
        (title, said.encode(errors="backslashreplace").decode()) for title, said in report.sections
    ]
    return report


@dataclass(frozen=True, slots=True)
class Servers:
    postgres: PostgresServer
    redis: RedisServer


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL with every migration, and Redis; settings point at them from here on."""
    with tempfile.TemporaryDirectory(prefix="haja-tests-") as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL may run as another user
        durability = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        postgres = PostgresServer(place / "postgres", settings=durability)
        redis = RedisServer(place / "redis", persistent=False)
        with postgres, redis:
            os.environ["DATABASE_URL"] = postgres.url
            os.environ["REDIS_URL"] = redis.url
            os.environ["HAJA_DATA_DIR"] = str(place / "data")
            get_settings.cache_clear()
            _migrate()
            yield Servers(postgres, redis)


def _migrate() -> None:
    command = [sys.executable, "-m", "flask", "--app", "web:create_app", "db", "upgrade"]
    done = subprocess.run(
        [*command, "--directory", "models/migrations"],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def connection(servers: Servers) -> Iterator[Connection]:
    """A connection whose transaction is rolled back in the end, whatever was committed in it."""
    from models.database import get_engine

    with get_engine().connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """For tests that need one connection. Commits inside are savepoints of the outer transaction."""
    from tests.factories import using

    with Session(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as session:
        with using(session):
            yield session


@pytest.fixture
def committed(servers: Servers) -> Iterator[Callable[[], Session]]:
    """For tests that need several connections: opens sessions on an empty database.

    What was committed is deleted in the end.
    """
    from models.database import get_engine

    yield lambda: Session(get_engine(), expire_on_commit=False)
    empty_tables()


def empty_tables() -> None:
    """Delete all rows: quicker than TRUNCATE on tables that are nearly empty."""
    from models.database import get_engine
    from models.tables import metadata

    with get_engine().begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        # The triggers counted the deletions.
        connection.execute(text("DELETE FROM statistic_deltas"))


@pytest.fixture
def redis(servers: Servers) -> Iterator["Redis"]:
    """An empty Redis."""
    with Redis.from_url(servers.redis.url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Settings]]:
    """``settings_with(OPERATORS_EMAIL="a@example.org")``: other settings for this test."""

    def change(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    yield change
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def app(servers: Servers) -> Flask:
    from web import create_app
    from web.http.limits import RateLimiter

    app = create_app()
    app.testing = False  # errors must become answers, as in production
    # Redis is given the time a busy machine takes: a call counted elsewhere is one too many allowed.
    app.extensions["haja.limiter"] = RateLimiter(servers.redis.url, socket_timeout=30)
    return app


@pytest.fixture
def in_transaction(app: Flask, connection: Connection) -> Iterator[None]:
    """Web requests of this test join the test's own transaction."""
    from web.http.database import db

    with app.app_context():
        engines = db.engines
    engine = engines[None]
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    engines[None] = connection  # type: ignore[index]
    autocommit = app.extensions["haja.autocommit"]
    app.extensions["haja.autocommit"] = lambda: nullcontext(connection)
    yield
    app.extensions["haja.autocommit"] = autocommit
    engines[None] = engine  # type: ignore[index]
    db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")


_addresses = iter(f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}" for i in range(1, 1 << 24))


@pytest.fixture
def address() -> str:
    """An address that no other test calls from: rate limits count by address."""
    return next(_addresses)


@pytest.fixture
def client(app: Flask, in_transaction: None, session: Session, address: str) -> FlaskClient:
    """Calls the web application; what it commits goes with the test's transaction."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client
