"""Who comes back and names the last message gets what they missed, or is told to read anew."""

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from live.replay import MOST
from tests.conftest import Servers
from tests.live.conftest import House, link_of, token_of
from tests.page import Message, Page, open_page
from tests.servers.live_server import LiveServer
from tests.waiting import wait_for
from worker.adapters.realtime.redis_channel import STREAM


@pytest.fixture
def token(house: House) -> str:
    return token_of(house.log_in())


@pytest.fixture
def witness(live: LiveServer, token: str) -> Iterator[Page]:
    """A page that is open all the time: what it has heard, the process has handled."""
    with open_page(live.url, token) as page:
        yield page


def _told(page: Page) -> list[tuple[str, int | None]]:
    return [(message["type"], message.get("data", {}).get("id")) for message in page.messages]


def test_what_was_missed_is_told_before_what_comes(
    live: LiveServer, house: House, token: str, witness: Page
) -> None:
    """Each request once, as new if it is new to the listener, with its data as it is now."""
    known, new = house.submit(), house.submit()
    with open_page(live.url, token) as page:
        house.publish("request_updated", known.id)
        page.waits_for("request_updated", known.id)
    house.publish("new_request", new.id)
    house.publish("request_updated", known.id)
    house.publish("request_updated", new.id)
    house.publish("stats")
    with house.writing() as session:
        session.merge(new).location = "지금은 여기"
    witness.waits_for("stats")
    with open_page(f"{live.url}?last={page.last}", token) as back:
        back.waits_for("stats")
        house.publish("request_updated", known.id)
        wait_for(lambda: len(back.heard("request_updated", known.id)) == 2, "the next message")
        assert _told(back) == [
            ("request_updated", known.id),
            ("new_request", new.id),
            ("stats", None),
            ("request_updated", known.id),
        ]
        assert back.messages[1]["data"]["location"] == "지금은 여기"
    ids = [message["id"] for message in back.messages[:3]]
    assert ids == [message["id"] for message in witness.messages if message["id"] in ids]


def test_who_missed_nothing_is_told_nothing(
    live: LiveServer, house: House, token: str, witness: Page
) -> None:
    house.publish("stats")
    witness.waits_for("stats")
    with open_page(f"{live.url}?last={witness.last}", token) as page:
        request = house.submit()
        house.publish("new_request", request.id)
        page.waits_for("new_request")
        assert _told(page) == [("new_request", request.id)]


def test_a_requester_gets_what_they_missed_of_the_own_request(
    live: LiveServer, house: House, witness: Page
) -> None:
    mine, other = house.submit(), house.submit()
    link = f"{live.url}?token={link_of(mine)}"
    with open_page(link) as page:
        house.publish("request_updated", mine.id)
        page.waits_for("request_updated", mine.id)
    house.publish("new_request", other.id)
    house.publish("request_updated", mine.id)
    house.publish("stats")
    witness.waits_for("stats")
    with open_page(f"{link}&last={page.last}") as back:
        back.waits_for("request_updated", mine.id)
        assert _told(back) == [("request_updated", mine.id)]
        assert mine.contact_info not in str(back.messages)


@pytest.mark.parametrize(
    "last", ["1-1", "99999999999999-0", "now", "1", "-", "9" * 40 + "-1", "%00"]
)
def test_an_id_that_is_not_known_is_told_to_read_anew(
    live: LiveServer, token: str, last: str
) -> None:
    with open_page(f"{live.url}?last={last}", token) as page:
        page.waits_for("reload")
        assert _told(page) == [("reload", None)]


def test_after_reload_it_goes_on(live: LiveServer, house: House, token: str, witness: Page) -> None:
    """The id of ``reload`` is one to come back with."""
    house.publish("stats")
    witness.waits_for("stats")
    with open_page(f"{live.url}?last=1-1", token) as page:
        assert page.waits_for("reload")["id"] == witness.last
    request = house.submit()
    house.publish("new_request", request.id)
    witness.waits_for("new_request", request.id)
    with open_page(f"{live.url}?last={page.last}", token) as back:
        back.waits_for("new_request")
        assert _told(back) == [("new_request", request.id)]


def test_too_much_is_not_told_one_by_one(
    live: LiveServer, house: House, token: str, witness: Page
) -> None:
    house.publish("stats")
    witness.waits_for("stats")
    last = witness.last
    ids = [house.submit().id for _ in range(MOST + 1)]
    house.publish("new_request", *ids[:-1])
    witness.waits_for("new_request", ids[-2])
    with open_page(f"{live.url}?last={last}", token) as page:
        page.waits_for("new_request", ids[-2])
        assert len(page.messages) == MOST
    house.publish("new_request", ids[-1])
    witness.waits_for("new_request", ids[-1])
    with open_page(f"{live.url}?last={last}", token) as page:
        page.waits_for("reload")
        assert _told(page) == [("reload", None)]


def test_after_a_restart_the_stream_still_tells_it(
    start_live: Callable[..., LiveServer], house: House, token: str
) -> None:
    with open_page(start_live().url, token) as page:
        house.publish("stats")
        page.waits_for("stats")
    request = house.submit()
    house.publish("new_request", request.id)
    with open_page(f"{start_live().url}?last={page.last}", token) as back:
        back.waits_for("new_request", request.id)
        assert len(back.messages) == 1


def test_after_a_trimmed_stream_it_is_told_to_read_anew(
    start_live: Callable[..., LiveServer], house: House, token: str, redis: Redis
) -> None:
    with open_page(start_live().url, token) as page:
        house.publish("stats")
        page.waits_for("stats")
    house.publish("stats")
    redis.xtrim(STREAM, maxlen=1, approximate=False)
    with open_page(f"{start_live().url}?last={page.last}", token) as back:
        back.waits_for("reload")


def test_after_flushall_everybody_is_told_to_read_anew(
    live: LiveServer, house: House, token: str, witness: Page, servers: Servers
) -> None:
    house.publish("stats")
    witness.waits_for("stats")
    last = witness.last
    with Redis.from_url(servers.redis.url) as client:
        client.flushall()
    witness.waits_for("reload")
    with open_page(f"{live.url}?last={last}", token) as back:
        back.waits_for("reload")
        request = house.submit()
        house.publish("new_request", request.id)
        back.waits_for("new_request", request.id)
    witness.waits_for("new_request", request.id)


def test_no_message_falls_between_replay_and_live(
    live: LiveServer, house: House, token: str, witness: Page
) -> None:
    """While messages come all the time, pages come and go and hear each, in order."""
    ids = [house.submit().id for _ in range(60)]
    house.publish("stats")
    witness.waits_for("stats")
    last, heard = witness.last, list[int]()

    def publish_all() -> None:
        for one in ids:
            house.publish("new_request", one)

    publisher = threading.Thread(target=publish_all)
    publisher.start()
    while len(heard) < len(ids):
        with open_page(f"{live.url}?last={last}", token) as page:
            page.messages.append(_next(page))
        heard += [message["data"]["id"] for message in page.messages]
        last = page.last
    publisher.join()
    assert heard == ids


def _next(page: Page) -> Message:
    found: Message = json.loads(page.socket.recv(timeout=60))
    return found
