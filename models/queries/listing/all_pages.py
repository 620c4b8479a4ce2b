"""A whole list, page by page. Each page has its own transaction; none stays open in between."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries.requests import Filter, list_rows

PAGE = 1000
_COLUMNS = tuple(MaintenanceRequest.__table__.columns)


def list_pages(
    open_session: Callable[[], AbstractContextManager[Session]], wanted: Filter
) -> Iterator[Sequence[Row[Any]]]:
    """All requests that fit the filter, in its order, up to ``PAGE`` rows at a time. A row has all
    columns of the table.

    Requests that are submitted meanwhile may be missing; in the order of ``updated_at``, so may
    requests that are changed meanwhile.
    """
    wanted = replace(wanted, skip=0, limit=PAGE)
    while True:
        with open_session() as session:
            rows, position = list_rows(session, wanted, *_COLUMNS)
        yield rows
        if not position:
            return
        wanted = replace(wanted, after=position)
