"""A page of the list by one short statement, for whoever wants it at the same moment.

The statement says who of those who ask is logged in, how many requests there are, and which rows
the page holds: their numbers and stamps, not what is in them. A row that was shown before and whose
stamp is the same need not be read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from models.prepared import Prepared
from models.queries.filters import Filter
from models.queries.requests import LISTED, kept_count_of
from models.words import Category, Priority, Status

# Statements of a connection: each list that somebody looks at often is one. Others are read in the
# usual way.
MOST_STATEMENTS = 64

_VALUES = {"status": Status, "category": Category, "priority": Priority}
# A row's version, and PostgreSQL's own stamp of whoever wrote the row last: no way to change a
# row can forget it.
_STAMP = "id || '.' || version || '.' || xmin"
_PAGE = """
    WITH logins AS MATERIALIZED (
        SELECT login.id, login.user_id, person.role
        FROM unnest($1, $2) AS shown (login_id, user_id)
        JOIN login_sessions login ON login.id = shown.login_id AND login.user_id = shown.user_id
        JOIN users person ON person.id = login.user_id
        WHERE login.revoked_at IS NULL AND login.expires_at > $3 AND person.active
    )
    SELECT who.logins, {count}, page.stamps
    FROM (SELECT string_agg(id || '.' || user_id || '.' || role, ' ') AS logins FROM logins) who,
        LATERAL (
            SELECT string_agg({stamp}, ' ') AS stamps FROM (
                SELECT id, version, xmin FROM maintenance_requests {where}
                ORDER BY {sort} {order}, id {order} LIMIT {size}
            ) rows
        ) page
    WHERE who.logins IS NOT NULL
"""
_COUNT = """(
    (SELECT coalesce(sum(n), 0) FROM statistic_counts WHERE dimension = '{dimension}'{named})
    + (SELECT coalesce(sum(n), 0) FROM statistic_deltas{where})
)::bigint"""

_ROWS = Prepared(
    "bigint[]",
    f"SELECT {', '.join(LISTED)}, {_STAMP} FROM maintenance_requests WHERE id = ANY($1)",
)


@dataclass(frozen=True, slots=True)
class ShownLogin:
    """What a token says of its login."""

    login_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """``roles`` of the logins that still stand; ``total`` is the number of requests in the list;
    ``stamps`` are those of its rows, with one more than the page has if there is one."""

    roles: dict[ShownLogin, str]
    total: int
    stamps: Sequence[str]


def page_statement(wanted: Filter) -> Prepared | None:
    """The statement of a list, or None if it has to be read in the usual way: with words in it, by
    numbers that are not kept, or from the middle by ``skip``."""
    counted = kept_count_of(wanted)
    if counted is None or wanted.skip or wanted.searches:
        return None
    if (known := _statements.get(_shape_of(wanted))) is None:
        if len(_statements) >= MOST_STATEMENTS:
            return None
        known = _statements[_shape_of(wanted)] = _write_statement(wanted, **counted)
    return known


_statements: dict[tuple[object, ...], Prepared] = {}


def _shape_of(wanted: Filter) -> tuple[object, ...]:
    """All but the place of the page, which the statement is given."""
    named = (wanted.status, wanted.category, wanted.priority)
    return *named, wanted.sort, wanted.descending, wanted.limit, wanted.after is None


def _write_statement(wanted: Filter, *, dimension: str, name: str | None) -> Prepared:
    """The value of a filter stands in it, so that the planner knows how common it is."""
    conditions, named, deltas = [], "", ""
    if name is not None:
        word = _VALUES[dimension](name).value  # one of ours, so it may stand in a statement
        conditions.append(f"{dimension} = '{word}'")
        named, deltas = f" AND name = '{word}'", f" WHERE {dimension} = '{word}'"
    if wanted.after:
        conditions.append(f"({wanted.sort}, id) {'<' if wanted.descending else '>'} ($4, $5)")
    statement = _PAGE.format(
        count=_COUNT.format(dimension=dimension, named=named, where=deltas),
        stamp=_STAMP,
        where=f"WHERE {' AND '.join(conditions)}" if conditions else "",
        sort=wanted.sort,
        order="DESC" if wanted.descending else "ASC",
        size=wanted.limit + 1,
    )
    place = ", timestamptz, bigint" if wanted.after else ""
    return Prepared(f"bigint[], bigint[], timestamptz{place}", statement)


def read_stamps(
    connection: Connection,
    statement: Prepared,
    wanted: Filter,
    logins: Sequence[ShownLogin],
    *,
    moment: datetime,
) -> Stamps | None:
    """What the page holds at ``moment``; None if none of the logins stands any more.

    Raises:
        psycopg2.Error
    """
    values: list[object] = [
        [login.login_id for login in logins],
        [login.user_id for login in logins],
        moment,
    ]
    if wanted.after:
        values += [wanted.after.value, wanted.after.row_id]
    for found, total, stamps in statement.rows(connection, values):
        return Stamps(_roles(found), total, stamps.split(" ") if stamps else [])
    return None


def _roles(found: str) -> dict[ShownLogin, str]:
    parts = (one.split(".") for one in found.split(" "))
    return {ShownLogin(int(login), int(user)): role for login, user, role in parts}


def read_rows(connection: Connection, ids: Sequence[int]) -> list[tuple[str, dict[str, object]]]:
    """Stamp, and columns by the names of ``LISTED``, of the rows with these ids."""
    rows = _ROWS.rows(connection, [list(ids)])
    return [(row[-1], dict(zip(LISTED, row, strict=False))) for row in rows]
