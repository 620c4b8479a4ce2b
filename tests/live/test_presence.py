"""Who looks at a request and who writes, as the other operators are told."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from redis import Redis

from live import shared_looks
from models.services.logins import close_login
from models.services.users import disable_user
from models.user import User
from tests.conftest import Servers
from tests.live.conftest import House, link_of, token_of
from tests.page import Page, open_page
from tests.servers.live_server import LiveServer
from tests.waiting import wait_for


def _look(page: Page, request_id: int | None, writing: str = "") -> None:
    look = {"type": "presence", "request_id": request_id, "writing": writing}
    page.socket.send(json.dumps(look))


def _seen(page: Page) -> dict[str, list[tuple[str, str]]]:
    """Name and writing of who looks at each request, by all that the page was told so far."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for message in page.heard("presence"):
        assert "id" not in message
        for request_id, people in message["data"]["requests"].items():
            seen[request_id] = [(one["name"], one["writing"]) for one in people]
    return {request_id: people for request_id, people in seen.items() if people}


def _sees(page: Page, expected: dict[int, list[tuple[str, str]]]) -> None:
    wanted = {str(request_id): people for request_id, people in expected.items()}
    wait_for(lambda: _seen(page) == wanted, lambda: f"{wanted} is seen, not {_seen(page)}")


def test_operators_see_each_other_look_and_write(
    live: LiveServer, start_live: Callable[..., LiveServer], house: House
) -> None:
    """Side by side on two processes; who only looks at a list sees it, too, and is not seen."""
    request, other = house.submit(), house.submit()
    kim, lee = house.log_in(name="김민수"), house.log_in(name="", username="lee@example.org")
    with (
        open_page(live.url, token_of(kim)) as here,
        open_page(live.url, token_of(house.log_in())) as at_list,
        open_page(start_live().url, token_of(lee)) as there,
    ):
        _look(here, request.id)
        _look(at_list, None)
        _look(there, other.id)
        both = {request.id: [("김민수", "")], other.id: [("lee@example.org", "")]}
        for page in (here, at_list, there):
            _sees(page, both)
        _look(there, request.id, "reply")
        for page in (here, at_list):
            _sees(page, {request.id: [("김민수", ""), ("lee@example.org", "reply")]})
        _look(there, None)
        _sees(at_list, {request.id: [("김민수", "")]})
        here.socket.close()
        _sees(at_list, {})


def test_who_has_a_request_open_twice_is_there_once(live: LiveServer, house: House) -> None:
    request, login = house.submit(), house.log_in(name="김민수")
    with (
        open_page(live.url, token_of(login)) as one,
        open_page(live.url, token_of(login)) as two,
    ):
        _look(one, request.id, "note")
        _look(two, request.id)
        _sees(two, {request.id: [("김민수", "note")]})
        one.socket.close()
        _sees(two, {request.id: [("김민수", "")]})


def test_a_requester_neither_tells_nor_hears_of_it(live: LiveServer, house: House) -> None:
    request = house.submit()
    with (
        open_page(f"{live.url}?token={link_of(request)}") as requester,
        open_page(live.url, token_of(house.log_in())) as silent,
        open_page(live.url, token_of(house.log_in(name="김민수"))) as operator,
    ):
        _look(requester, request.id, "reply")
        _look(operator, request.id)
        _sees(operator, {request.id: [("김민수", "")]})
        house.publish("request_updated", request.id)
        for page in (requester, silent):  # who never told anything is told nothing
            page.waits_for("request_updated")
            assert {message["type"] for message in page.messages} == {"request_updated"}


ODD: list[Any] = [
    [],
    {"type": "presence", "request_id": "1"},
    {"type": "presence", "request_id": True},
    {"type": "presence", "request_id": -1},
    {"type": "presence", "request_id": 2**63},
    {"type": "presence", "request_id": 1, "writing": "letter"},
    {"type": "presence", "request_id": 1, "writing": [[]]},
]


def test_what_makes_no_sense_is_ignored(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in(name="김민수"))) as page:
        for odd in ODD:
            page.socket.send(json.dumps(odd))
        page.socket.send(b"\xff\0")
        _look(page, 7)
        _sees(page, {7: [("김민수", "")]})
        assert len(page.heard("presence")) <= 2


@pytest.mark.parametrize("ending", ["logged out", "disabled"])
def test_who_may_not_come_in_any_more_is_not_seen(
    live: LiveServer, house: House, ending: str
) -> None:
    login = house.log_in(name="김민수")
    with (
        open_page(live.url, token_of(login)) as page,
        open_page(live.url, token_of(house.log_in(name="이영희"))) as stays,
    ):
        _look(page, 5)
        _look(stays, 6)
        _sees(stays, {5: [("김민수", "")], 6: [("이영희", "")]})
        with house.writing() as session:
            if ending == "disabled":
                disable_user(session, session.get_one(User, login.user.id))
            else:
                close_login(session, login.session_id)
        _look(stays, 8)
        page.waits_for_the_end()
        told = [one for one in page.messages if one["data"]["requests"].get("8")]
        assert not told, "nothing of what came after"
        _sees(stays, {8: [("이영희", "")]})


def test_the_people_of_a_killed_process_vanish(
    live: LiveServer, start_live: Callable[..., LiveServer], house: House, redis: Redis
) -> None:
    killed = start_live()
    with open_page(live.url, token_of(house.log_in(name="이영희"))) as stays:
        _look(stays, None)
        with open_page(killed.url, token_of(house.log_in(name="김민수"))) as page:
            _look(page, 5)
            _sees(stays, {5: [("김민수", "")]})
            killed.process.kill()
        left = dict[bytes, float](redis.zrange(shared_looks.NAME, 0, -1, withscores=True))  # type: ignore[arg-type]
        now = int(redis.time()[0])
        assert left and all(now < ends <= now + 30 for ends in left.values())
        # Not to wait so long: as if it was written half a minute ago.
        redis.zadd(shared_looks.NAME, dict.fromkeys(left, now - 1))
        _sees(stays, {})


def test_redis_is_wiped_and_goes_away(
    servers: Servers, start_live: Callable[..., LiveServer], house: House, redis: Redis
) -> None:
    """Nobody is seen while it is away, all else goes on, and they come back by themselves."""
    live, request = start_live(), house.submit()
    with (
        open_page(live.url, token_of(house.log_in(name="이영희"))) as page,
        open_page(live.url, token_of(house.log_in(name="김민수"))) as other,
    ):
        _look(page, 6)
        _look(other, 5)
        everybody = {5: [("김민수", "")], 6: [("이영희", "")]}
        _sees(page, everybody)
        redis.delete(shared_looks.NAME)
        wait_for(lambda: redis.zcard(shared_looks.NAME) == 2, "they are written down again")
        servers.redis.pause()
        try:
            _sees(page, {})
            assert live.answers() and page.socket.ping().wait(60)
            assert live.log.count("presence_away") == 1
        finally:
            servers.redis.resume()
        _sees(page, everybody)

        def hears() -> bool:
            house.publish("new_request", request.id)
            return bool(page.heard("new_request", request.id))

        wait_for(hears, "messages come as before", pause=0.5)


def test_one_user_cannot_take_all_the_room(live: LiveServer, house: House) -> None:
    login = house.log_in(name="김민수")
    with ExitStack() as pages:
        opened = [pages.enter_context(open_page(live.url, token_of(login))) for _ in range(12)]
        for number, page in enumerate(opened, 1):
            _look(page, number)
            assert page.socket.ping().wait(60)  # one after the other
        newest = {number: [("김민수", "")] for number in range(3, 13)}
        _sees(opened[0], newest)
