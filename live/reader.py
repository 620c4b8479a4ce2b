"""Follows the stream for as long as the process lives, whatever becomes of Redis."""

import asyncio

import structlog
from redis.exceptions import RedisError

from live.history import History
from live.hub import Hub
from live.stream import Stream

log = structlog.get_logger()

RETRY_SECONDS = 1.0


class Reader:
    """One for each process."""

    def __init__(self, stream: Stream, hub: Hub) -> None:
        self._stream = stream
        self._hub = hub
        self.tried = asyncio.Event()  # to reach the stream, with or without success
        self._stopping = False

    def stop(self) -> None:
        """To be called before the task is cancelled: now and then redis.asyncio loses a
        cancellation, and the task would go on for ever (redis 8.1, Python 3.11)."""
        self._stopping = True

    async def run(self) -> None:
        """Returns after ``stop``, within the time that Redis may take for an answer."""
        while not self._stopping:
            try:
                await self._follow(await self._begin())
            except (RedisError, OSError) as error:
                log.warning("live_stream_away", error=type(error).__name__)
                self.tried.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _begin(self) -> History:
        """At first with what the stream still has. After an outage with nothing: who could not
        write meanwhile has dropped what they had to say, and no entry tells of it."""
        if self._hub.history is None:
            entries = await self._stream.list_all()
            history = History(entries[0].id if entries else await self._stream.newest())
            history.add(entries[1:])
        else:
            history = History(await self._stream.newest())
        self._hub.begin(history)
        self.tried.set()
        return history

    async def _follow(self, history: History) -> None:
        """Returns when entries were lost: Redis was wiped, or the stream was cut before we came."""
        while not self._stopping:
            entries = await self._stream.wait_after(history.position)
            # Also where something came: it may stand behind a wipe, and others before it.
            if not await self._stream.holds(history.position):
                log.warning("live_entries_lost")
                return
            await self._hub.handle(history, entries)
