"""Searching a list for words: by a scan of the newest rows, or by the trigram index.

The planner knows how common one word is, but not two words together or a word within a category,
and where its estimate is wrong it reads the whole table. So the choice is made here: the newest rows
are scanned in growing steps, as long as the hits so far suggest that a full page is found sooner by
scanning than by the index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf

from models.base import Database
from models.queries.listing.filter import Filter, Position
from models.queries.listing.ranking import INSIDE, Tier, is_reference
from models.queries.listing.scan import ScanResult, SearchPlan

WINDOW = 150_000  # rows that one search scans at most
FIRST_SCAN = 600  # enough to tell a common word from a rare one, and a page of a very common one
_GROWTH = 6
_SPARE = 300  # rows scanned beyond the estimate: cheaper than one more scan

# Costs, in units of one row of search_texts read in the order of time (about 0.7 us).
_WITH_REQUEST = 2.3  # a row of a scan that reads the request first, then its text
_BY_INDEX = 2.0  # a row found by the trigram index
_JOINED_LATER = 1.5  # and its request, added to that
_INDEX = 5_000.0  # the fixed cost of using the index
_COUNT = 20_000.0  # counting by the index, which stops early but has to read the index first


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of the page in the list's order, and one more if another page follows.

    ``total`` is how many requests fit the filter, None if that was not found out; the value
    ``enough`` means that many or more.
    """

    positions: Sequence[Position]
    total: int | None


@dataclass(slots=True)
class _Window:
    """The results of the scans so far; ``whole`` if the whole list was scanned."""

    end: Position | None
    positions: list[Position] = field(default_factory=list)
    fits: int = 0
    scanned: int = 0
    rows: int = 0
    whole: bool = False

    def add(self, result: ScanResult, size: int) -> None:
        self.positions += result.positions
        self.fits += result.fits
        self.scanned += size
        self.rows = self.rows or result.rows
        self.end = result.end
        self.whole = result.end is None

    def of(self, tier: int) -> list[Position]:
        return [position for position in self.positions if position.tier == tier]


def find_positions(database: Database, wanted: Filter, *, enough: int = 0) -> Found:
    """The page that ``wanted`` describes. With ``enough`` above 0, also the number of all requests
    that fit, counted up to ``enough``."""
    return _PageSearch(database, wanted, enough).find()


def count_some(database: Database, wanted: Filter, limit: int) -> int:
    """How many requests fit, up to ``limit``, whichever page ``wanted`` describes."""
    some = replace(wanted, skip=0, ranked=False, after=None)
    return _PageSearch(database, some, limit).count()


class _PageSearch:
    """The search for one page, and what it found out about the number of all that fit."""

    def __init__(self, database: Database, wanted: Filter, enough: int) -> None:
        self._database, self._wanted, self._enough = database, wanted, enough
        self._plan = SearchPlan(wanted)
        self._row_cost = _WITH_REQUEST if self._plan.scans_requests else 1.0
        if not self._plan.reads_texts:
            self._row_cost = 1.0
        self._total: int | None = None

    def find(self) -> Found:
        tiers, after = self._plan.tiers, self._wanted.after
        first = after.tier if after else None
        wanted = [tier for tier in tiers if first is None or tier.number >= first]
        return Found(self._page(wanted), self._total if tiers else 0)

    def count(self, window: _Window | None = None) -> int:
        """Count on from ``window``, which begins with the newest row, as long as that is cheaper than
        counting by the index."""
        window = window or _Window(None)
        while not window.whole and window.fits < self._enough:
            size = self._next_size(window, window.fits, self._enough, _COUNT)
            if not size:
                return self._plan.count(self._database, self._enough)
            missing = self._enough - window.fits
            more, goes_on = self._plan.count_next(
                self._database, size, enough=missing, after=window.end
            )
            if not goes_on:
                return window.fits + more
            self._scan(window, size, first=INSIDE, enough=0)
        return min(window.fits, self._enough)

    def _page(self, tiers: Sequence[Tier]) -> list[Position]:
        wanted = self._wanted
        positions, skip, after = list[Position](), wanted.skip, wanted.after
        window: _Window | None = None
        for number, tier in enumerate(tiers):
            if window is None or (number == 1 and wanted.after):
                window = self._scan_newest(tier, skip + wanted.limit + 1 - len(positions), after)
            missing, near = wanted.limit + 1 - len(positions), window.of(tier.number)
            if window.whole or len(near) >= skip + missing:
                found, skip = near[skip : skip + missing], max(0, skip - len(near))
            elif skip or len(window.positions) < missing:
                # The words are rare: one read gets all tiers that are left.
                return positions + self._read(tiers[number:], after, skip, missing)
            else:
                found = self._read([tier], after, 0, missing)
            positions += found
            after = None
            if len(positions) > wanted.limit:
                break
        if self._enough and self._total is None and window and not wanted.after:
            self._total = self.count(window)
        return positions

    def _scan_newest(self, best: Tier, missing: int, after: Position | None) -> _Window:
        """Scan for ``missing`` rows of the best tier, as long as that is cheaper than the index."""
        window, index_cost = _Window(after), inf
        if is_reference(self._wanted.q):
            return window
        while not window.whole:
            found = len(window.of(best.number))
            if found >= missing:
                break
            if window.scanned and index_cost == inf:
                index_cost = self._index_cost(window)
            if not (size := self._next_size(window, found, missing, index_cost)):
                break
            self._scan(window, size, first=best.number, enough=missing)
        self._note(window.fits, whole=window.whole and after is None)
        return window

    def _scan(self, window: _Window, size: int, *, first: int, enough: int) -> None:
        result = self._plan.scan(
            self._database,
            size,
            first=first,
            enough=enough,
            after=window.end,
            sized=not window.scanned,
        )
        window.add(result, size)

    def _next_size(self, window: _Window, found: int, missing: int, limit: float) -> int:
        """How many more rows to scan; 0 if finding ``missing`` would cost more than ``limit``."""
        if not window.scanned:
            return min(FIRST_SCAN, WINDOW)
        expected, left = (missing - found) * window.scanned / (found + 0.5), WINDOW - window.scanned
        if expected * self._row_cost > limit or expected > left:
            return 0
        return min(int(expected * 1.25) + _SPARE, _GROWTH * window.scanned, left)

    def _index_cost(self, window: _Window) -> float:
        """The cost of reading all hits by the index, estimated from the newest rows."""
        rows, fits, scanned, cost = window.rows, window.fits, window.scanned, _BY_INDEX
        if self._plan.scans_requests:
            # The index finds the words without the other conditions, so they are counted without.
            words = Filter(q=self._wanted.q, location=self._wanted.location, ranked=False)
            scanned, cost = FIRST_SCAN, _BY_INDEX + _JOINED_LATER
            fits = (
                SearchPlan(words)
                .scan(self._database, scanned, first=INSIDE, enough=0, after=None)
                .fits
            )
        return _INDEX + cost * rows * (fits + 0.5) / scanned

    def _read(
        self, tiers: Sequence[Tier], after: Position | None, skip: int, limit: int
    ) -> list[Position]:
        positions, size = self._plan.read_index(
            self._database, tiers, after=after, skip=skip, limit=limit
        )
        if size is not None or not skip:
            everything = len(tiers) == len(self._plan.tiers) and after is None
            self._note(size or 0, whole=everything)
        return positions

    def _note(self, fits: int, *, whole: bool) -> None:
        """Note that at least ``fits`` requests fit; exactly so many if that is the ``whole``."""
        if self._enough and (whole or fits >= self._enough):
            self._total = min(fits, self._enough)
