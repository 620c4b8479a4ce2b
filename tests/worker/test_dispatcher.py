"""The dispatcher with a real broker: what it publishes, and what it does without the broker."""

import json
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.database import get_engine
from models.ledger.dispatch import CAPACITY, PUBLISH_LEASE
from tasks.pipelines import PIPELINES
from tests.conftest import Servers
from tests.models.ledger.step_rows import age, make_run, read_step
from worker.app import app
from worker.dispatcher import Dispatcher, forget_connections, queue_depths

Opener = Callable[[], Session]


@pytest.fixture
def broker(servers: Servers, redis: "Redis") -> Iterator["Redis"]:
    app.conf.broker_url = get_settings().broker_url
    yield redis
    forget_connections()


@pytest.fixture
def db(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


@pytest.fixture
def autocommit(servers: Servers) -> Iterator[Connection]:
    with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _ready(autocommit: Connection) -> Dispatcher:
    dispatcher = Dispatcher()
    dispatcher._check_queues(autocommit)
    assert dispatcher.broker_up
    return dispatcher


def _messages(broker: "Redis", queue: str) -> list[dict[str, object]]:
    return [json.loads(raw) for raw in broker.lrange(queue, 0, -1)]


def test_due_work_becomes_one_chain_of_ids(
    db: Session, autocommit: Connection, broker: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    two = ("stats.refresh_statistics", "mail.send_update")
    monkeypatch.setitem(PIPELINES, "request_updated", two)
    run_ids = [make_run(db, steps=2) for _ in range(5)]
    dispatcher = _ready(autocommit)
    assert dispatcher.publish_due(autocommit) == 5
    assert dispatcher.publish_due(autocommit) == 0
    (message,) = _messages(broker, "stats")
    headers = message["headers"]
    assert isinstance(headers, dict)
    assert headers["task"] == "stats.refresh_statistics"
    assert queue_depths()["stats"] == 1
    # The message of the first task contains the chain's second task.
    assert "mail.send_update" in str(message) or "mail.send_update" in _body(message)
    assert json.loads(_body(message))[0] == [run_ids, 0]


def _body(message: dict[str, object]) -> str:
    import base64

    return base64.b64decode(str(message["body"])).decode()


def test_nothing_is_published_to_a_full_queue(
    db: Session, autocommit: Connection, broker: "Redis"
) -> None:
    run_id = make_run(db)
    broker.rpush("stats", *["{}"] * CAPACITY)
    dispatcher = _ready(autocommit)
    assert dispatcher.publish_due(autocommit) == 0
    assert read_step(db, run_id).due_in <= 0


def test_messages_lost_in_the_broker_are_published_again(
    db: Session, autocommit: Connection, broker: "Redis"
) -> None:
    make_run(db)
    dispatcher = _ready(autocommit)
    assert dispatcher.publish_due(autocommit) == 1
    broker.flushall()
    age(db, 5)
    dispatcher.checked_at = 0.0
    dispatcher._check_queues(autocommit)
    assert dispatcher.publish_due(autocommit) == 1
    assert len(_messages(broker, "stats")) == 1


def test_unclaimed_steps_are_published_again_after_some_time(
    db: Session, autocommit: Connection, broker: "Redis"
) -> None:
    make_run(db)
    dispatcher = _ready(autocommit)
    dispatcher.publish_due(autocommit)
    age(db, PUBLISH_LEASE + 1)
    assert dispatcher.publish_due(autocommit) == 1


def test_steps_that_the_broker_did_not_take_are_due_at_once(
    db: Session, autocommit: Connection, broker: "Redis", servers: Servers
) -> None:
    run_ids = [make_run(db) for _ in range(3)]
    dispatcher = _ready(autocommit)
    servers.redis.stop()
    try:
        assert dispatcher.publish_due(autocommit) == 0
        assert not dispatcher.broker_up
        assert all(read_step(db, run_id).due_in <= 0 for run_id in run_ids)
        for _ in range(3):
            dispatcher.checked_at = 0.0
            dispatcher._check_queues(autocommit)
            assert not dispatcher.broker_up
    finally:
        servers.redis.start()
    dispatcher.checked_at = 0.0
    dispatcher._check_queues(autocommit)
    assert dispatcher.publish_due(autocommit) == 3


def test_a_broker_outage_between_rounds_is_waited_for(
    db: Session, autocommit: Connection, broker: "Redis", servers: Servers
) -> None:
    """Also if nothing is due: no error ends the dispatcher."""
    dispatcher = _ready(autocommit)
    make_run(db)
    dispatcher.publish_due(autocommit)
    for _ in range(2):
        servers.redis.stop()
        try:
            for _ in range(3):
                dispatcher.checked_at = 0.0
                dispatcher._check_queues(autocommit)
                assert not dispatcher.broker_up
        finally:
            servers.redis.start()
        dispatcher.checked_at = 0.0
        dispatcher._check_queues(autocommit)
        assert dispatcher.broker_up
        make_run(db)
        assert dispatcher.publish_due(autocommit) >= 1
