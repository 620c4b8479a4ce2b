"""Every few seconds: say that this process works, and look whose login has ended."""

import asyncio
import os
import socket

import structlog

from live.hub import Hub
from live.slots import Slots
from models.database import transaction
from models.services.heartbeats import record_heartbeat
from models.services.logins import list_open_logins

log = structlog.get_logger()

EVERY_SECONDS = 5.0
PART = "live"


class Heartbeat:
    """A socket that hears nothing for hours must end with its login, too."""

    def __init__(self, hub: Hub, slots: Slots) -> None:
        self._hub = hub
        self._slots = slots
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                ended = await asyncio.to_thread(self._beat, self._hub.logins)
            except Exception as error:  # noqa: BLE001 - a sign of life must not end the life
                log.warning("heartbeat_failed", error=type(error).__name__)
                ended = frozenset()
            self._hub.end_logins(ended)
            await asyncio.sleep(EVERY_SECONDS)

    def _beat(self, logins: frozenset[int]) -> frozenset[int]:
        with transaction() as session:
            record_heartbeat(session, PART, self._name, {"sockets": self._slots.taken})
            return logins - list_open_logins(session, logins)
