"""A socket: the library's connection with the two bounds that it leaves to its user."""

from typing import Any

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from live.allowance import Allowance
from live.listener import Listener
from live.slots import NoSlotLeft, Slot, Slots

log = structlog.get_logger()

# Everything counts: heads, pings, frames. Who answers our pings and says nothing needs a hundredth.
BYTES, SECONDS = 64 * 1024, 10.0
# Not yet taken by a slow reader. Its next message would come too late to be of use.
UNSENT_BYTES = 512 * 1024


class Socket(ServerConnection):
    """Also holds its slot, from before it is let in until it is gone, however that comes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listener = Listener()
        self._received = Allowance(BYTES, SECONDS)
        self._slot: tuple[Slots, Slot] | None = None

    def hold(self, slots: Slots, slot: Slot) -> None:
        """Raises NoSlotLeft, also when nobody is there any more who could give it back."""
        if self.state is not State.CONNECTING:
            raise NoSlotLeft
        slots.take(slot)
        self._slot = slots, slot

    def write_frame(self, frame: bytes) -> None:
        """A whole message, which takes its turn behind what was sent before."""
        if self.state is not State.OPEN:
            return
        if self.paused:  # UNSENT_BYTES was passed, and not much of it was taken since
            log.info("socket_lags")
            self.transport.abort()
        else:
            self.transport.write(frame)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._received.spend(len(data)) and self.state in (State.CONNECTING, State.OPEN):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._slot is not None:
            slots, slot = self._slot
            self._slot = None
            slots.release(slot)
