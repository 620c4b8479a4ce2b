"""Which requests a list with words shows: from the newest ones, or by the words' index.

The planner knows how common one word is, but neither two together nor one within a category, and
where it guesses wrong it reads the whole table. So the newest few hundred are looked at first, and
the newest few thousand if those promise a full page there: common words fill it. What does not is
rare enough for the words' index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries.filters import Filter, Place, in_location, indexed_conditions
from models.queries.search import INSIDE, Tier, mentions, tier_number, tiers_of
from models.search_text import SearchText

WINDOW = 5_000
FIRST_LOOK = 400  # enough to tell a common word from a rare one, at a tenth of the window's cost


@dataclass(frozen=True, slots=True)
class _Part:
    """What is left to show: these tiers, the first of them from ``after`` on."""

    wanted: Filter
    tiers: Sequence[Tier]
    after: Place | None


@dataclass(frozen=True, slots=True)
class _Window:
    """What fits among the newest; ``whole`` if there are no others."""

    places: Sequence[Place]
    whole: bool


def find_places(session: Session, wanted: Filter) -> list[Place]:
    """The rows of the page in the list's order, and one more if there is more."""
    places, skip, window, tiers = list[Place](), wanted.skip, None, _tiers(wanted)
    for number, tier in enumerate(tiers):
        left = _Part(wanted, tiers[number:], None if number else wanted.after)
        if window is None or (number == 1 and wanted.after):
            window = _look_at_newest(session, left)
        missing = wanted.limit + 1 - len(places)
        near = [place for place in window.places if place.tier == tier.number]
        if window.whole or len(near) >= skip + missing:
            found, skip = near[skip : skip + missing], max(0, skip - len(near))
        elif skip or len(window.places) < missing:  # nothing common: all that is left at once
            return places + _read(session, left, skip, missing)
        else:
            found = _read(session, _Part(wanted, [tier], left.after), 0, missing)
        places += found
        if len(places) > wanted.limit:
            break
    return places


def words_of(wanted: Filter) -> ColumnElement[bool]:
    """All words that are looked for, in any field or in the location, are somewhere."""
    words = (mentions(wanted.q), mentions(wanted.location))
    return and_(*(condition for condition in words if condition is not None))


def _tiers(wanted: Filter) -> list[Tier]:
    """The tiers that the page may show; a list by time is all one tier."""
    if not wanted.ranks:
        return [Tier(INSIDE, words_of(wanted))]
    first = wanted.after.tier if wanted.after else None
    return [tier for tier in tiers_of(wanted.q) if first is None or tier.number >= first]


def _look_at_newest(session: Session, part: _Part) -> _Window:
    """The best of the newest few; of as many more as these promise to be enough for a page, up to
    ``WINDOW``."""
    size, missing = min(FIRST_LOOK, WINDOW), part.wanted.skip + part.wanted.limit + 1
    while True:
        seen = _look(session, part, size)
        best = sum(place.tier == part.tiers[0].number for place in seen.places)
        promised = len(seen.places) * WINDOW >= missing * size
        if seen.whole or best >= missing or size == WINDOW or not promised:
            return seen
        size = min(WINDOW, 3 * size * missing // (2 * best)) if best else WINDOW


def _look(session: Session, part: _Part, size: int) -> _Window:
    """The best of the first ``size`` rows that the list would have without words."""
    newest, wanted = _newest(part, size).cte("newest"), part.wanted
    kept = select(newest).where(newest.c.tier >= part.tiers[0].number).subquery()
    seen = select(func.count().label("size")).select_from(newest).subquery()
    query = select(seen.c.size, kept).select_from(seen.outerjoin(kept, true()))
    rows = session.execute(_page(query, kept.c, wanted, wanted.skip + wanted.limit + 1)).all()
    return _Window(_as_places([row for row in rows if row.id is not None]), rows[0].size < size)


def _newest(part: _Part, size: int) -> Select[Any]:
    """From the head of an index: the words are no condition, so that no other index tempts."""
    wanted = part.wanted
    conditions, located = indexed_conditions(wanted), in_location(wanted)
    columns: tuple[Any, Any] = (SearchText.created_at, SearchText.request_id)
    on_requests = bool(conditions) or wanted.sort != "created_at"
    if on_requests:
        columns = (getattr(MaintenanceRequest, wanted.sort), MaintenanceRequest.id)
    tier = case((and_(words_of(wanted), *located), _number(wanted)))
    query = select(columns[0].label("value"), columns[1].label("id"), tier.label("tier"))
    if on_requests or located:
        query = query.join(MaintenanceRequest, MaintenanceRequest.id == SearchText.request_id)
    if part.after:
        conditions.append(beyond(wanted, part.after, columns))
    return query.where(*conditions).order_by(*in_order(wanted, columns)).limit(size)


def _read(session: Session, part: _Part, skip: int, limit: int) -> list[Place]:
    """By the words' index: materialised, or the planner would walk the newest in vain hope."""
    wanted, first = part.wanted, part.tiers[0].number
    number = _number(wanted) if len(part.tiers) > 1 else literal(first)
    on_requests = [*indexed_conditions(wanted), *in_location(wanted)]
    by_time = wanted.sort == "created_at"
    value: Any = SearchText.created_at if by_time else MaintenanceRequest.updated_at
    query = select(value.label("value"), SearchText.request_id.label("id"), number.label("tier"))
    if on_requests or not by_time:
        query = query.join(MaintenanceRequest, MaintenanceRequest.id == SearchText.request_id)
    query = query.where(*_of_tiers(part), *on_requests)
    if part.after:
        later = beyond(wanted, part.after, (value, SearchText.request_id))
        query = query.where(or_(number > first, later))
    found = query.cte("found").prefix_with("MATERIALIZED")
    return _as_places(session.execute(_page(select(found), found.c, wanted, limit, skip)).all())


def _of_tiers(part: _Part) -> list[ColumnElement[bool]]:
    words = words_of(part.wanted)
    if len(part.tiers) == len(tiers_of(part.wanted.q)):
        return [words]
    if len(part.tiers) > 1:
        return [words, _number(part.wanted) >= part.tiers[0].number]
    location = mentions(part.wanted.location)
    return [part.tiers[0].condition, *([] if location is None else [location])]


def _number(wanted: Filter) -> ColumnElement[int]:
    return tier_number(wanted.q) if wanted.ranks else literal(INSIDE)


def _page(query: Select[Any], found: Any, wanted: Filter, limit: int, skip: int = 0) -> Select[Any]:
    order = [found.tier, *in_order(wanted, (found.value, found.id))]
    return query.order_by(*order).offset(skip).limit(limit)


def _as_places(rows: Sequence[Row[Any]]) -> list[Place]:
    return [Place(row.value, row.id, row.tier) for row in rows]


def beyond(wanted: Filter, after: Place, columns: tuple[Any, Any]) -> ColumnElement[bool]:
    """Rows after a place, by the list's sort value and id."""
    place, last = tuple_(*columns), (after.value, after.row_id)
    return place < last if wanted.descending else place > last


def in_order(wanted: Filter, columns: tuple[Any, Any]) -> list[ColumnElement[Any]]:
    return [column.desc() if wanted.descending else column.asc() for column in columns]
