"""A message as it travels to a page."""

import orjson

from live.entry import RELOAD, STATS, Entry, EntryId
from live.loading import Loaded


class NotLoaded(Exception):
    """Nobody wanted this when the data was read: who wants it now has to read it anew."""


def write_reload(position: EntryId) -> bytes:
    """``What you know may be old: read it anew``; all before ``position`` is in what is read."""
    return orjson.dumps({"type": RELOAD, "id": str(position)})


def write_message(entry: Entry, loaded: Loaded, *, private: bool) -> bytes | None:
    """None where there is nothing to tell: no such request.

    Raises:
        NotLoaded
    """
    data = _find(entry, loaded, private=private)
    if data is None:
        return None
    return orjson.dumps({"type": entry.kind, "id": str(entry.id), "data": data})


def _find(entry: Entry, loaded: Loaded, *, private: bool) -> orjson.Fragment | None:
    if entry.kind == STATS:
        if loaded.statistics is None:
            raise NotLoaded
        return loaded.statistics
    wanted, found = (
        (loaded.wanted.private, loaded.private)
        if private
        else (loaded.wanted.shared, loaded.shared)
    )
    if entry.request_id not in wanted:
        raise NotLoaded
    return found.get(entry.request_id)
