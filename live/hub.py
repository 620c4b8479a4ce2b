"""Who listens here, and what is told to them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from websockets.frames import CloseCode, Frame, Opcode

from live.connection import Socket
from live.entry import OF_A_REQUEST, RELOAD, STATS, Entry, newest_of_each
from live.history import History
from live.listener import Login
from live.loading import DatabaseAway, Loaded, Wanted, load_in_thread
from live.message import NotLoaded, write_message, write_reload

RETRY_SECONDS = 1.0


class Hub:
    """Lives in one event loop: what happens between two awaits happens at once."""

    def __init__(self) -> None:
        self.history: History | None = None  # until the stream is reached for the first time
        self._operators: dict[Socket, Login] = {}
        self._requesters: defaultdict[int | None, set[Socket]] = defaultdict(set)
        self._goodbyes: set[asyncio.Task[None]] = set()

    def join(self, socket: Socket) -> None:
        """From now on it hears of every entry after the history's position."""
        if socket.listener.login is not None:
            self._operators[socket] = socket.listener.login
        else:
            self._requesters[socket.listener.request_id].add(socket)

    def leave(self, socket: Socket) -> None:
        """Harmless if it never joined."""
        self._operators.pop(socket, None)
        request_id = socket.listener.request_id
        if request_id in self._requesters:
            self._requesters[request_id].discard(socket)
            if not self._requesters[request_id]:
                del self._requesters[request_id]

    def begin(self, history: History) -> None:
        """Go on from here, wherever it stood: whoever listens may have missed something."""
        self.history = history
        self.say_reload()

    async def handle(self, history: History, entries: Sequence[Entry]) -> None:
        """Tell of entries that came together. While the database is away they wait, and those that
        come meanwhile behind them."""
        told = set(newest_of_each(entries))
        loaded = await self._load(told)
        if loaded is None:
            history.add(entries)
            self.say_reload()
            return
        self.end_logins(loaded.ended)
        for entry in entries:
            if entry in told:
                self._tell(entry, loaded)
            # At once with its telling: who joins in between hears of the rest.
            history.add([entry])
            await asyncio.sleep(0)

    def say(self, sockets: Iterable[Socket], message: bytes) -> None:
        """Never waits: a reader who is too slow comes back and asks for what they missed."""
        # Nothing is compressed, so a frame is the same for all: the library's own broadcast makes
        # it for each, which takes half as long again as writing it.
        frame = Frame(Opcode.TEXT, message).serialize(mask=False)
        for socket in list(sockets):
            socket.write_frame(frame)

    def say_reload(self, sockets: Iterable[Socket] | None = None) -> None:
        """To these, else to everybody."""
        if self.history is not None:
            message = write_reload(self.history.position)
            self.say(self._everybody() if sockets is None else sockets, message)

    def end_logins(self, ended: Collection[int] = ()) -> None:
        """Close the sockets of these logins, and those whose token has ended."""
        now = time.time()
        for socket, login in list(self._operators.items()):
            if login.ends_at <= now or login.session_id in ended:
                self.dismiss(socket)

    def _end_links(self, entry: Entry, loaded: Loaded) -> None:
        """Close the sockets whose link was revoked, before the others are told."""
        for socket in list(self._requesters.get(entry.request_id, ())):
            if loaded.has_ended(socket.listener):
                self.dismiss(socket)

    def dismiss(self, socket: Socket) -> None:
        """Close a socket whose listener may not listen any more."""
        self.leave(socket)
        goodbye = asyncio.create_task(socket.close(CloseCode.POLICY_VIOLATION))
        self._goodbyes.add(goodbye)
        goodbye.add_done_callback(self._goodbyes.discard)

    def is_operator(self, socket: Socket) -> bool:
        """Whether it listens here with a login that has not ended."""
        return socket in self._operators

    @property
    def logins(self) -> frozenset[int]:
        return frozenset(login.session_id for login in self._operators.values())

    def _everybody(self) -> list[Socket]:
        return [*self._operators, *(one for some in self._requesters.values() for one in some)]

    async def _load(self, entries: Iterable[Entry]) -> Loaded | None:
        while True:
            try:
                return await load_in_thread(self._wanted(entries))
            except DatabaseAway:
                await asyncio.sleep(RETRY_SECONDS)

    def _wanted(self, entries: Iterable[Entry]) -> Wanted:
        ids = frozenset(entry.request_id for entry in entries if entry.request_id is not None)
        return Wanted(
            private=ids if self._operators else frozenset(),
            shared=ids & self._requesters.keys(),
            statistics=bool(self._operators) and any(entry.kind == STATS for entry in entries),
            logins=self.logins,
        )

    def _tell(self, entry: Entry, loaded: Loaded) -> None:
        if entry.kind == RELOAD:
            self.say(self._everybody(), write_reload(entry.id))
        if entry.kind in (*OF_A_REQUEST, STATS):
            self._tell_some(self._operators, entry, loaded, private=True)
        self._end_links(entry, loaded)
        if entry.request_id in self._requesters:
            self._tell_some(self._requesters[entry.request_id], entry, loaded, private=False)

    def _tell_some(
        self, sockets: Collection[Socket], entry: Entry, loaded: Loaded, *, private: bool
    ) -> None:
        """The first of them may have come while it was loaded, when nobody wanted it."""
        if not sockets:
            return
        try:
            message = write_message(entry, loaded, private=private)
        except NotLoaded:
            message = write_reload(entry.id)
        if message is not None:
            self.say(sockets, message)
