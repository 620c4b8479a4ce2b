"""Who looks at what, for all live processes side by side: a sorted set in Redis.

Each process writes down what its own sockets look at, and until when that counts; what a process
that was killed wrote ends by itself. Ids only; whoever shows a name reads it from the database.
"""

import re
import secrets
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from config.settings import Settings
from live.look import WRITING
from live.redis_client import connect

NAME = "haja:presence"
LIFETIME_SECONDS = 30
REFRESH_SECONDS = 10.0
# Of all processes together, and of one request.
MOST, MOST_OF_A_REQUEST = 500, 10

_MEMBER = re.compile(r"[0-9a-f]{8}:(\d{1,19}):(\d{1,19}):(note|reply|)")
# What has ended goes, what this process says now is written, and all that counts is read.
_EXCHANGE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local gone = 3 + tonumber(ARGV[3])
for i = 4, gone do redis.call('ZREM', KEYS[1], ARGV[i]) end
for i = gone + 1, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i]) end
if #ARGV > gone then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1)
"""


class Sight(NamedTuple):
    """A user looks at a request; ``writing`` is one of ``live.look.WRITING``."""

    request_id: int
    user_id: int
    writing: str


Seen = dict[int, tuple[Sight, ...]]  # by request, one sight for each user


class SharedLooks:
    """This process's part of them, and all."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)
        self._process = secrets.token_hex(4)
        self._written: frozenset[str] = frozenset()
        self._written_at = 0.0

    @property
    def holds_some(self) -> bool:
        """Whether something of this process is written down."""
        return bool(self._written)

    async def exchange(self, own: Collection[Sight]) -> Seen:
        """Write down what this process's sockets look at; returns what all look at.

        Raises:
            RedisError, OSError: Redis is away.
        """
        members = frozenset(self._member(sight) for sight in own)
        gone = self._written - members
        is_due = time.monotonic() - self._written_at > REFRESH_SECONDS
        there = members if is_due else members - self._written
        found: list[str] = await self._redis.eval(
            _EXCHANGE, 1, NAME, LIFETIME_SECONDS, MOST, len(gone), *gone, *there
        )
        if is_due:
            self._written_at = time.monotonic()
        self._written = members
        if len(found) < MOST and not members.issubset(found):
            self._written_at = 0.0  # Redis was wiped
        return _by_request(found)

    def _member(self, sight: Sight) -> str:
        return f"{self._process}:{sight.request_id}:{sight.user_id}:{sight.writing}"


def _by_request(members: Iterable[str]) -> Seen:
    """Who has a request open twice is there once, and writes if one of the two does."""
    most: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for member in members:
        found = _MEMBER.fullmatch(member)
        if found is None:
            continue
        people, user_id = most[int(found[1])], int(found[2])
        people[user_id] = max(people.get(user_id, ""), found[3], key=WRITING.index)
    return {
        request_id: tuple(
            Sight(request_id, user_id, people[user_id])
            for user_id in sorted(people)[:MOST_OF_A_REQUEST]
        )
        for request_id, people in most.items()
    }
