"""Who hears what, and when they hear no more."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from live.entry import EntryId
from models.services.logins import Login, close_login
from models.services.users import disable_user, set_password
from models.timeline_entry import TimelineEntry
from models.user import User
from tests.factories import PhotoFactory
from tests.live.conftest import House, link_of, token_of
from tests.page import open_page
from tests.servers.live_server import LiveServer

POLICY_VIOLATION = 1008


def test_an_operator_hears_of_requests_changes_and_numbers(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        request = house.submit(requester_name="김하자")
        house.publish("new_request", request.id)
        new = page.waits_for("new_request", request.id)
        assert new["data"]["contact_info"] == request.contact_info
        assert new["data"]["requester_name"] == "김하자"
        house.publish("request_updated", request.id)
        changed = page.waits_for("request_updated", request.id)
        assert EntryId.read(changed["id"]) > EntryId.read(new["id"])  # type: ignore[operator]
        house.publish("stats")
        assert page.waits_for("stats")["data"]["total"] == 1


def test_a_requester_hears_of_their_request_as_their_link_shows_it(
    live: LiveServer, house: House
) -> None:
    mine, other = house.submit(requester_name="김비밀", assignee="이운영"), house.submit()
    with house.writing() as session:
        PhotoFactory(request_id=mine.id)
        for event in ("note_added", "status_changed"):
            session.add(TimelineEntry(request_id=mine.id, event=event, actor="이운영"))
    with open_page(f"{live.url}?token={link_of(mine)}") as page:
        house.publish("new_request", other.id)
        house.publish("stats")
        house.publish("request_updated", mine.id)
        data = page.waits_for("request_updated")["data"]
        assert [message["data"]["id"] for message in page.messages] == [mine.id]
    told = json.dumps(data, ensure_ascii=False)
    for secret in (mine.contact_info, "김비밀", "이운영", "note_added"):
        assert secret not in told
    assert data["photos"][0]["url"].endswith(link_of(mine))


def test_what_comes_together_is_told_in_order_and_once(live: LiveServer, house: House) -> None:
    """Each with the data of the last: several changes of one request are one message."""
    first, second = house.submit(), house.submit()
    with open_page(live.url, token_of(house.log_in())) as page:
        house.publish("request_updated", first.id, second.id, first.id, first.id)
        page.waits_for("request_updated", first.id)
        told = [message["data"]["id"] for message in page.messages]
        assert told == [second.id, first.id]


def test_what_makes_no_sense_is_passed_over(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        house.publish("no_such_kind", 1)
        house.publish("new_request")
        house.publish("new_request", 2**62)  # there is no such request
        house.publish("stats")
        page.waits_for("stats")
        assert len(page.messages) == 1


ENDINGS: dict[str, Callable[[Session, Login], None]] = {
    "logged out": lambda session, login: close_login(session, login.session_id),
    "disabled": lambda session, login: disable_user(session, _user(session, login)),
    "new password": lambda session, login: set_password(
        session, _user(session, login), "another password"
    ),
    "role gone": lambda session, login: session.delete(_user(session, login)),
}


def _user(session: Session, login: Login) -> User:
    return session.get_one(User, login.user.id)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_socket_ends_with_its_login(live: LiveServer, house: House, ending: str) -> None:
    """At its next message, which is for others only."""
    login, other = house.log_in(), house.log_in()
    request = house.submit(description="이 말은 듣지 못한다")
    with (
        open_page(live.url, token_of(login)) as page,
        open_page(live.url, token_of(other)) as stays,
    ):
        house.publish("stats")
        page.waits_for("stats")
        with house.writing() as session:
            ENDINGS[ending](session, login)
        house.publish("new_request", request.id)
        assert page.waits_for_the_end() == POLICY_VIOLATION
        assert not [message for message in page.messages if message["type"] == "new_request"]
        stays.waits_for("new_request", request.id)


def test_a_socket_ends_with_its_login_though_nothing_is_said(
    live: LiveServer, house: House
) -> None:
    login = house.log_in()
    with open_page(live.url, token_of(login)) as page:
        with house.writing() as session:
            close_login(session, login.session_id)
        assert page.waits_for_the_end() == POLICY_VIOLATION


def test_a_socket_ends_with_its_token(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in(), seconds=3)) as page:
        assert page.waits_for_the_end() == POLICY_VIOLATION


def test_nothing_of_a_person_or_a_token_is_in_the_log(
    start_live: Callable[..., LiveServer], house: House
) -> None:
    live, login, request = start_live(), house.log_in(), house.submit(requester_name="김비밀")
    token, link = token_of(login), link_of(request)
    with open_page(live.url, token), open_page(f"{live.url}?token={link}&last=1-1") as page:
        house.publish("request_updated", request.id)
        page.waits_for("request_updated")
    assert live.log.count("socket_opened") == 2
    for secret in (token, link, request.reference, "김비밀", login.user.username, "last="):
        assert secret not in live.log
