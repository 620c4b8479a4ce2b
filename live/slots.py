"""Who may hold how many sockets of this process."""

from collections import Counter
from dataclasses import dataclass

PER_LINK = 5


class NoSlotLeft(Exception):
    """Come back later."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Held by one socket. ``link`` is its reference for a requester, ``address`` where they are, if
    that is known; both are empty for an operator."""

    link: str = ""
    address: str = ""


class Slots:
    """Requesters have four fifths at most, so that they cannot keep the operators out; one link has
    five, one address a quarter of the requesters'. Operators have accounts: nothing but the whole
    limits them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._for_links = limit * 4 // 5
        self._per_address = max(1, self._for_links // 4)
        self._by_link: Counter[str] = Counter()
        self._by_address: Counter[str] = Counter()
        self.taken = self.taken_by_links = 0

    def take(self, slot: Slot) -> None:
        """Raises NoSlotLeft."""
        if self.taken >= self._limit or (slot.link and not self._may_link(slot)):
            raise NoSlotLeft
        self._count(slot, 1)

    def release(self, slot: Slot) -> None:
        self._count(slot, -1)

    def _may_link(self, slot: Slot) -> bool:
        return (
            self.taken_by_links < self._for_links
            and self._by_link[slot.link] < PER_LINK
            and (not slot.address or self._by_address[slot.address] < self._per_address)
        )

    def _count(self, slot: Slot, change: int) -> None:
        self.taken += change
        if not slot.link:
            return
        self.taken_by_links += change
        for counter, key in ((self._by_link, slot.link), (self._by_address, slot.address)):
            counter[key] += change
            if not counter[key]:
                del counter[key]
