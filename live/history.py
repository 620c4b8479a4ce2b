"""The newest entries of the stream, kept for whoever was away for a moment."""

from collections import deque
from collections.abc import Iterable

from live.entry import Entry, EntryId

KEPT = 2000  # as many as the stream itself keeps


class History:
    """Every entry after some point, without a gap."""

    def __init__(self, start: EntryId) -> None:
        self._start = start
        self._entries: deque[Entry] = deque()

    @property
    def position(self) -> EntryId:
        """The id of the newest entry."""
        return self._entries[-1].id if self._entries else self._start

    def add(self, entries: Iterable[Entry]) -> None:
        self._entries.extend(entries)
        while len(self._entries) > KEPT:
            self._start = self._entries.popleft().id

    def after(self, last: EntryId) -> list[Entry] | None:
        """What came after ``last``; None if that cannot be said, because it is not known here."""
        newer: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.id <= last:
                return newer[::-1] if entry.id == last else None
            newer.append(entry)
        return newer[::-1] if last == self._start else None
