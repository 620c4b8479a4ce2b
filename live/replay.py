"""What a listener missed, who comes back and names the message that they heard last."""

from collections.abc import Iterable, Iterator

from live.connection import Socket
from live.entry import RELOAD, Entry, EntryId
from live.history import History
from live.hub import Hub
from live.listener import Listener
from live.loading import DatabaseAway, Loaded, Wanted, load_in_thread
from live.message import write_message

MOST = 100  # messages; beyond, reading everything anew is cheaper for both sides


class CannotTell(Exception):
    """It is too much, or not all of it is known any more."""


class MayNotListen(Exception):
    """The login or the link has ended."""


async def catch_up(hub: Hub, socket: Socket) -> None:
    """Tell what was missed up to now, and from now on everything.

    Between the last look at the history and the joining nothing is awaited, so that no message
    falls between the two, and none is told by both.

    Raises:
        MayNotListen, ConnectionClosed
    """
    history, last = hub.history, socket.listener.last
    try:
        while history and socket.listener.returns and last != history.position:
            last = await _tell_missed(socket, history, last)
        if hub.history is not history:
            raise CannotTell
    except (CannotTell, DatabaseAway):
        hub.join(socket)
        hub.say_reload([socket])
    else:
        hub.join(socket)


async def _tell_missed(socket: Socket, history: History, last: EntryId | None) -> EntryId:
    """Returns up to where it was told."""
    listener, position = socket.listener, history.position
    missed = _missed(history, listener, last)
    loaded = await load_in_thread(_wanted(listener, missed))
    if loaded is None:
        raise CannotTell
    if loaded.has_ended(listener):
        raise MayNotListen
    for message in _messages(missed, loaded, private=listener.login is not None):
        await socket.send(message, text=True)
    return position


def _missed(history: History, listener: Listener, last: EntryId | None) -> list[Entry]:
    """One entry for each request, and one for the numbers.

    Raises:
        CannotTell
    """
    entries = history.after(last) if last else None
    if entries is None or any(entry.kind == RELOAD for entry in entries):
        raise CannotTell
    missed = _condense(entry for entry in entries if listener.wants(entry))
    if len(missed) > MOST:
        raise CannotTell
    return missed


def _condense(entries: Iterable[Entry]) -> list[Entry]:
    """What was new at its first change is still new to who was away, whatever came later."""
    newest: dict[int | None, Entry] = {}
    for entry in entries:
        first = newest.get(entry.request_id, entry)
        newest[entry.request_id] = entry._replace(kind=first.kind)
    return sorted(newest.values())


def _wanted(listener: Listener, entries: Iterable[Entry]) -> Wanted:
    ids = frozenset(entry.request_id for entry in entries if entry.request_id is not None)
    if listener.login is None:
        return Wanted(shared=ids)
    return Wanted(
        private=ids,
        statistics=any(entry.request_id is None for entry in entries),
        logins=frozenset({listener.login.session_id}),
    )


def _messages(entries: Iterable[Entry], loaded: Loaded, *, private: bool) -> Iterator[bytes]:
    for entry in entries:
        message = write_message(entry, loaded, private=private)
        if message is not None:
            yield message
