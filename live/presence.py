"""Which operators look at a request now, and who of them writes: told to the operators who look.

A courtesy: it lives in memory and in Redis, never in the database, and while either is away nobody
is shown and nothing else suffers. Requesters neither tell nor hear of it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import orjson
import structlog
from redis.exceptions import RedisError

from live.connection import Socket
from live.hub import Hub
from live.loading import DatabaseAway, People, load_people
from live.look import KIND, Look
from live.shared_looks import Seen, SharedLooks, Sight

log = structlog.get_logger()

# Changes that come together are one message.
EVERY_SECONDS = 1.0
# A page that is loaded again, or whose socket is, is not gone.
GRACE_SECONDS = 4.0
# What one user is shown to look at, however many pages of theirs are open here.
MOST_OF_A_USER = 10
# Of this process.
MOST = 300


class Presence:
    """Lives in the hub's event loop."""

    def __init__(self, hub: Hub, shared: SharedLooks) -> None:
        self._hub = hub
        self._shared = shared
        self._looks: dict[Socket, Look] = {}
        self._left: dict[Sight, float] = {}  # and until when they still count
        self._newcomers: set[Socket] = set()  # who are to be told everything
        self._shown: Seen = {}
        self._is_away = self._stopping = False

    def look(self, socket: Socket, look: Look) -> None:
        """What the socket's page shows from now on. It is answered with all that is looked at, so
        that a page knows that its socket is alive, and hears of changes from then on. From a
        requester it means nothing."""
        if socket.listener.login is None:
            return
        self._newcomers.add(socket)
        # Behind all others: of too many, the newest count.
        self._looks.pop(socket, None)
        self._looks[socket] = look

    def leave(self, socket: Socket) -> None:
        """Harmless if it never looked."""
        self._newcomers.discard(socket)
        look = self._looks.pop(socket, None)
        for sight in _sights({socket: look} if look else {}):
            self._left[sight._replace(writing="")] = time.monotonic() + GRACE_SECONDS

    def stop(self) -> None:
        """To be called before the task is cancelled, see ``Reader.stop``."""
        self._stopping = True

    async def run(self) -> None:
        """Returns after ``stop``."""
        while not self._stopping:
            await asyncio.sleep(EVERY_SECONDS)
            if self._looks or self._left or self._shared.holds_some:
                await self._tell(await self._exchange())

    async def _exchange(self) -> Seen:
        """Nobody is seen while Redis is away."""
        try:
            seen = await self._shared.exchange(self._own())
        except (RedisError, OSError) as error:
            if not self._is_away:
                log.warning("presence_away", error=type(error).__name__)
            self._is_away = True
            return {}
        self._is_away = False
        return seen

    def _own(self) -> set[Sight]:
        """The newest of each user."""
        now = time.monotonic()
        self._left = {sight: until for sight, until in self._left.items() if until > now}
        own: set[Sight] = set()
        by_user: Counter[int] = Counter()
        for sight in [*_sights(dict(reversed(self._looks.items()))), *self._left]:
            if sight not in own and by_user[sight.user_id] < MOST_OF_A_USER and len(own) < MOST:
                by_user[sight.user_id] += 1
                own.add(sight)
        return own

    async def _tell(self, seen: Seen) -> None:
        """What has changed to those who know the rest, and all of it to who has just told something.
        While the database is away nobody is shown."""
        changed = {
            request_id: seen.get(request_id, ())
            for request_id in seen.keys() | self._shown.keys()
            if seen.get(request_id) != self._shown.get(request_id)
        }
        newcomers = set(self._newcomers)
        if not changed and not newcomers:
            return
        wanted = {one.user_id for some in (seen if newcomers else changed).values() for one in some}
        try:
            people = await load_people(frozenset(wanted), self._hub.logins)
        except DatabaseAway:
            seen, changed, people = {}, dict.fromkeys(self._shown, ()), People()
        self._hub.end_logins(people.ended)
        if changed:
            self._say(self._looks.keys() - self._newcomers, _message(changed, people))
        # With what has ended: of them, some know what was there before.
        self._say(newcomers & self._looks.keys(), _message(changed | seen, people))
        self._newcomers -= newcomers
        self._shown = seen

    def _say(self, sockets: Iterable[Socket], message: bytes) -> None:
        self._hub.say(filter(self._hub.is_operator, sockets), message)


def _sights(looks: dict[Socket, Look]) -> Iterator[Sight]:
    """Of the pages that show a request."""
    for socket, look in looks.items():
        if socket.listener.login is not None and look.request_id is not None:
            yield Sight(look.request_id, socket.listener.login.user_id, look.writing)


def _message(seen: Seen, people: People) -> bytes:
    """Of requests that nobody looks at any more, an empty list. Without an ``id``: there is nothing
    to miss, and nobody comes back for it."""
    requests = {
        str(request_id): [
            {"user_id": one.user_id, "name": people.names[one.user_id], "writing": one.writing}
            for one in some
            if one.user_id in people.names
        ]
        for request_id, some in seen.items()
    }
    return orjson.dumps({"type": KIND, "data": {"requests": requests}})
