"""The filter of a list, and the cursors of its pages."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, TextClause, literal_column

from models.maintenance_request import MaintenanceRequest
from models.queries.listing.compound import compound_clause, given_in
from models.services.search import terms_of
from models.views import View, condition_of

# What ``write_cursor`` writes, for checking a cursor before it is used.
CURSOR = re.compile(r"(?:[0-2]\.)?[0-9]{1,17}\.[0-9]{1,18}")

# Fields of a filter that may have several words.
WORDS = ("status", "category", "priority")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """A row of a list: its sort value, its id, and its tier where the list is ranked."""

    value: datetime
    row_id: int
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests a list has, their order, and the page. ``after`` is the row before the page.

    Of ``status``, ``category``, ``priority`` and ``assignee`` any of the values fits, and without
    values all do. An assignee is a username, a display name, a team's name, a free name, or a key as
    in ``models.assignee_key``; ``assignee_key`` is the key
    of the only one, in ``assignee_or_nobody`` stands an empty one for nobody. ``view`` is a
    ``View``, empty for all; ``mine`` is the id of the user whose requests and teams' requests are
    meant, given with the view of that name. ``place`` is a location as it was written, whole; ``open_at`` leaves
    what was open at that moment, ``corrected`` what an operator gave another category or priority
    than triage, ``rating`` what its requester gave any of these stars.

    With ``urgent_first``, what is urgent or dangerous comes first in any view; ``pressing`` is one of
    the two parts of such a list.
    With ``ranked``, requests are sorted by how well they fit ``q``, then by time: see ``ranks``.
    """

    skip: int = 0
    limit: int = 100
    view: str = ""
    mine: int | None = None
    status: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    assignee_key: str | None = None
    assignee_or_nobody: tuple[str, ...] = ()
    unsure: bool | None = None
    location: str = ""
    q: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None
    place: tuple[str, ...] = ()
    completed_from: datetime | None = None
    completed_to: datetime | None = None
    open_at: datetime | None = None
    corrected: bool | None = None
    rating: tuple[int, ...] = ()
    sort: str = "created_at"
    descending: bool = True
    ranked: bool = True
    urgent_first: bool = False
    pressing: bool | None = None
    after: Position | None = None

    @property
    def searches(self) -> bool:
        """Whether the filter has words to search for."""
        return bool(terms_of(self.q) or terms_of(self.location))

    @property
    def ranks(self) -> bool:
        """Whether the list is sorted by tier first. It is not after a position without a tier, which
        comes from a page of a list sorted by time."""
        return self._by_tier and bool(terms_of(self.q))

    @property
    def pressing_first(self) -> bool:
        """Whether what is urgent or dangerous comes first: in the view of what needs a person, and
        where it is asked for. Its tiers are 0 for these and 1 for the others."""
        is_wanted = self.urgent_first or self.view == View.NEEDS_PERSON
        return self._by_tier and is_wanted and not self.searches

    @property
    def _by_tier(self) -> bool:
        by_time = self.after is not None and self.after.tier is None
        return self.ranked and self.sort == "created_at" and self.descending and not by_time


def indexed_conditions(wanted: Filter) -> list[ColumnElement[bool] | TextClause]:
    """The conditions for which an index has the rows in the list's order."""
    row = MaintenanceRequest
    conditions: list[ColumnElement[bool] | TextClause] = [
        getattr(row, name).in_(values) for name in WORDS if (values := getattr(wanted, name))
    ]
    if wanted.view:
        conditions.append(literal_column(condition_of(wanted.view, row.__tablename__)))
    if wanted.unsure is not None:
        conditions.append(row.unsure == wanted.unsure)
    if wanted.created_from:
        conditions.append(row.created_at >= wanted.created_from)
    if wanted.created_to:
        conditions.append(row.created_at < wanted.created_to)
    conditions += [
        compound_clause(name, row.__tablename__).bindparams(**{name: value})
        for name, value in given_in(wanted).items()
    ]
    return conditions


def write_cursor(position: Position) -> str:
    """A position as text: its tier if it has one, microseconds since 1970 (UTC), and the row's id."""
    microseconds = (position.value - _EPOCH) // timedelta(microseconds=1)
    tier = "" if position.tier is None else f"{position.tier}."
    return f"{tier}{microseconds}.{position.row_id}"


def read_cursor(cursor: str) -> Position:
    """The position that ``write_cursor`` wrote.

    Raises:
        ValueError: it is no such cursor.
    """
    if not CURSOR.fullmatch(cursor):
        raise ValueError
    *tier, microseconds, row_id = cursor.split(".")
    value = _EPOCH + timedelta(microseconds=int(microseconds))
    return Position(value, int(row_id), int(tier[0]) if tier else None)
