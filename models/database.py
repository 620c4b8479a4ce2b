"""Engine and transactions for processes without Flask (workers, dispatcher, commands)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

import models.tables  # noqa: F401 - a foreign key needs its table to be known
from config.settings import Settings, get_settings
from models.pool_health import check_before_use
from models.slow_queries import watch_engine


def engine_options(settings: Settings) -> dict[str, Any]:
    """Pool and server-side limits; one place for web and workers.

    A statement or lock that waits longer than its limit (milliseconds) is ended by the server, and
    a peer that vanished is noticed by TCP within about half a minute.
    """
    return {
        "pool_size": settings.db_pool_size,
        "max_overflow": settings.db_max_overflow,
        "pool_recycle": settings.db_pool_recycle,
        "pool_timeout": 5,
        "hide_parameters": True,  # what people wrote stays out of logs and error messages
        "connect_args": {
            "connect_timeout": 3,
            "keepalives": 1,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            "application_name": "haja",
            "options": (
                "-c statement_timeout=30000 -c lock_timeout=10000"
                " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
                # What is prepared is prepared to be planned once; and compiling a statement takes
                # longer than any of ours runs.
                " -c plan_cache_mode=force_generic_plan -c jit=off"
            ),
        },
    }


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    """This process's engine. Made on first use, so after any fork (see ``forget_engine``)."""
    settings = get_settings()
    # Looked up at the call: tracing puts its own in this place (see config/monitors/traces.py).
    engine = sqlalchemy.create_engine(settings.database_url, **engine_options(settings))
    watch(engine, settings)
    return engine


def watch(engine: Engine, settings: Settings) -> None:
    """Before its first use: dead connections are found in time, and slow statements told."""
    if settings.db_pool_pre_ping:
        check_before_use(engine)
    watch_engine(engine, settings.db_slow_seconds)


def forget_engine() -> None:
    """Drop what a parent process may have opened: a forked child must not share its sockets."""
    if get_engine.cache_info().currsize:
        get_engine().dispose(close=False)
    get_engine.cache_clear()


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back by any exception."""
    with Session(get_engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def autocommit_connection(engine: Engine) -> Iterator[Connection]:
    """For statements that each stand for themselves: what only reads, or writes all in one.

    No BEGIN goes before them and no ROLLBACK after, each of them a round trip for nothing. By the
    driver's own switch: SQLAlchemy's names an isolation level, and that is a round trip too.
    """
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False  # as everybody else expects it


def is_outage(error: Exception) -> bool:
    """Whether the database cannot be reached now, which passes, and not a mistake of ours."""
    gone = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
    return gone or bool(getattr(error, "connection_invalidated", False))
