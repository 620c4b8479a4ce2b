"""5,000 open sockets in one live process, and a message to 1,000 of them: how long until all but
ten have it, against a bare event loop that writes one ready frame to as many of as many.

Ours is counted from the entry in Redis on: it loads the request and looks at the logins first.
"""

import asyncio
import resource
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import cast

import jwt

from bench.pipeline import prepared
from bench.process import Process, memory_bytes, procfile
from bench.report import Report
from bench.rounds import alternate
from config.settings import get_settings
from models import wiring
from models.base import now
from models.database import transaction
from models.maintenance_request import MaintenanceRequest
from models.services.access_tokens import ALGORITHM, ISSUER
from models.services.links import sign_reference
from models.services.logins import open_login
from models.services.references import new_reference
from models.services.users import create_user

SOCKETS, LISTENERS, PER_LINK = 5_000, 1_000, 5
ROUNDS, AT_ONCE = 40, 100
PATIENCE, QUIET = 60.0, 0.1  # seconds
HEADER_BYTES = 4
TEXT = "3층 복도 천장에서 물이 떨어지고 전등이 깜빡입니다. " * 8
HEAD = (
    "GET /ws{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Connection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Page(asyncio.Protocol):
    """A listener that costs as little as can be: knows when it had its last message whole."""

    def __init__(self, head: str) -> None:
        self._head = head.encode()
        self.opened = asyncio.get_running_loop().create_future()
        self.received, self.wanted, self.at = 0, sys.maxsize, 0.0
        self.done: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            assert b" 101 " in data, data
            self.opened.set_result(None)
            return
        if data[0] == 0x89:  # a ping of four bytes; its answer is masked with zeros
            self._transport.write(b"\x8a\x84\0\0\0\0" + data[2:6])
            data = data[6:]
        self.received += len(data)
        if self.received >= self.wanted:
            self.at, self.wanted = time.perf_counter(), sys.maxsize
            self.done()


class Crowd:
    """Open pages at one server; ``say`` makes it tell the first ``LISTENERS`` of them something."""

    def __init__(self, runner: asyncio.Runner, server: Process, say: Callable[[], None]) -> None:
        self._runner, self._server, self._say = runner, server, say
        self._pages: list[Page] = []

    def open(self, heads: Sequence[str]) -> float:
        """Bytes of the server's memory for each."""
        before = memory_bytes(self._server.pid)
        self._runner.run(self._open(heads))
        return (memory_bytes(self._server.pid) - before) / len(heads)

    async def _open(self, heads: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        for start in range(0, len(heads), AT_ONCE):
            some = [
                loop.create_connection(partial(Page, head), "127.0.0.1", self._server.port)
                for head in heads[start : start + AT_ONCE]
            ]
            pages = [page for _, page in await asyncio.gather(*some)]
            await asyncio.wait_for(asyncio.gather(*(page.opened for page in pages)), PATIENCE)
            self._pages += pages

    def message_bytes(self) -> int:
        """How long the message is that they hear."""
        self._say()
        self._runner.run(asyncio.sleep(5))
        return self._pages[0].received

    def p99(self, length: int) -> float:
        """Milliseconds until all but one in a hundred of the listeners had the message."""
        return 1000 * self._runner.run(self._hear(length))

    async def _hear(self, length: int) -> float:
        await asyncio.sleep(QUIET)
        all_heard, left = asyncio.Event(), LISTENERS

        def done() -> None:
            nonlocal left
            left -= 1
            if not left:
                all_heard.set()

        listeners = self._pages[:LISTENERS]
        for page in listeners:
            page.received, page.wanted, page.done = 0, length, done
        started = time.perf_counter()
        self._say()
        await asyncio.wait_for(all_heard.wait(), PATIENCE)
        return sorted(page.at - started for page in listeners)[LISTENERS * 99 // 100 - 1]


def measure(report: Report) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with prepared() as base, asyncio.Runner() as runner, ExitStack() as stack:
        heads, request_id = _people()
        live = stack.enter_context(base.serve(procfile("live"), "LIVE_PORT"))
        channel = wiring.live_channel()
        ours = Crowd(runner, live, lambda: channel.publish("request_updated", request_id))
        report.tell("kB of memory for each open socket", round(ours.open(heads) / 1000, 1))
        length = ours.message_bytes()
        line = f'python -m bench.rivals.broadcast "$WEB_PORT" {length - HEADER_BYTES} {LISTENERS}'
        bare = stack.enter_context(base.serve(line))
        trigger = stack.enter_context(socket.create_connection(("127.0.0.1", bare.port)))
        floor = Crowd(runner, bare, lambda: trigger.sendall(b"say"))
        report.tell("kB of the bare event loop", round(floor.open(heads) / 1000, 1))
        turns = {"live": lambda: ours.p99(length), "bare": lambda: floor.p99(length)}
        pair = alternate(turns, ROUNDS).values()
    what = f"a message to {LISTENERS:,} of {SOCKETS:,} sockets, p99"
    report.add(what, "bare event loop", pair, "ms", most=2.0)


def _people() -> tuple[list[str], int]:
    """The heads of an operator's many pages and of the requesters', five of each; and a request."""
    links = (SOCKETS - LISTENERS) // PER_LINK
    with transaction() as session:
        user = create_user(session, username="bench", password="a password of the bench")
        login = open_login(session, user)
        rows = [
            MaintenanceRequest(
                reference=new_reference(), description=TEXT, submitted_on=now().date()
            )
            for _ in range(links)
        ]
        session.add_all(rows)
    claims = {"sub": str(user.id), "sid": login.session_id, "type": "access", "iss": ISSUER}
    ends_at = int(time.time()) + 3600
    token = jwt.encode({**claims, "exp": ends_at}, get_settings().jwt_secret_key, ALGORITHM)
    operators = [_head(headers=f"Authorization: Bearer {token}\r\n")] * LISTENERS
    tokens = [sign_reference(get_settings(), row.reference) for row in rows]
    requesters = [_head(query=f"?token={one}") for one in tokens for _ in range(PER_LINK)]
    return operators + requesters, rows[0].id


def _head(*, query: str = "", headers: str = "") -> str:
    return HEAD.format(query=query, headers=headers)
