"""What happens around it: Redis and PostgreSQL go and come, and so do live processes."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient
from redis import Redis
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.conftest import Servers
from tests.live.conftest import House, link_of, token_of
from tests.page import Page, open_page
from tests.servers.live_server import LiveServer
from tests.waiting import wait_for

SERVICE_RESTART = 1012


@pytest.fixture
def page(live: LiveServer, house: House) -> Iterator[Page]:
    """Open, and hearing."""
    with open_page(live.url, token_of(house.log_in())) as page:
        # Again and again: the outage of another test may not be over yet.
        def hears() -> bool:
            house.publish("stats")
            return bool(page.heard("stats"))

        wait_for(hears, "numbers on the socket", pause=0.5)
        yield page


def _hears_again(page: Page, house: House) -> None:
    request = house.submit()

    def hears() -> bool:
        house.publish("new_request", request.id)
        return bool(page.heard("new_request", request.id))

    wait_for(hears, "a new request on the socket that stayed open", pause=0.5)


def test_redis_restarts(servers: Servers, page: Page, house: House) -> None:
    servers.redis.restart()
    page.waits_for("reload")
    _hears_again(page, house)


def test_a_wipe_is_noticed_of_a_stream_that_was_empty(
    redis: Redis, start_live: Callable[..., LiveServer], house: House
) -> None:
    """Nothing was heard yet, and what was said before the wipe is lost."""
    live = start_live()
    with open_page(live.url, token_of(house.log_in())) as page:
        redis.flushdb()
        page.waits_for("reload")
        _hears_again(page, house)


def test_redis_freezes(servers: Servers, live: LiveServer, page: Page, house: House) -> None:
    """Longer than the process waits for an answer. What was said meanwhile is lost."""
    seen = live.log.count("live_stream_away")
    servers.redis.pause()
    try:
        house.publish("stats")
        wait_for(lambda: live.log.count("live_stream_away") > seen, "the process notices")
    finally:
        servers.redis.resume()
    page.waits_for("reload")
    _hears_again(page, house)


def test_redis_ends_all_connections(servers: Servers, page: Page, house: House) -> None:
    with Redis.from_url(servers.redis.url) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    page.waits_for("reload")
    _hears_again(page, house)


def test_without_redis_pages_come_in_and_hear_when_it_is_back(
    servers: Servers, start_live: Callable[..., LiveServer], house: House
) -> None:
    servers.redis.stop()
    try:
        live = start_live()
        page = open_page(f"{live.url}?last=1-1", token_of(house.log_in()))
        with ExitStack() as stack:
            opened = stack.enter_context(page)
            servers.redis.start()
            opened.waits_for("reload")
            _hears_again(opened, house)
    finally:
        servers.redis.start()


def test_postgresql_restarts(servers: Servers, live: LiveServer, page: Page, house: House) -> None:
    """The socket stays, and what came meanwhile is told when the database is back."""
    request, login = house.submit(), house.log_in()
    link, token = link_of(request), token_of(login)
    servers.postgres.stop()
    try:
        house.publish("new_request", request.id)
        for query, headers in ((f"?token={link}", {}), ("", {"Authorization": f"Bearer {token}"})):
            with pytest.raises(InvalidStatus) as refused:
                connect(live.url + query, additional_headers=headers, open_timeout=60)
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["Retry-After"] == "5"
            assert b"#database_away" in (refused.value.response.body or b"")
        wait_for(lambda: "heartbeat_failed" in live.log, "the heartbeat fails")
        assert live.answers()
    finally:
        servers.postgres.start()
    page.waits_for("new_request", request.id)
    assert "Traceback" not in live.log


def test_postgresql_freezes(servers: Servers, live: LiveServer, page: Page, house: House) -> None:
    """Nothing that needs no database waits for it."""
    request, token = house.submit(), token_of(house.log_in())
    servers.postgres.pause()
    try:
        house.publish("new_request", request.id)
        with pytest.raises(InvalidStatus) as refused:
            connect(
                live.url,
                additional_headers={"Authorization": f"Bearer {token}"},
                open_timeout=60,
            )
        assert refused.value.response.status_code == 503
        assert page.socket.ping().wait(60)
        assert live.answers()
    finally:
        servers.postgres.resume()
    page.waits_for("new_request", request.id)


def test_redis_is_wiped_while_postgresql_freezes(
    servers: Servers, redis: Redis, page: Page, house: House
) -> None:
    """What came after the wipe hides nothing of what came before it."""
    requests = [house.submit() for _ in range(3)]
    servers.postgres.pause()
    try:
        house.publish("new_request", requests[0].id)
        wait_for(lambda: not redis.info("clients")["blocked_clients"], "the process is at work")
        house.publish("new_request", requests[1].id)
        redis.flushall()
        house.publish("new_request", requests[2].id)
    finally:
        servers.postgres.resume()
    page.waits_for("reload")


def test_two_processes_side_by_side(
    live: LiveServer, start_live: Callable[..., LiveServer], house: House
) -> None:
    """Both hear everything, and what one told last, the other goes on from."""
    token = token_of(house.log_in())
    other = start_live()
    with open_page(live.url, token) as here, open_page(other.url, token) as there:
        first, second = house.submit(), house.submit()
        house.publish("new_request", first.id)
        assert here.waits_for("new_request") == there.waits_for("new_request")
        house.publish("new_request", second.id)
        there.waits_for("new_request", second.id)
        here.waits_for("new_request", second.id)
        last = here.messages[0]["id"]
        with open_page(f"{other.url}?last={last}", token) as moved:
            moved.waits_for("new_request", second.id)
            assert len(moved.messages) == 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_tells_pages_to_come_back(
    start_live: Callable[..., LiveServer], house: House, signum: signal.Signals
) -> None:
    live = start_live()
    with ExitStack() as pages:
        opened = [
            pages.enter_context(open_page(live.url, token_of(house.log_in()))) for _ in range(20)
        ]
        live.process.send_signal(signum)
        assert {page.waits_for_the_end() for page in opened} == {SERVICE_RESTART}
        assert live.process.wait(60) == 0
    assert "Traceback" not in live.log


def test_readyz_shows_the_live_processes(
    start_live: Callable[..., LiveServer], house: House, client: FlaskClient
) -> None:
    processes = [start_live(), start_live()]
    with ExitStack() as pages:
        for live in processes * 2:
            pages.enter_context(open_page(live.url, token_of(house.log_in())))

        def shown() -> bool:
            part = client.get("/readyz").get_json()["parts"]["live"]
            return bool(part["state"] == "ok" and part["sockets"] == 4)

        wait_for(shown, "both processes' sockets are counted")
