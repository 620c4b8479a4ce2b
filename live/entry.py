"""An entry of the stream in Redis: what kind of change, and of which request."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

_ID = re.compile(r"(\d{1,19})-(\d{1,19})")

STATS, RELOAD, BEGINNING = "stats", "reload", "beginning"
OF_A_REQUEST = ("new_request", "request_updated")


class EntryId(NamedTuple):
    """Redis gives them: they only grow. The id of an entry is the id of its message, too."""

    milliseconds: int
    number: int

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.number}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None if it is no id."""
        found = _ID.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None


class Entry(NamedTuple):
    """``request_id`` is None for what is about no single request."""

    id: EntryId
    kind: str
    request_id: int | None = None


def read_entry(name: str, fields: Mapping[str, str]) -> Entry:
    """Of a ``kind`` that nobody listens for, if it makes no sense."""
    entry_id = EntryId.read(name)
    assert entry_id is not None, "Redis names its entries"
    kind, number = fields.get("type", ""), fields.get("id", "")
    if kind not in OF_A_REQUEST:
        return Entry(entry_id, kind)
    return Entry(entry_id, kind, int(number)) if number.isdecimal() else Entry(entry_id, "")


def newest_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Without those that a later one says again: data is loaded when it is told, so the last of
    several changes tells of all."""
    newest = {(entry.kind, entry.request_id): entry for entry in entries}
    return sorted(newest.values())
