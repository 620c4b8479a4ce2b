"""Dead connections are replaced before they are used."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, event, text

from config.settings import get_settings
from models import pool_health
from models.database import engine_options
from models.pool_health import check_before_use
from tests.conftest import Servers
from tests.waiting import wait_for


@pytest.fixture
def engine(servers: Servers) -> Iterator[Engine]:
    engine = create_engine(
        get_settings().database_url, **(engine_options(get_settings()) | {"pool_size": 3})
    )
    check_before_use(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that were pinged, one entry per ping."""
    asked: list[object] = []
    ping = engine.dialect.do_ping

    def note(connection: object) -> bool:
        asked.append(connection)
        return ping(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.dialect, "do_ping", note)
    return asked


def _pid(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def _end(servers: Servers, pid: int) -> None:
    # In a transaction what was seen of other sessions stays as it was first seen.
    other = create_engine(servers.postgres.superuser_url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        wait_for(
            lambda: connection.scalar(
                text("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid}
            ),
            "the session ends",
        )
    other.dispose()


def test_a_recently_used_connection_is_not_pinged(engine: Engine, pings: list[object]) -> None:
    pids = {_pid(engine) for _ in range(20)}
    assert len(pids) == 1
    assert len(pings) <= 1


def test_an_idle_connection_is_pinged(
    engine: Engine, pings: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = _pid(engine)
    monkeypatch.setattr(pool_health, "FRESH_SECONDS", 0.0)
    before = len(pings)
    assert _pid(engine) == pid
    assert len(pings) == before + 1


def test_an_ended_session_is_noticed_at_once(
    engine: Engine, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_health, "FRESH_SECONDS", 3600.0)
    pid = _pid(engine)
    _end(servers, pid)
    assert _pid(engine) not in (0, pid)


def test_no_transaction_stays_open_after_a_check(engine: Engine) -> None:
    statuses = []

    @event.listens_for(engine, "checkout")
    def note(connection: object, *_rest: object) -> None:
        statuses.append(connection.info.transaction_status)  # type: ignore[attr-defined]

    _pid(engine)
    time.sleep(pool_health.FRESH_SECONDS)
    _pid(engine)
    assert statuses == [0, 0]  # libpq's PQTRANS_IDLE
