"""Reading requests: one with all that belongs to it, or a page of many."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import BigInteger, Row, Select, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, selectinload

from models.maintenance_request import MaintenanceRequest
from models.queries.filters import (
    CURSOR,
    Filter,
    Place,
    in_location,
    indexed_conditions,
    read_cursor,
    write_cursor,
)
from models.queries.found import beyond, find_places, in_order, words_of
from models.queries.statistics import count_requests
from models.search_text import SearchText

__all__ = ["CURSOR", "Filter", "Page", "Place", "read_cursor", "write_cursor"]

# Counting stops here: a longer list is as good as endless for whoever looks at a page of it.
COUNT_LIMIT = 1_000
# And sooner where each row has to be looked at for words: a count must not cost more than its page.
WORDS_COUNT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[MaintenanceRequest]
    total: int
    next_cursor: str


def find_request(session: Session, request_id: int) -> MaintenanceRequest | None:
    """One request with timeline, photos and triage, as it is now, in four short queries."""
    return session.scalar(_with_parts().where(MaintenanceRequest.id == request_id))


def find_by_reference(session: Session, reference: str) -> MaintenanceRequest | None:
    return session.scalar(_with_parts().where(MaintenanceRequest.reference == reference))


def _with_parts() -> Select[tuple[MaintenanceRequest]]:
    return (
        select(MaintenanceRequest)
        .options(
            selectinload(MaintenanceRequest.timeline),
            selectinload(MaintenanceRequest.photos),
            selectinload(MaintenanceRequest.triage_results),
        )
        .execution_options(populate_existing=True)
    )


def list_requests(session: Session, wanted: Filter) -> Page:
    """One page, and where the next one begins."""
    found, next_place = list_rows(session, wanted, MaintenanceRequest)
    rows: Sequence[MaintenanceRequest] = [row[0] for row in found]
    total = wanted.skip + len(rows)
    ends_here = next_place is None and (rows or not wanted.skip)
    if wanted.after or not ends_here or total > COUNT_LIMIT:
        total = count_matching(session, wanted)
    return Page(rows, total, write_cursor(next_place) if next_place else "")


def list_rows(
    session: Session, wanted: Filter, *columns: Any
) -> tuple[Sequence[Row[Any]], Place | None]:
    """These columns of one page, and the place after which there is more."""
    if wanted.searches:
        return _found_rows(session, wanted, columns)
    order = (getattr(MaintenanceRequest, wanted.sort), MaintenanceRequest.id)
    query = select(*columns, order[0].label("place"), order[1].label("place_id"))
    query = query.where(*indexed_conditions(wanted))
    if wanted.after:
        query = query.where(beyond(wanted, wanted.after, order))
    query = query.order_by(*in_order(wanted, order)).offset(wanted.skip).limit(wanted.limit + 1)
    rows = session.execute(query).all()
    shown = rows[: wanted.limit]
    return shown, Place(shown[-1].place, shown[-1].place_id) if len(rows) > len(shown) else None


def _found_rows(
    session: Session, wanted: Filter, columns: tuple[Any, ...]
) -> tuple[Sequence[Row[Any]], Place | None]:
    places = find_places(session, wanted)
    shown = places[: wanted.limit]
    if not shown:
        return [], None
    ids = cast([place.row_id for place in shown], ARRAY(BigInteger))
    query = select(*columns).where(MaintenanceRequest.id == func.any(ids))
    rows = session.execute(query.order_by(func.array_position(ids, MaintenanceRequest.id))).all()
    next_place = shown[-1] if len(places) > len(shown) else None
    if next_place and not wanted.ranks:
        next_place = replace(next_place, tier=None)
    return rows, next_place


def count_matching(session: Session, wanted: Filter) -> int:
    """How many requests fit the filter, wherever the page stands: exact up to ``COUNT_LIMIT``
    (with words ``WORDS_COUNT_LIMIT``), and exact beyond it for no filter and for one status,
    category or priority alone."""
    if (known := _known_count(session, wanted)) is not None:
        return known
    if wanted.searches and (wanted.created_from or wanted.created_to):
        # As the page is found: left to itself the planner reads the whole table for these.
        some = replace(wanted, skip=0, limit=WORDS_COUNT_LIMIT - 1, ranked=False, after=None)
        return len(find_places(session, some))
    conditions = [*indexed_conditions(wanted), *in_location(wanted)]
    if not wanted.searches:
        query = select(MaintenanceRequest.id)
    else:
        query = select(SearchText.request_id).where(words_of(wanted))
        if conditions:
            same = MaintenanceRequest.id == SearchText.request_id
            query = query.join(MaintenanceRequest, same)
    limit = WORDS_COUNT_LIMIT if wanted.searches else COUNT_LIMIT
    found = query.where(*conditions).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _known_count(session: Session, wanted: Filter) -> int | None:
    given = {
        field.name: value
        for field in fields(Filter)
        if field.name not in ("skip", "limit", "sort", "descending", "ranked", "after")
        and (value := getattr(wanted, field.name)) not in (None, "")
    }
    if not given:
        return count_requests(session)
    if len(given) == 1 and (dimension := next(iter(given))) in ("status", "category", "priority"):
        return count_requests(session, dimension=dimension, name=given[dimension])
    return None
