"""The dispatcher with a real broker: what it publishes, and what it does when the broker is away."""

import json
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.database import get_engine
from models.ledger.dispatch import CAPACITY, PUBLISH_LEASE
from tests.conftest import Servers
from tests.models.ledger.ledger_book import age, look, make_run
from worker.app import app
from worker.dispatcher import Dispatcher, forget_connections, queue_depths

Opener = Callable[[], Session]


@pytest.fixture
def broker(servers: Servers, redis: "Redis") -> Iterator["Redis"]:
    app.conf.broker_url = get_settings().broker_url
    yield redis
    forget_connections()


@pytest.fixture
def book(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


@pytest.fixture
def line(servers: Servers) -> Iterator[Connection]:
    with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _ready(line: Connection) -> Dispatcher:
    dispatcher = Dispatcher()
    dispatcher._look_after_queues(line)
    assert dispatcher.broker_up
    return dispatcher


def _messages(broker: "Redis", queue: str) -> list[dict[str, object]]:
    return [json.loads(raw) for raw in broker.lrange(queue, 0, -1)]


def test_due_work_becomes_one_chain_of_ids(
    book: Session, line: Connection, broker: "Redis"
) -> None:
    run_ids = [make_run(book, steps=2) for _ in range(5)]
    dispatcher = _ready(line)
    assert dispatcher.turn(line) == 5
    assert dispatcher.turn(line) == 0
    (message,) = _messages(broker, "stats")
    headers = message["headers"]
    assert isinstance(headers, dict)
    assert headers["task"] == "stats.refresh_statistics"
    assert queue_depths()["stats"] == 1
    # The chain's second task waits in the message of the first.
    assert "mail.send_update" in str(message) or "mail.send_update" in _body(message)
    assert json.loads(_body(message))[0] == [run_ids, 0]


def _body(message: dict[str, object]) -> str:
    import base64

    return base64.b64decode(str(message["body"])).decode()


def test_a_full_queue_is_not_filled_further(
    book: Session, line: Connection, broker: "Redis"
) -> None:
    run_id = make_run(book)
    broker.rpush("stats", *["{}"] * CAPACITY)
    dispatcher = _ready(line)
    assert dispatcher.turn(line) == 0
    assert look(book, run_id).due_in <= 0


def test_what_a_wiped_broker_forgot_is_published_again(
    book: Session, line: Connection, broker: "Redis"
) -> None:
    make_run(book)
    dispatcher = _ready(line)
    assert dispatcher.turn(line) == 1
    broker.flushall()
    age(book, 5)
    dispatcher.looked_at = 0.0
    dispatcher._look_after_queues(line)
    assert dispatcher.turn(line) == 1
    assert len(_messages(broker, "stats")) == 1


def test_what_nobody_claimed_is_published_again_after_a_while(
    book: Session, line: Connection, broker: "Redis"
) -> None:
    make_run(book)
    dispatcher = _ready(line)
    dispatcher.turn(line)
    age(book, PUBLISH_LEASE + 1)
    assert dispatcher.turn(line) == 1


def test_a_broker_that_went_away_gives_everything_back_at_once(
    book: Session, line: Connection, broker: "Redis", servers: Servers
) -> None:
    run_ids = [make_run(book) for _ in range(3)]
    dispatcher = _ready(line)
    servers.redis.stop()
    try:
        assert dispatcher.turn(line) == 0
        assert not dispatcher.broker_up
        assert all(look(book, run_id).due_in <= 0 for run_id in run_ids)
        for _ in range(3):
            dispatcher.looked_at = 0.0
            dispatcher._look_after_queues(line)
            assert not dispatcher.broker_up
    finally:
        servers.redis.start()
    dispatcher.looked_at = 0.0
    dispatcher._look_after_queues(line)
    assert dispatcher.turn(line) == 3


def test_a_broker_that_goes_away_between_rounds_is_waited_out(
    book: Session, line: Connection, broker: "Redis", servers: Servers
) -> None:
    """Also by a dispatcher that only looks: no error of whatever kind ends it."""
    dispatcher = _ready(line)
    make_run(book)
    dispatcher.turn(line)
    for _ in range(2):
        servers.redis.stop()
        try:
            for _ in range(3):
                dispatcher.looked_at = 0.0
                dispatcher._look_after_queues(line)
                assert not dispatcher.broker_up
        finally:
            servers.redis.start()
        dispatcher.looked_at = 0.0
        dispatcher._look_after_queues(line)
        assert dispatcher.broker_up
        make_run(book)
        assert dispatcher.turn(line) >= 1
