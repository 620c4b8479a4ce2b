"""An open page: what it was told over its socket so far."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.waiting import wait_for

Message = dict[str, Any]


class Page:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[Message] = []

    @property
    def last(self) -> str:
        """The id of the newest message."""
        return str(self.messages[-1]["id"])

    def listen(self) -> None:
        """Take what has come. Raises ConnectionClosed."""
        while True:
            try:
                self.messages.append(json.loads(self.socket.recv(timeout=0.05)))
            except TimeoutError:
                return

    def heard(self, kind: str, request_id: int | None = None) -> list[Message]:
        """Messages of this kind so far, about this request."""
        self.listen()
        return [
            message
            for message in self.messages
            if message["type"] == kind
            and (request_id is None or message["data"].get("id") == request_id)
        ]

    def waits_for(self, kind: str, request_id: int | None = None) -> Message:
        """The first of them."""
        return wait_for(lambda: self.heard(kind, request_id), f"{kind} {request_id or ''}")[0]

    def waits_for_the_end(self) -> int | None:
        """The code with which the socket is closed, None if it is cut."""

        ends: list[ConnectionClosed] = []

        def ended() -> bool:
            try:
                self.listen()
            except ConnectionClosed as end:
                ends.append(end)
            return bool(ends)

        wait_for(ended, "the socket is closed")
        return ends[0].rcvd.code if ends[0].rcvd else None


@contextmanager
def open_page(url: str, token: str = "", **how: Any) -> Iterator[Page]:
    """A page whose socket is at ``url``; ``token`` is an operator's."""
    headers = {**how.pop("additional_headers", {})}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    how |= {"open_timeout": 60, "max_queue": None}  # or unread messages keep it from closing
    with connect(url, additional_headers=headers, **how) as socket:
        yield Page(socket)
