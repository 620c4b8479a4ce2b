"""The statement of a page of a list: built and planned once for each kind of list.

Either costs several times what PostgreSQL needs for the page.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Text,
    TextClause,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    not_,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from models.maintenance_request import MaintenanceRequest
from models.prepared import Prepared
from models.queries.listing.compound import COMPOUND, compound_clause, given_in
from models.queries.listing.filter import WORDS, Filter
from models.views import condition_of, pressing

_ROWS = MaintenanceRequest.__table__.c
_CONDITIONS: dict[str, ColumnElement[bool] | TextClause] = {
    **{name: _ROWS[name] == func.any(bindparam(name, type_=ARRAY(Text))) for name in WORDS},
    "created_from": _ROWS.created_at >= bindparam("created_from"),
    "created_to": _ROWS.created_at < bindparam("created_to"),
    **{name: compound_clause(name, MaintenanceRequest.__tablename__) for name in COMPOUND},
}
_IN_THE_TEXT = {"literal_binds": True}
_AFTER: BindParameter[Any] = bindparam("after", type_=_ROWS.created_at.type)
_AFTER_ID: BindParameter[Any] = bindparam("after_id")
_TABLE = MaintenanceRequest.__tablename__
_PRESSING: ColumnElement[Any] = literal_column(pressing(_TABLE), Boolean())
_TIER: ColumnElement[Any] = literal_column(f"CASE WHEN {pressing(_TABLE)} THEN 0 ELSE 1 END")
_AFTER_PRESSING: BindParameter[Any] = bindparam("after_pressing", type_=Boolean())


class _Kind(NamedTuple):
    """What makes two pages the same statement; ``equal`` are columns and constants, ``names`` further
    conditions."""

    columns: tuple[Any, ...]
    equal: tuple[tuple[str, str | bool], ...]
    names: tuple[str, ...]
    view: str
    pressing_first: bool
    pressing: bool | None
    sort: str
    descending: bool
    goes_on: bool


def page_statement(wanted: Filter, columns: tuple[Any, ...]) -> tuple[Prepared, dict[str, Any]]:
    """A page without words, and one row more if there is more; its values.

    ``columns`` are followed by ``position`` (a moment as text: only that of the last row is read),
    ``position_id`` and, where the filter says ``pressing_first``, ``tier``: where the row stands in
    the list.
    """
    equal = _constants_of(wanted)
    values = {name: given for name in _CONDITIONS if (given := getattr(wanted, name))}
    values |= given_in(wanted)
    # Several values are an array: each set of them as a statement would be thousands.
    values = {
        name: list(given) if isinstance(given, tuple) else given
        for name, given in values.items()
        if name not in equal
    }
    names = tuple(values)
    values |= {"skip": wanted.skip, "size": wanted.limit + 1}
    if wanted.after:
        values |= {"after": wanted.after.value, "after_id": wanted.after.row_id}
        if wanted.pressing_first:
            values |= {"after_pressing": wanted.after.tier == 0}
    kind = _Kind(
        columns,
        tuple(equal.items()),
        names,
        wanted.view,
        wanted.pressing_first,
        wanted.pressing,
        wanted.sort,
        wanted.descending,
        goes_on=wanted.after is not None,
    )
    return _statement(kind), values


def _constants_of(wanted: Filter) -> dict[str, str | bool]:
    """The columns for which one value is wanted, with it: few values each, and a common one wants
    another plan than a rare one, so each has its own statement."""
    found: dict[str, str | bool] = {
        name: values[0] for name in WORDS if len(values := getattr(wanted, name)) == 1
    }
    if wanted.unsure is not None:
        found["unsure"] = wanted.unsure
    return found


@lru_cache(maxsize=512)
def _statement(kind: _Kind) -> Prepared:
    position, position_id = _ROWS[kind.sort], _ROWS.id
    query = select(
        *kind.columns, cast(position, Text).label("position"), position_id.label("position_id")
    )
    query = query.where(*(_ROWS[name] == _constant(value) for name, value in kind.equal))
    query = query.where(*(_CONDITIONS[name] for name in kind.names))
    if kind.view:
        query = query.where(literal_column(f"({condition_of(kind.view, _TABLE)})"))
    if kind.pressing is not None:
        query = query.where(_PRESSING if kind.pressing else not_(_PRESSING))
    stands: tuple[ColumnElement[Any], ...] = (position, position_id)
    after: tuple[BindParameter[Any], ...] = (_AFTER, _AFTER_ID)
    if kind.pressing_first:
        query = query.add_columns(_TIER.label("tier"))
        stands, after = (_PRESSING, *stands), (_AFTER_PRESSING, *after)
    if kind.goes_on:
        here, last = tuple_(*stands), tuple_(*after)
        query = query.where(here < last if kind.descending else here > last)
    order = [column.desc() if kind.descending else column.asc() for column in stands]
    query = query.order_by(*order).offset(bindparam("skip")).limit(bindparam("size"))
    return Prepared.select("list_page", query)


def _constant(value: str | bool) -> ColumnElement[Any]:
    typed = literal(value, Boolean()) if isinstance(value, bool) else literal(str(value), Text())
    written = typed.compile(dialect=postgresql.dialect(), compile_kwargs=_IN_THE_TEXT)  # type: ignore[no-untyped-call]
    return literal_column(str(written))
