"""The answer to a call: a socket, or an answer by HTTP."""

import time
from collections.abc import Sequence

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from config.monitoring import report_error
from live.admission import Admission
from live.answers import Refusal, healthy, problem
from live.connection import Socket
from live.credentials import BEARER

log = structlog.get_logger()


class Handshake:
    """Two hooks of the server's: before it looks at the handshake, and after."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def route(self, _connection: ServerConnection, request: Request) -> Response | None:
        """An answer to what is no call for a socket."""
        path = request.path.partition("?")[0]
        if path == "/healthz" and request.method in ("GET", "HEAD"):
            return healthy(request, time.perf_counter())
        if path != "/ws":
            return problem(request, time.perf_counter(), Refusal(404, "not_found"))
        return None

    async def decide(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> Response | None:
        """None if ``response`` stands: the socket opens, or it is an answer of ours already."""
        assert isinstance(connection, Socket)
        started = time.perf_counter()
        try:
            if response.status_code == 101:
                connection.listener = await self._admission.admit(connection, request)
            elif response.headers["Content-Type"].startswith("text/plain"):
                raise _refusal_of_the_library(response)
        except Refusal as refusal:
            log.info("socket_refused", status=refusal.status, code=refusal.code)
            return problem(request, started, refusal)
        except Exception as error:
            log.error("unexpected_error", error=type(error).__name__, exc_info=error)
            report_error(error)
            return problem(request, started, Refusal(500, "internal_error"))
        return None


def _refusal_of_the_library(response: Response) -> Refusal:
    """What it found wrong with the handshake. It says 426 where there is none at all: we say 400,
    since there is nothing else to be had here that could be upgraded."""
    if response.status_code == 405:
        return Refusal(405, "method_not_allowed", {"Allow": "GET"})
    return Refusal(400, "bad_request")


def choose_subprotocol(
    _connection: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    return Subprotocol(BEARER) if BEARER in offered else None
