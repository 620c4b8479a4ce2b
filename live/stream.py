"""Reading the stream in Redis that workers and dispatchers write to."""

from config.settings import Settings
from live.entry import BEGINNING, Entry, EntryId, read_entry
from live.redis_client import connect

NAME = "haja:live"
BLOCK_MS = 1000
AT_ONCE = 100


class Stream:
    """Every call raises RedisError or OSError while Redis is away."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)

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
