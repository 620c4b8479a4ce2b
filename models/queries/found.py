"""Which requests a list with words shows: from the newest ones, or by the words' index.

The planner knows how common one word is, but neither two together nor one within a category, and
where it guesses wrong it reads the whole table. So the newest are looked at in growing steps for as
long as what was found there promises a full page sooner than the words' index could give it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from models.queries.filters import Filter, Place
from models.queries.looks import Look, Looking
from models.queries.search import Tier, names_one

WINDOW = 200_000  # no more rows are looked at one by one
FIRST_LOOK = 400  # enough to tell a common word from a rare one
_GROWTH = 6

# What a row costs, in rows of search_texts that are read in the order of time (about 0.7 us).
_JOINED = 3.0  # with its request
_BY_INDEX = 2.5  # found by the words' index
_INDEX = 5_000.0  # before the first of these


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of the page in the list's order, and one more if there is more.

    ``total`` is how many requests fit the filter, where that came to light: ``enough`` stands for
    that many or more.
    """

    places: Sequence[Place]
    total: int | None


@dataclass(slots=True)
class _Window:
    """What was seen among the newest; ``whole`` if there are no others."""

    end: Place | None
    places: list[Place] = field(default_factory=list)
    fits: int = 0
    looked: int = 0
    rows: int = 0
    whole: bool = False

    def add(self, look: Look, size: int) -> None:
        self.places += look.places
        self.fits += look.fits
        self.looked += look.looked
        self.rows = look.rows
        self.end = look.end or self.end
        self.whole = look.looked < size

    def of(self, tier: int) -> list[Place]:
        return [place for place in self.places if place.tier == tier]


def find_places(session: Session, wanted: Filter, *, enough: int = 0) -> Found:
    """The page that ``wanted`` asks for. Counting stops at ``enough``."""
    looking = Looking(wanted)
    after = wanted.after
    tiers = [
        tier
        for tier in looking.tiers
        if not after or after.tier is None or tier.number >= after.tier
    ]
    finding = _Finding(session, looking, enough)
    places = finding.find(tiers)
    return Found(places, finding.total if tiers else 0)


class _Finding:
    """One page on its way, and what comes to light about the number of all that fit."""

    def __init__(self, session: Session, looking: Looking, enough: int) -> None:
        self._session, self._looking, self._enough = session, looking, enough
        self.total: int | None = None

    def find(self, tiers: Sequence[Tier]) -> list[Place]:
        wanted = self._looking.wanted
        places, skip, after = list[Place](), wanted.skip, wanted.after
        window: _Window | None = None
        for number, tier in enumerate(tiers):
            if window is None or (number == 1 and wanted.after):
                window = self._walk(tier, skip + wanted.limit + 1 - len(places), after)
            missing, near = wanted.limit + 1 - len(places), window.of(tier.number)
            if window.whole or len(near) >= skip + missing:
                found, skip = near[skip : skip + missing], max(0, skip - len(near))
            elif skip or len(window.places) < missing:  # nothing common: all that is left at once
                return places + self._read(tiers[number:], after, skip, missing)
            else:
                found = self._read([tier], after, 0, missing)
            places += found
            after = None
            if len(places) > wanted.limit:
                break
        return places

    def _walk(self, best: Tier, missing: int, after: Place | None) -> _Window:
        """As many of the newest as are worth it to find ``missing`` of the best."""
        window, size = _Window(after), min(FIRST_LOOK, WINDOW)
        if names_one(self._looking.wanted.q):
            return window
        index_cost: float | None = None
        while size:
            look = self._looking.look(
                self._session, size, first=best.number, enough=missing, after=window.end
            )
            window.add(look, size)
            found = len(window.of(best.number))
            if window.whole or found >= missing:
                break
            if index_cost is None:
                index_cost = self._index_cost(window)
            size = self._next_size(window, found, missing, index_cost)
        self._note(window.fits, whole=window.whole and after is None)
        return window

    def _next_size(self, window: _Window, found: int, missing: int, index_cost: float) -> int:
        """How many more to look at: none where the index would be cheaper."""
        promised = (missing - found) * window.looked / (found + 0.5)
        if promised * (_JOINED if self._looking.joined else 1) > index_cost:
            return 0
        size = min(int(promised * 1.2) + 1, _GROWTH * window.looked, WINDOW - window.looked)
        return max(0, size)

    def _index_cost(self, window: _Window) -> float:
        """What finding all by the words' index costs, by how common they are among the newest."""
        sample = Look([], window.fits, window.looked, window.rows)
        if self._looking.joined:
            words = Looking(Filter(q=self._looking.wanted.q, location="", ranked=False))
            if self._looking.wanted.q:
                sample = words.look(self._session, FIRST_LOOK, first=0, enough=0, after=None)
        found = sample.rows * (sample.fits + 0.5) / max(1, sample.looked)
        return _INDEX + found * (_BY_INDEX + (_JOINED if self._looking.joined else 0))

    def _read(
        self, tiers: Sequence[Tier], after: Place | None, skip: int, limit: int
    ) -> list[Place]:
        places, size = self._looking.read(self._session, tiers, after=after, skip=skip, limit=limit)
        everything = len(tiers) == len(self._looking.tiers) and after is None
        if size is not None or not skip:
            self._note(size or 0, whole=everything)
        return places

    def _note(self, fits: int, *, whole: bool) -> None:
        """So many fit at least; just so many if that is the ``whole``."""
        if whole or fits >= self._enough:
            self.total = min(fits, self._enough)


def count_some(session: Session, wanted: Filter, limit: int) -> int:
    """How many fit, up to ``limit``, wherever the page stands."""
    some = replace(wanted, skip=0, limit=limit - 1, ranked=False, after=None)
    if wanted.created_from or wanted.created_to:
        # As the page is found: left to itself the planner reads the whole table for these.
        return len(find_places(session, some).places)
    return Looking(some).count(session, limit)
