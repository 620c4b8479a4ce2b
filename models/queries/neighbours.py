"""Other requests of the same place: those that are open, and the last ones that are over.

A place is what the requester typed; blanks, case and width do not count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from models.base import Database
from models.maintenance_request import MaintenanceRequest, folded_place
from models.words import OPEN

MOST_OPEN, MOST_CLOSED = 10, 5
# So many of the newest of a place are looked at: a place may be "the main building".
LOOKED_AT = 500

_OPEN = ", ".join(f"'{status.value}'" for status in OPEN)
_FIND = text(
    rf"""
    WITH newest AS (
        SELECT id, reference, left(description, 200) AS description, category, priority, status,
            language, created_at, status IN ({_OPEN}) AS is_open
        FROM maintenance_requests
        WHERE {folded_place("location")} = {folded_place("CAST(:place AS text)")} AND location <> ''
        ORDER BY created_at DESC, id DESC LIMIT {LOOKED_AT}
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY is_open ORDER BY created_at DESC, id DESC) AS rank
        FROM newest WHERE id <> :id
    )
    SELECT id, reference, description, category, priority, status, language, created_at, is_open
    FROM ranked WHERE rank <= CASE WHEN is_open THEN {MOST_OPEN} ELSE {MOST_CLOSED} END
    ORDER BY is_open DESC, created_at DESC, id DESC
    """
)


class Neighbour(NamedTuple):
    id: int
    reference: str
    description: str
    category: str
    priority: str
    status: str
    language: str
    created_at: datetime
    is_open: bool


def list_neighbours(database: Database, request: MaintenanceRequest) -> Sequence[Neighbour]:
    """The newest first, the open ones before the others; none where no place was given."""
    if not request.location:
        return []
    found = database.execute(_FIND, {"id": request.id, "place": request.location})
    return [Neighbour(*row) for row in found]
