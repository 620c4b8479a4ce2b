"""A revoked link hears nothing any more: neither who comes with it, nor who is there already."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from live.listener import Listener
from live.loading import Wanted, load
from models.maintenance_request import MaintenanceRequest
from models.services.link_mails import renew_link
from tests.factories import UserFactory
from tests.live.conftest import House, link_of
from tests.page import open_page
from tests.servers.live_server import LiveServer

POLICY_VIOLATION = 1008


def _revoke(house: House, request: MaintenanceRequest) -> str:
    """The new link."""
    with house.writing() as session:
        return link_of(renew_link(session, request.id, user=UserFactory()))


def test_an_open_socket_is_closed_before_it_hears_more(live: LiveServer, house: House) -> None:
    mine, other = house.submit(), house.submit()
    with (
        open_page(f"{live.url}?token={link_of(mine)}") as old,
        open_page(f"{live.url}?token={link_of(other)}") as others,
    ):
        new_link = _revoke(house, mine)
        with open_page(f"{live.url}?token={new_link}") as new:
            house.publish("request_updated", mine.id, other.id)
            assert old.waits_for_the_end() == POLICY_VIOLATION
            assert old.messages == []
            heard = new.waits_for("request_updated", mine.id)
            assert heard["data"]["status_url"].endswith(new_link)
            others.waits_for("request_updated", other.id)


def test_who_comes_with_it_is_refused(live: LiveServer, house: House) -> None:
    mine = house.submit()
    old = link_of(mine)
    _revoke(house, mine)
    with pytest.raises(InvalidStatus) as refused, open_page(f"{live.url}?token={old}"):
        pass
    answer = refused.value.response
    assert answer.status_code == 410
    assert json.loads(answer.body or b"")["type"].endswith("link_revoked")


def test_who_comes_back_with_it_is_told_nothing_that_was_missed(
    house: House,
) -> None:
    """Revoked between its handshake and its telling, as the load of what was missed finds out."""
    mine = house.submit()
    _revoke(house, mine)
    loaded = load(Wanted(shared=frozenset({mine.id})))
    assert loaded.has_ended(Listener(request_id=mine.id, link_version=0))
    assert not loaded.has_ended(Listener(request_id=mine.id, link_version=1))
