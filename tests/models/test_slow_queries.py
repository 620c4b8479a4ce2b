"""Slow statements in the log: with time and call id, without parameters."""

from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from models import slow_queries
from models.database import engine_options
from models.slow_queries import LONGEST_TEXT, watch_engine
from tests.conftest import Servers

SECRET = "010-1234-5678"
SLEEP = text("SELECT pg_sleep(:seconds), CAST(:secret AS text)")


@pytest.fixture
def engine(servers: Servers) -> Iterator[Engine]:
    from config.settings import get_settings

    engine = create_engine(get_settings().database_url, **engine_options(get_settings()))
    yield engine
    engine.dispose()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EventDict]]:
    # A logger that was used before has cached its processors.
    monkeypatch.setattr(slow_queries, "log", structlog.get_logger("haja.database"))
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as entries:
        yield entries


def _run(engine: Engine, seconds: float) -> None:
    with engine.connect() as connection:
        connection.execute(SLEEP, {"seconds": seconds, "secret": SECRET})


def test_a_slow_statement_is_logged_with_the_calls_id(
    engine: Engine, logged: list[EventDict]
) -> None:
    watch_engine(engine, 0.2)
    with structlog.contextvars.bound_contextvars(request_id="call-1"):
        _run(engine, 0.25)
    (entry,) = logged
    assert entry["event"] == "slow_query" and entry["request_id"] == "call-1"
    assert entry["seconds"] >= 0.25
    assert "pg_sleep" in entry["statement"] and SECRET not in str(entry)


def test_a_statement_that_is_cut_off_is_logged_too(engine: Engine, logged: list[EventDict]) -> None:
    watch_engine(engine, 0.1)
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 200"))
        with pytest.raises(DBAPIError):
            connection.execute(SLEEP, {"seconds": 30, "secret": SECRET})
    assert [entry["error"] for entry in logged] == ["QueryCanceled"]
    assert SECRET not in str(logged)


def test_quick_statements_are_not_logged_and_zero_disables_it(
    engine: Engine, logged: list[EventDict]
) -> None:
    watch_engine(engine, 5)
    _run(engine, 0)
    watch_engine(engine, 0)
    _run(engine, 0.1)
    assert not logged


def test_a_long_text_is_cut(engine: Engine, logged: list[EventDict]) -> None:
    watch_engine(engine, 0.001)
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_sleep(0.01), {'1 + ' * 1000} 1"))
    assert len(logged[0]["statement"]) == LONGEST_TEXT


def test_the_engines_of_the_web_and_of_the_workers_are_watched(servers: Servers) -> None:
    from models.database import get_engine
    from web import create_app
    from web.http.database import db

    app = create_app()
    with app.app_context():
        engines = (db.engine, get_engine())
        assert all(engine.dispatch.before_cursor_execute for engine in engines)
        db.engine.dispose()
