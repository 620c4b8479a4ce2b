"""A whole list, page after page: each in a transaction of its own, none held open between them."""

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
    """All requests that fit the filter, in its order; a row of the same columns for each.

    What comes in meanwhile may be missing, and so may what changes meanwhile where the order is
    by ``updated_at``.
    """
    wanted = replace(wanted, skip=0, limit=PAGE)
    while True:
        with open_session() as session:
            rows, position = list_rows(session, wanted, *_COLUMNS)
        yield rows
        if not position:
            return
        wanted = replace(wanted, after=position)
