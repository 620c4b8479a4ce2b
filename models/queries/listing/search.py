"""Which requests a list with words shows: from the newest ones, or by the words' index.

The planner knows how common one word is, but neither two together nor one within a category, and
where it guesses wrong it reads the whole table. So the newest are looked at in growing steps for as
long as what was found there promises a full page sooner than the words' index could give it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf

from sqlalchemy.orm import Session

from models.queries.listing.filter import Filter, Position
from models.queries.listing.ranking import INSIDE, Tier, names_one
from models.queries.listing.scan import ScanResult, SearchPlan

WINDOW = 150_000  # no more rows are looked at one by one
FIRST_LOOK = 600  # enough to tell a common word from a rare one, and a page of a very common one
_GROWTH = 6
_SPARE = 300  # looked at beyond what is promised: cheaper than one look more

# What a row costs, in rows of search_texts that are read in the order of time (about 0.7 us).
_WITH_REQUEST = 2.3  # the request first, then its words
_BY_INDEX = 2.0  # found by the words' index
_JOINED_LATER = 1.5  # and its request after that
_INDEX = 5_000.0  # before the first of these
_COUNT = 20_000.0  # counting by the words' index, which stops early but has to be read for it


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of the page in the list's order, and one more if there is more.

    ``total`` is how many requests fit the filter, where that came to light: ``enough`` stands for
    that many or more.
    """

    positions: Sequence[Position]
    total: int | None


@dataclass(slots=True)
class _Window:
    """What was seen among the newest; ``whole`` if there are no others."""

    end: Position | None
    positions: list[Position] = field(default_factory=list)
    fits: int = 0
    looked: int = 0
    rows: int = 0
    whole: bool = False

    def add(self, look: ScanResult, size: int) -> None:
        self.positions += look.positions
        self.fits += look.fits
        self.looked += size
        self.rows = self.rows or look.rows
        self.end = look.end
        self.whole = look.end is None

    def of(self, tier: int) -> list[Position]:
        return [position for position in self.positions if position.tier == tier]


def find_positions(session: Session, wanted: Filter, *, enough: int = 0) -> Found:
    """The page that ``wanted`` asks for, and the number of all up to ``enough`` if it is asked for."""
    return _Finding(session, wanted, enough).find()


def count_some(session: Session, wanted: Filter, limit: int) -> int:
    """How many fit, up to ``limit``, wherever the page stands."""
    some = replace(wanted, skip=0, ranked=False, after=None)
    return _Finding(session, some, limit).count()


class _Finding:
    """One page on its way, and what comes to light about the number of all that fit."""

    def __init__(self, session: Session, wanted: Filter, enough: int) -> None:
        self._session, self._wanted, self._enough = session, wanted, enough
        self._looking = SearchPlan(wanted)
        self._row_cost = _WITH_REQUEST if self._looking.on_requests else 1.0
        if not self._looking.on_texts:
            self._row_cost = 1.0
        self._total: int | None = None

    def find(self) -> Found:
        tiers, after = self._looking.tiers, self._wanted.after
        first = after.tier if after else None
        wanted = [tier for tier in tiers if first is None or tier.number >= first]
        return Found(self._page(wanted), self._total if tiers else 0)

    def count(self, window: _Window | None = None) -> int:
        """Going on from ``window``, which begins with the newest, if that is soon done."""
        window = window or _Window(None)
        while not window.whole and window.fits < self._enough:
            size = self._next_size(window, window.fits, self._enough, _COUNT)
            if not size:
                return self._looking.count(self._session, self._enough)
            missing = self._enough - window.fits
            more, beyond = self._looking.count_next(
                self._session, size, enough=missing, after=window.end
            )
            if not beyond:
                return window.fits + more
            self._look(window, size, first=INSIDE, enough=0)
        return min(window.fits, self._enough)

    def _page(self, tiers: Sequence[Tier]) -> list[Position]:
        wanted = self._wanted
        positions, skip, after = list[Position](), wanted.skip, wanted.after
        window: _Window | None = None
        for number, tier in enumerate(tiers):
            if window is None or (number == 1 and wanted.after):
                window = self._walk(tier, skip + wanted.limit + 1 - len(positions), after)
            missing, near = wanted.limit + 1 - len(positions), window.of(tier.number)
            if window.whole or len(near) >= skip + missing:
                found, skip = near[skip : skip + missing], max(0, skip - len(near))
            elif (
                skip or len(window.positions) < missing
            ):  # nothing common: all that is left at once
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

    def _walk(self, best: Tier, missing: int, after: Position | None) -> _Window:
        """As many of the newest as are worth it to find ``missing`` of the best."""
        window, index_cost = _Window(after), inf
        if names_one(self._wanted.q):
            return window
        while not window.whole:
            found = len(window.of(best.number))
            if found >= missing:
                break
            if window.looked and index_cost == inf:
                index_cost = self._index_cost(window)
            if not (size := self._next_size(window, found, missing, index_cost)):
                break
            self._look(window, size, first=best.number, enough=missing)
        self._note(window.fits, whole=window.whole and after is None)
        return window

    def _look(self, window: _Window, size: int, *, first: int, enough: int) -> None:
        look = self._looking.look(
            self._session,
            size,
            first=first,
            enough=enough,
            after=window.end,
            sized=not window.looked,
        )
        window.add(look, size)

    def _next_size(self, window: _Window, found: int, missing: int, limit: float) -> int:
        """How many more to look at: none if ``missing`` would cost more than ``limit``."""
        if not window.looked:
            return min(FIRST_LOOK, WINDOW)
        promised, left = (missing - found) * window.looked / (found + 0.5), WINDOW - window.looked
        if promised * self._row_cost > limit or promised > left:
            return 0
        return min(int(promised * 1.25) + _SPARE, _GROWTH * window.looked, left)

    def _index_cost(self, window: _Window) -> float:
        """What finding all by the words' index costs, by how common they are among the newest."""
        rows, fits, looked, cost = window.rows, window.fits, window.looked, _BY_INDEX
        if self._looking.on_requests:
            words = Filter(q=self._wanted.q, location=self._wanted.location, ranked=False)
            looked, cost = FIRST_LOOK, _BY_INDEX + _JOINED_LATER
            fits = (
                SearchPlan(words)
                .look(self._session, looked, first=INSIDE, enough=0, after=None)
                .fits
            )
        return _INDEX + cost * rows * (fits + 0.5) / looked

    def _read(
        self, tiers: Sequence[Tier], after: Position | None, skip: int, limit: int
    ) -> list[Position]:
        positions, size = self._looking.read(
            self._session, tiers, after=after, skip=skip, limit=limit
        )
        if size is not None or not skip:
            everything = len(tiers) == len(self._looking.tiers) and after is None
            self._note(size or 0, whole=everything)
        return positions

    def _note(self, fits: int, *, whole: bool) -> None:
        """So many fit at least; just so many if that is the ``whole``."""
        if self._enough and (whole or fits >= self._enough):
            self._total = min(fits, self._enough)
