"""Live messages over /ws: who hears what."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest
from simple_websocket import Client, ConnectionClosed

from tests.e2e.conftest import ADMIN
from tests.e2e.house import House
from tests.e2e.http import Api
from tests.waiting import wait_for


class Page:
    """An open page: what it was told so far."""

    def __init__(self, socket: Client) -> None:
        self._socket = socket
        self.messages: list[dict[str, Any]] = []

    def hears(self, kind: str, request_id: int | None = None) -> bool:
        while (raw := self._socket.receive(timeout=0.05)) is not None:
            self.messages.append(json.loads(raw))
        return any(
            message["type"] == kind
            and (request_id is None or message["data"].get("id") == request_id)
            for message in self.messages
        )


@contextmanager
def _page(api: Api, query: str = "") -> Iterator[Page]:
    headers = {b"Authorization": f"Bearer {api.token}".encode()} if api.token else {}
    url = api.url.replace("http", "ws") + "/ws" + query
    socket = Client.connect(url, headers=headers)
    try:
        time.sleep(0.5)  # the first page of a web process makes it subscribe
        yield Page(socket)
    finally:
        if socket.connected:
            socket.close()


def test_an_operator_hears_of_requests_changes_and_numbers(house: House) -> None:
    with _page(house.operator) as page:
        request = house.submit()
        wait_for(lambda: page.hears("new_request", request["id"]), "the new request")
        wait_for(lambda: page.hears("request_updated", request["id"]), "its triage")
        wait_for(lambda: page.hears("stats"), "the numbers")
        new = next(m for m in page.messages if m["type"] == "new_request")
        assert new["data"]["contact_info"] == request["contact_info"]
        stats = next(m for m in page.messages if m["type"] == "stats")
        assert {"total", "by_category"} <= set(stats["data"])


def test_a_requester_hears_of_the_own_request_only_and_nothing_private(house: House) -> None:
    mine = house.submit(requester_name="비밀 이름")
    token = mine["status_url"].partition("token=")[2]
    house.wait_until_through(mine)
    with _page(house.visitor, f"?token={token}") as page:
        other = house.submit()
        house.wait_until_through(other)
        path = f"/api/requests/{mine['id']}"
        note = {"status": "in_progress", "note": "내부 메모"}
        assert house.operator.send("PATCH", path, note).status == 200
        wait_for(lambda: page.hears("request_updated", mine["id"]), "the change")
        wait_for(
            lambda: any(
                m["data"]["status"] == "in_progress"
                for m in page.messages
                if page.hears("request_updated")
            ),
            "the status",
        )
        assert {message["type"] for message in page.messages} <= {"new_request", "request_updated"}
        assert {message["data"]["id"] for message in page.messages} == {mine["id"]}
        told = json.dumps(page.messages, ensure_ascii=False)
        for private in (mine["contact_info"], "비밀 이름", "내부 메모"):
            assert private not in told


def test_an_open_socket_ends_with_its_login(house: House) -> None:
    other = house.visitor.log_in(*ADMIN.values())
    with _page(other) as page:
        first = house.submit()
        wait_for(lambda: page.hears("new_request", first["id"]), "a message before")
        assert other.send("POST", "/token/revoke", {"token": other.token}).status == 204
        house.wait_until_through(house.submit("이 말은 듣지 못한다"))
        with pytest.raises(ConnectionClosed):
            wait_for(lambda: page.hears("never"), "the socket is closed")
        assert "이 말은 듣지 못한다" not in json.dumps(page.messages, ensure_ascii=False)


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("query", ["", "?token=forged", "?token=ABCD-EFGH.xxxx"])
def test_nobody_else_listens(house: House, query: str) -> None:
    assert _shake_hands(house.stack.port, f"/ws{query}", HANDSHAKE) == 401


def test_a_foreign_pages_socket_is_refused(house: House) -> None:
    login = {"Authorization": f"Bearer {house.operator.token}"}
    foreign = {"Origin": "https://elsewhere.example.org"}
    assert _shake_hands(house.stack.port, "/ws", HANDSHAKE | login | foreign) == 403
    assert _shake_hands(house.stack.port, "/ws", HANDSHAKE | login) == 101


def _shake_hands(port: int, path: str, headers: dict[str, str]) -> int:
    """The status that answers a handshake; urllib would close the connection by its header."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            return answer.status
