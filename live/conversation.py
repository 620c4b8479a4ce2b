"""One socket from its opening to its end."""

import time

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request

from live.allowance import Allowance
from live.connection import Socket
from live.hub import Hub
from live.look import read_look
from live.presence import Presence
from live.replay import MayNotListen, catch_up

log = structlog.get_logger()

FRAMES, SECONDS = 10, 10.0

_NO_HEAD = Request("", Headers())


class Conversation:
    """What the server calls for each socket that was let in."""

    def __init__(self, hub: Hub, presence: Presence) -> None:
        self._hub = hub
        self._presence = presence

    async def hold(self, connection: ServerConnection) -> None:
        """Returns when the socket is closed, or is to be."""
        assert isinstance(connection, Socket)
        # Its tokens are needed no more, and heads are the largest part of a socket that is silent.
        connection.request, connection.response = _NO_HEAD, None
        opened = time.monotonic()
        who = _describe(connection)
        log.info("socket_opened", **who)
        try:
            await catch_up(self._hub, connection)
            await self._hear(connection)
        except MayNotListen:
            await connection.close(CloseCode.POLICY_VIOLATION)
        except ConnectionClosed:
            pass
        finally:
            self._hub.leave(connection)
            self._presence.leave(connection)
            seconds = round(time.monotonic() - opened, 1)
            code = int(connection.close_code or CloseCode.ABNORMAL_CLOSURE)
            log.info("socket_closed", code=code, seconds=seconds, **who)

    async def _hear(self, socket: Socket) -> None:
        """Listeners have little to say; one that says much is closed."""
        frames = Allowance(FRAMES, SECONDS)
        async for frame in socket:
            if not frames.spend(1):
                await socket.close(CloseCode.POLICY_VIOLATION)
            elif look := read_look(frame):
                self._presence.look(socket, look)


def _describe(socket: Socket) -> dict[str, str | int]:
    login = socket.listener.login
    return (
        {"kind": "requester"} if login is None else {"kind": "operator", "user_id": login.user_id}
    )
