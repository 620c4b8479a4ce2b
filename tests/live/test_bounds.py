"""What one caller can cost: frames, sockets, heads, slowness."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import connect

from tests.live.conftest import House, link_of, token_of
from tests.page import Page, open_page
from tests.servers.live_server import LiveServer
from tests.waiting import wait_for

POLICY_VIOLATION, TOO_BIG = 1008, 1009


def test_what_a_listener_says_is_ignored(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        page.socket.send('{"type": "new_request"}')
        page.socket.send(b"\0" * 4096)
        assert page.socket.ping().wait(60)
        house.publish("stats")
        page.waits_for("stats")


def test_an_oversized_frame_closes_the_socket(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        page.socket.send("x" * 4097)
        assert page.waits_for_the_end() == TOO_BIG


def test_an_endless_frame_closes_the_socket(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        with suppress(ConnectionClosed):  # while it is still sent
            page.socket.send("x" for _ in range(5000))
        assert page.waits_for_the_end() == TOO_BIG


def test_too_many_frames_close_the_socket(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in())) as page:
        for _ in range(11):
            page.socket.send("x")
        assert page.waits_for_the_end() == POLICY_VIOLATION


def test_a_flood_of_pings_is_cut(live: LiveServer, house: House) -> None:
    """Each would be answered, and who does not read the answers fills our memory with them."""

    def flood(page: Page) -> None:
        ping = b"\x89\xfd" + b"\0" * 4 + b"x" * 125
        for _ in range(1000):
            page.socket.socket.sendall(ping)

    with open_page(live.url, token_of(house.log_in())) as page:
        with suppress(OSError):  # of whichever thread notices first
            wait_for(lambda: flood(page), "the connection is cut")
        assert page.waits_for_the_end() is None


def test_nothing_is_compressed(live: LiveServer, house: House) -> None:
    with open_page(live.url, token_of(house.log_in()), compression="deflate") as page:
        assert page.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in page.socket.response.headers


def test_a_head_without_end_is_cut(live: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as raw:
        raw.sendall(b"GET /ws HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            raw.sendall((b"X-Padding: " + b"x" * 4000 + b"\r\n") * 100_000)


def test_a_head_that_never_comes_is_cut(live: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=60) as raw:
        raw.sendall(b"GET /ws HTTP/1.1\r\n")
        assert raw.recv(1) == b""


def _refusal(url: str, token: str = "") -> Response | None:
    """The answer to a handshake, None if the socket opens."""
    try:
        with open_page(url, token):
            return None
    except InvalidStatus as refused:
        return refused.response


def _is_refused(url: str, token: str = "") -> bool:
    """503, to come back in half a minute."""
    answer = _refusal(url, token)
    if answer is None:
        return False
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.headers["Content-Type"] == "application/problem+json"
    return True


def test_requesters_leave_the_operators_their_slots(
    start_live: Callable[..., LiveServer], house: House
) -> None:
    live = start_live(LIVE_MAX_SOCKETS="10")
    token = token_of(house.log_in())
    links = [f"{live.url}?token={link_of(house.submit())}" for _ in range(9)]
    with ExitStack() as pages:
        for link in links[:8]:
            pages.enter_context(open_page(link))
        assert _is_refused(links[8])
        for _ in range(2):
            pages.enter_context(open_page(live.url, token))
        assert _is_refused(live.url, token)
    wait_for(lambda: not _is_refused(links[8]), "a slot that was left is free again")


def test_one_link_has_five_slots(live: LiveServer, house: House) -> None:
    link = f"{live.url}?token={link_of(house.submit())}"
    with ExitStack() as pages:
        for _ in range(5):
            pages.enter_context(open_page(link))
        assert _is_refused(link)
        with open_page(f"{live.url}?token={link_of(house.submit())}"):
            pass
    wait_for(lambda: not _is_refused(link), "a slot that was left is free again")


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("forged, 203.0.113.7", "203.0.113.7", "203.0.113.7, 203.0.113.8"),
        ("2001:db8::1", "2001:db8::2:0:0:1", "2001:db8:0:1::1"),
    ],
)
def test_one_network_has_a_quarter_of_the_requesters_slots(
    start_live: Callable[..., LiveServer], house: House, one: str, same: str, other: str
) -> None:
    """As the gateway saw it. An operator's address is nobody's business."""
    live = start_live(LIVE_MAX_SOCKETS="10")
    here, also_here, elsewhere = _from(one), _from(same), _from(other)
    links = [f"{live.url}?token={link_of(house.submit())}" for _ in range(4)]
    with ExitStack() as pages:
        for link in links[:2]:
            pages.enter_context(open_page(link, additional_headers=here))
        with pytest.raises(InvalidStatus):
            connect(links[2], additional_headers=also_here)
        pages.enter_context(open_page(links[2], additional_headers=elsewhere))
        for _ in range(4):
            token = token_of(house.log_in())
            pages.enter_context(open_page(live.url, token, additional_headers=here))


def _from(addresses: str) -> dict[str, str]:
    return {"X-Forwarded-For": addresses}


def test_a_refused_handshake_keeps_no_place(
    start_live: Callable[..., LiveServer], house: House
) -> None:
    live = start_live(LIVE_MAX_SOCKETS="2")
    gone = house.log_in()
    house.log_out(gone)
    for _ in range(5):
        with pytest.raises(InvalidStatus) as refused:
            connect(live.url, additional_headers={"Authorization": f"Bearer {token_of(gone)}"})
        assert refused.value.response.status_code == 401
    with open_page(live.url, token_of(house.log_in())):
        pass


def test_who_does_not_read_is_cut_and_holds_nobody(live: LiveServer, house: House) -> None:
    long = house.submit(description="가" * 4000)
    token = token_of(house.log_in())
    with open_page(live.url, token) as reads, _deaf(live, token) as deaf:

        def cut() -> bool:
            house.publish("request_updated", *[long.id] * 5)
            reads.listen()
            return "socket_lags" in live.log

        wait_for(cut, "the one who does not read is cut", pause=0.01)
        seen = len(reads.heard("request_updated"))
        house.publish("request_updated", long.id)
        wait_for(lambda: len(reads.heard("request_updated")) > seen, "the other hears on")
        with suppress(ConnectionError):
            while deaf.recv(1 << 20):
                pass


def _deaf(live: LiveServer, token: str) -> socket.socket:
    """A socket with a small window that is never read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(60)
    raw.connect(("127.0.0.1", live.port))
    head = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    raw.sendall(head.encode())
    return raw


def test_a_peer_that_is_dead_is_found(start_live: Callable[..., LiveServer], house: House) -> None:
    """One that answers no ping; with a twentieth of the usual pause between pings."""
    live = start_live("import live.server; live.server.PING_SECONDS = 1.0")
    with _deaf(live, token_of(house.log_in())) as dead:
        assert dead.recv(12) == b"HTTP/1.1 101"
        wait_for(lambda: "socket_closed" in live.log, "it is closed")


def test_as_many_files_as_the_system_allows(live: LiveServer) -> None:
    limits = Path(f"/proc/{live.process.pid}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    soft, hard = line.split()[3:5]
    assert soft == hard


def test_it_listens_on_every_network_it_is_told_to(
    start_live: Callable[..., LiveServer], house: House
) -> None:
    live = start_live(BIND="::")
    token = token_of(house.log_in())
    for host in ("127.0.0.1", "[::1]"):
        with open_page(live.url.replace("127.0.0.1", host), token):
            pass
