"""Reading the stream in Redis that workers and dispatchers write to."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config.redis_tls import redis_tls
from config.settings import Settings
from live.entry import BEGINNING, Entry, EntryId, read_entry

NAME = "haja:live"
BLOCK_MS = 1000
# Longer than Redis blocks: one that says nothing for so long is frozen or gone.
ANSWER_SECONDS = 3.0
AT_ONCE = 100


class Stream:
    """Every call raises RedisError or OSError while Redis is away."""

    def __init__(self, settings: Settings) -> None:
        self._redis: Any = Redis.from_url(
            settings.redis_url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            **redis_tls(settings),
        )

    async def list_all(self) -> list[Entry]:
        return [read_entry(name, fields) for name, fields in await self._redis.xrange(NAME)]

    async def newest(self) -> EntryId:
        """An empty stream gets an entry that nobody listens for: by nothing a wipe could be seen."""
        if found := await self._redis.xrevrange(NAME, count=1):
            return read_entry(*found[0]).id
        newest = EntryId.read(await self._redis.xadd(NAME, {"type": BEGINNING}))
        assert newest is not None, "Redis names its entries"
        return newest

    async def wait_after(self, position: EntryId) -> list[Entry]:
        """The next entries; none if a second went by without one."""
        found = await self._redis.xread({NAME: str(position)}, count=AT_ONCE, block=BLOCK_MS)
        return [read_entry(name, fields) for _, entries in found or () for name, fields in entries]

    async def holds(self, position: EntryId) -> bool:
        """Whether nothing after ``position`` was lost: a flushed or trimmed stream has lost it."""
        return bool(await self._redis.xrange(NAME, str(position), str(position), count=1))
