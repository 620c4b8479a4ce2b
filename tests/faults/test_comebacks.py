"""Redis and PostgreSQL are stopped and started again and again: every process reconnects by itself."""

import signal
import time

import pytest
from redis import Redis

from tests.faults.calls import call
from tests.faults.stack import StormStack
from tests.waiting import wait_for

# So many connections more than before the outages are no leak, because pools grow and shrink.
SLACK = 25


def _ask(stack: StormStack, query: str) -> int:
    connection = stack.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            return int(row[0]) if row else 0
    finally:
        connection.close()


def _check_request(stack: StormStack) -> None:
    """A request is accepted and all its steps are done."""
    answer = call(f"{stack.url}/api/requests", {"description": "복도 전등이 나갔어요"})
    assert answer.status == 201
    unfinished = (
        "SELECT count(*) FROM steps s JOIN runs r ON r.id = s.run_id WHERE s.state <> 'done' "
        f"AND r.event = 'request_submitted' AND r.subject_id = {int(answer.json['id'])}"
    )
    wait_for(lambda: _ask(stack, unfinished) == 0, "the request is through", seconds=120)


def _connections(stack: StormStack) -> tuple[int, int]:
    """The number of connections to PostgreSQL and to Redis."""
    with Redis.from_url(stack.redis.url) as client:
        to_redis = len(client.client_list())
    to_postgres = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'haja'"
    return _ask(stack, to_postgres), to_redis


@pytest.fixture
def running(whole: StormStack) -> dict[str, int]:
    """The process ids by name, when everything works."""
    _check_request(whole)
    return {name: process.pid for name, process in whole.processes.items()}


def _check_untouched(stack: StormStack, running: dict[str, int], before: tuple[int, int]) -> None:
    assert {name: process.pid for name, process in stack.processes.items()} == running
    now = _connections(stack)
    assert now[0] <= before[0] + SLACK and now[1] <= before[1] + SLACK, (before, now)


def test_redis_comes_back_however_often(whole: StormStack, running: dict[str, int]) -> None:
    before = _connections(whole)
    for away in (0.3, 1.0, 3.0, 6.0):
        whole.redis.kill()
        time.sleep(away)
        whole.redis.start()
        _check_request(whole)
    whole.redis.pause()
    time.sleep(4)
    whole.redis.resume()
    _check_request(whole)
    _check_untouched(whole, running, before)


def test_postgresql_comes_back_however_often(whole: StormStack, running: dict[str, int]) -> None:
    before = _connections(whole)
    for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT):
        whole.restart_postgres(how)
        _check_request(whole)
    _check_untouched(whole, running, before)
