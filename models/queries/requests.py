"""Reading requests: one with all that belongs to it, or a page of many."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload, selectinload

from models.base import Database
from models.errors import NotFound
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.prepared import Prepared
from models.queries.listing.compound import find_only_key
from models.queries.listing.filter import (
    CURSOR,
    WORDS,
    Filter,
    Position,
    indexed_conditions,
    read_cursor,
    write_cursor,
)
from models.queries.listing.page import page_statement
from models.queries.listing.search import count_some, find_positions
from models.queries.listing.view_counts import COUNTED_TO, count_views
from models.queries.statistics import COUNTER, count_requests
from models.views import View

__all__ = [
    "COUNTED_TO",
    "CURSOR",
    "LISTED",
    "ON_THE_DESK",
    "WORDS",
    "Filter",
    "Page",
    "Position",
    "count_views",
    "read_cursor",
    "write_cursor",
]

# What a list shows of each request: rows of columns, which cost a quarter of entities.
LISTED = (
    "id",
    "reference",
    "description",
    "category",
    "priority",
    "status",
    "location",
    "language",
    "assignee",
    "danger",
    "unsure",
    "created_at",
    "updated_at",
    "completed_at",
    "contact_info",
    "requester_name",
)
_ROWS = MaintenanceRequest.__table__.c
_COLUMNS = tuple(_ROWS[name] for name in (*LISTED, "version"))
_PHOTOS = select(func.count()).where(Photo.request_id == _ROWS.id).correlate(_ROWS.id.table)
# What the desk shows: the number of photos too, by one look into an index for each row of a page.
ON_THE_DESK = (
    *_COLUMNS,
    _ROWS.assignee_team_id,
    _PHOTOS.scalar_subquery().label("photo_count"),
)
# A row's id and its version in the database, which each change of anything in it makes another.
STAMP = (_ROWS.id, cast(literal_column("maintenance_requests.xmin"), Text).label("xmin"))
LISTED_WITH_STAMP = (*(_ROWS[name] for name in (*LISTED, "link_version")), STAMP[1])
# What makes a list shorter.
_NARROWING = tuple(
    field.name
    for field in fields(Filter)
    if field.name
    not in ("skip", "limit", "sort", "descending", "ranked", "urgent_first", "pressing", "after")
)

# Counting stops here: a longer list is as good as endless for whoever looks at a page of it.
COUNT_LIMIT = 1_000
# And sooner where each row has to be looked at for words: a count must not cost more than its page.
WORDS_COUNT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page:
    """``rows`` have the columns that were asked for: those of ``LISTED`` and the ``version``."""

    rows: Sequence[Row[Any]]
    total: int
    next_cursor: str


def find_request(session: Session, request_id: int) -> MaintenanceRequest | None:
    """One request with timeline, photos and triage, as it is now, in four short queries."""
    return session.scalar(_with_parts("id"), {"value": request_id})


def find_by_reference(session: Session, reference: str) -> MaintenanceRequest | None:
    return session.scalar(_with_parts("reference"), {"value": reference})


def lock_request(session: Session, request_id: int) -> MaintenanceRequest:
    """One request, locked until the transaction ends, as it is once the lock is there: also where
    the session has read it before.

    Raises:
        NotFound
    """
    locked = select(MaintenanceRequest).where(MaintenanceRequest.id == request_id).with_for_update()
    request = session.scalar(locked, execution_options={"populate_existing": True})
    if request is None:
        raise NotFound
    return request


def list_by_ids(session: Session, ids: Collection[int]) -> list[MaintenanceRequest]:
    """Those of them that there are, with all that belongs to them, as they are now."""
    if not ids:
        return []
    return list(session.scalars(_BY_IDS, {"ids": list(ids)}).unique())


class LinkedRequest(NamedTuple):
    """What is asked of the request of a link before it opens."""

    id: int
    link_version: int
    ended_at: datetime | None


def find_linked(database: Database, reference: str) -> LinkedRequest | None:
    found = database.execute(_LINKED, {"reference": reference}).first()
    return LinkedRequest(*found) if found else None


_LINKED = select(
    MaintenanceRequest.id, MaintenanceRequest.link_version, MaintenanceRequest.ended_at
).where(MaintenanceRequest.reference == bindparam("reference"))
# In two queries, since pages wait for it: a request has a handful of photos and one or two triage
# results, which may multiply. Joined with the timeline as well they would be too many rows.
_BY_IDS = (
    select(MaintenanceRequest)
    .where(MaintenanceRequest.id == func.any(bindparam("ids", type_=ARRAY(BigInteger))))
    .options(
        joinedload(MaintenanceRequest.photos),
        joinedload(MaintenanceRequest.triage_results),
        joinedload(MaintenanceRequest.rating),
        selectinload(MaintenanceRequest.timeline),
    )
    .execution_options(populate_existing=True)
)


@lru_cache(maxsize=2)
def _with_parts(key: str) -> Select[tuple[MaintenanceRequest]]:
    return (
        select(MaintenanceRequest)
        .where(getattr(MaintenanceRequest, key) == bindparam("value"))
        .options(
            selectinload(MaintenanceRequest.timeline),
            selectinload(MaintenanceRequest.photos),
            selectinload(MaintenanceRequest.triage_results),
            joinedload(MaintenanceRequest.rating),
        )
        .execution_options(populate_existing=True)
    )


def list_requests(database: Database, wanted: Filter, columns: tuple[Any, ...] = _COLUMNS) -> Page:
    """One page, and where the next one begins."""
    if wanted.searches:
        rows, next_position, known = _found_rows(
            database, wanted, columns, enough=WORDS_COUNT_LIMIT
        )
    elif counted := counter_of(wanted):
        rows, next_position = _read_page(database, wanted, (*columns, COUNTER), counted)
        known = rows[0].total if rows else None
    else:
        (rows, next_position), known = list_rows(database, wanted, *columns), None
    total = count_of_page(wanted, len(rows), goes_on=next_position is not None)
    if total is None:
        total = count_matching(database, wanted) if known is None else known
    return Page(rows, total, write_cursor(next_position) if next_position else "")


def count_of_page(wanted: Filter, rows: int, *, goes_on: bool) -> int | None:
    """How many requests fit, where a page with so many ``rows`` tells it."""
    total = wanted.skip + rows
    ends_here = not goes_on and (rows or not wanted.skip)
    return None if wanted.after or not ends_here or total > COUNT_LIMIT else total


def list_rows(
    database: Database, wanted: Filter, *columns: Any
) -> tuple[Sequence[Row[Any]], Position | None]:
    """These columns of one page, and the position after which there is more."""
    if wanted.searches:
        found, next_position, _ = _found_rows(database, wanted, columns)
        return found, next_position
    return _read_page(database, wanted, columns, {})


def _read_page(
    database: Database, wanted: Filter, columns: tuple[Any, ...], values: dict[str, Any]
) -> tuple[Sequence[Row[Any]], Position | None]:
    """``values`` are what the columns themselves ask for."""
    wanted = _with_key(database, wanted)
    if wanted.urgent_first and wanted.view != View.NEEDS_PERSON and not wanted.skip:
        return _read_by_urgency(database, wanted, columns, values)
    statement, given = page_statement(wanted, columns)
    rows = statement.find(database, given | values).all()
    shown = rows[: wanted.limit]
    if len(rows) == len(shown):
        return shown, None
    last = shown[-1]
    tier = last.tier if wanted.pressing_first else None
    return shown, Position(datetime.fromisoformat(last.position), last.position_id, tier)


def _with_key(database: Database, wanted: Filter) -> Filter:
    """By one key where that is what the names mean: then the rows need not be looked for."""
    if wanted.assignee and (key := find_only_key(database, wanted.assignee)):
        return replace(wanted, assignee=(), assignee_key=key)
    return wanted


def _read_by_urgency(
    database: Database, wanted: Filter, columns: tuple[Any, ...], values: dict[str, Any]
) -> tuple[Sequence[Row[Any]], Position | None]:
    """What presses, then the rest: each part has an index in its order, both together have none."""
    rows: list[Row[Any]] = []
    for tier, pressing in enumerate((True, False)):
        after = wanted.after
        if after and after.tier and after.tier > tier:
            continue
        left = wanted.limit - len(rows)
        part = replace(
            wanted,
            pressing=pressing,
            urgent_first=False,
            ranked=False,
            limit=max(left, 1),
            after=after if after and (after.tier or 0) == tier else None,
        )
        found, further = _read_page(database, part, columns, values)
        if found and not left:  # the page is full, and this part goes on
            last = rows[-1]
            return rows, Position(datetime.fromisoformat(last.position), last.position_id, 0)
        rows += found
        if further:
            return rows, replace(further, tier=tier)
    return rows, None


def _found_rows(
    database: Database, wanted: Filter, columns: tuple[Any, ...], *, enough: int = 0
) -> tuple[Sequence[Row[Any]], Position | None, int | None]:
    """With the number of all that fit, up to ``enough``, where it came to light."""
    found = find_positions(database, wanted, enough=enough)
    shown = found.positions[: wanted.limit]
    if not shown:
        return [], None, found.total
    next_position = shown[-1] if len(found.positions) > len(shown) else None
    if next_position and not wanted.ranks:
        next_position = replace(next_position, tier=None)
    ids = [position.row_id for position in shown]
    return rows_in_order(database, ids, columns), next_position, found.total


def rows_in_order(
    database: Database, ids: Sequence[int], columns: tuple[Any, ...] = _COLUMNS
) -> Sequence[Row[Any]]:
    """These columns of the requests with these ids, in their order; those that are gone are left
    out."""
    return _rows_in_order(columns).find(database, {"ids": list(ids)}).all()


@lru_cache(maxsize=32)
def _rows_in_order(columns: tuple[Any, ...]) -> Prepared:
    ids = bindparam("ids", type_=ARRAY(BigInteger))
    query = select(*columns).where(MaintenanceRequest.id == func.any(ids))
    query = query.order_by(func.array_position(ids, MaintenanceRequest.id))
    return Prepared.select("requests_by_id", query)


def count_matching(database: Database, wanted: Filter) -> int:
    """How many requests fit the filter, wherever the page stands: exact up to ``COUNT_LIMIT``
    (with words ``WORDS_COUNT_LIMIT``), and exact beyond it for no filter and for one status,
    category or priority alone."""
    if counted := counter_of(wanted):
        return count_requests(database, **counted)
    if wanted.searches:
        return count_some(database, wanted, WORDS_COUNT_LIMIT)
    wanted = _with_key(database, wanted)
    found = select(MaintenanceRequest.id).where(*indexed_conditions(wanted)).limit(COUNT_LIMIT)
    return database.scalar(select(func.count()).select_from(found.subquery())) or 0


def counter_of(wanted: Filter) -> dict[str, Any] | None:
    """Which of the kept numbers says how many fit, if one does."""
    given = {
        field: value
        for field in _NARROWING
        if (value := getattr(wanted, field)) not in (None, "", ())
    }
    if not given:
        return {"dimension": "status", "name": None}
    if len(given) == 1 and (dimension := next(iter(given))) in ("status", "category", "priority"):
        names = given[dimension]
        return {"dimension": dimension, "name": names[0]} if len(names) == 1 else None
    return None
