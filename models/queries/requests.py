"""Reading requests: one with all that belongs to it, or a page of many."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, selectinload

from models.maintenance_request import MaintenanceRequest
from models.queries.search import mentions
from models.queries.statistics import count_requests
from models.search_text import SearchText
from models.services.search import terms_of

# Counting stops here: a longer list is as good as endless for whoever looks at a page of it.
COUNT_LIMIT = 1_000
# What ``write_cursor`` writes: for who wants to know it before asking.
CURSOR = re.compile(r"[0-9]{1,17}\.[0-9]{1,18}")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. ``after`` is the sort value and id of the row before the page."""

    skip: int = 0
    limit: int = 100
    status: str | None = None
    category: str | None = None
    priority: str | None = None
    unsure: bool | None = None
    location: str = ""
    q: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None
    sort: str = "created_at"
    descending: bool = True
    after: tuple[datetime, int] | None = None

    @property
    def searches(self) -> bool:
        """Whether words have to be looked for."""
        return bool(terms_of(self.q) or terms_of(self.location))


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
    found, more = list_rows(session, wanted, MaintenanceRequest)
    rows: Sequence[MaintenanceRequest] = [row[0] for row in found]
    cursor = write_cursor(getattr(rows[-1], wanted.sort), rows[-1].id) if more else ""
    return Page(rows, count_matching(session, wanted), cursor)


def list_rows(session: Session, wanted: Filter, *columns: Any) -> tuple[Sequence[Row[Any]], bool]:
    """These columns of one page, and whether there is more after it."""
    order = _order(wanted)
    query = _selected(select(*columns), wanted)
    if wanted.after:
        place = tuple_(*order)
        query = query.where(place < wanted.after if wanted.descending else place > wanted.after)
    query = query.order_by(*(part.desc() if wanted.descending else part.asc() for part in order))
    rows = session.execute(query.offset(wanted.skip).limit(wanted.limit + 1)).all()
    return rows[: wanted.limit], len(rows) > wanted.limit


def _order(wanted: Filter) -> tuple[Any, Any]:
    """By the searched text's own copy of the time where words are searched: its index has both."""
    if wanted.searches and wanted.sort == "created_at":
        return SearchText.created_at, SearchText.request_id
    return getattr(MaintenanceRequest, wanted.sort), MaintenanceRequest.id


def count_matching(session: Session, wanted: Filter) -> int:
    """How many requests fit the filter, wherever the page stands: exact up to ``COUNT_LIMIT``,
    and exact beyond it for no filter and for one status, category or priority alone."""
    if (known := _known_count(session, wanted)) is not None:
        return known
    words_alone = wanted.searches and not _conditions(wanted)
    start = _words(select(SearchText.request_id), wanted) if words_alone else None
    query = start if start is not None else _selected(select(MaintenanceRequest.id), wanted)
    found = query.limit(COUNT_LIMIT).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _known_count(session: Session, wanted: Filter) -> int | None:
    given = {
        field.name: value
        for field in fields(Filter)
        if field.name not in ("skip", "limit", "sort", "descending", "after")
        and (value := getattr(wanted, field.name)) not in (None, "")
    }
    if not given:
        return count_requests(session)
    if len(given) == 1 and (dimension := next(iter(given))) in ("status", "category", "priority"):
        return count_requests(session, dimension=dimension, name=given[dimension])
    return None


def _selected(query: Select[Any], wanted: Filter) -> Select[Any]:
    query = query.where(*_conditions(wanted))
    if not wanted.searches:
        return query
    return _words(query.join(SearchText, SearchText.request_id == MaintenanceRequest.id), wanted)


def _words(query: Select[Any], wanted: Filter) -> Select[Any]:
    words = (mentions(wanted.q), mentions(wanted.location))
    return query.where(*(condition for condition in words if condition is not None))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    row = MaintenanceRequest
    conditions: list[ColumnElement[bool]] = [
        getattr(row, name) == value
        for name in ("status", "category", "priority", "unsure")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.created_from:
        conditions.append(row.created_at >= wanted.created_from)
    if wanted.created_to:
        conditions.append(row.created_at < wanted.created_to)
    if wanted.location:
        conditions.append(row.location.icontains(wanted.location, autoescape=True))
    return conditions


def write_cursor(value: datetime, row_id: int) -> str:
    """A place in a list: microseconds since 1970, and the row."""
    return f"{(value - _EPOCH) // timedelta(microseconds=1)}.{row_id}"


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """Raises ValueError if it is none of ours."""
    if not CURSOR.fullmatch(cursor):
        raise ValueError
    microseconds, _, row_id = cursor.partition(".")
    return _EPOCH + timedelta(microseconds=int(microseconds)), int(row_id)
