"""The statement of a page of a list: built once for each kind of list, and given its values.

Building one costs several times what PostgreSQL needs for the page.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select, tuple_

from models.maintenance_request import MaintenanceRequest
from models.queries.listing.filter import Filter

_ROWS = MaintenanceRequest.__table__.c
_EQUAL = ("status", "category", "priority", "unsure")

# What an index of the requests answers, as ``indexed_conditions`` has it.
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    **{name: _ROWS[name] == bindparam(name, type_=_ROWS[name].type) for name in _EQUAL},
    "created_from": _ROWS.created_at >= bindparam("created_from"),
    "created_to": _ROWS.created_at < bindparam("created_to"),
}
_AFTER: BindParameter[Any] = bindparam("after", type_=_ROWS.created_at.type)
_AFTER_ID: BindParameter[Any] = bindparam("after_id")


def page_statement(wanted: Filter, columns: tuple[Any, ...]) -> tuple[Select[Any], dict[str, Any]]:
    """A page without words, and one row more if there is more; its values.

    ``columns`` are followed by ``position`` and ``position_id``, where the row stands in the list.
    """
    values = {name: given for name in _CONDITIONS if (given := getattr(wanted, name)) is not None}
    names = tuple(values)
    values |= {"skip": wanted.skip, "size": wanted.limit + 1}
    if wanted.after:
        values |= {"after": wanted.after.value, "after_id": wanted.after.row_id}
    statement = _statement(columns, names, wanted.sort, wanted.descending, wanted.after is not None)
    return statement, values


@lru_cache(maxsize=512)
def _statement(
    columns: tuple[Any, ...], names: tuple[str, ...], sort: str, descending: bool, goes_on: bool
) -> Select[Any]:
    position, position_id = _ROWS[sort], _ROWS.id
    query = select(*columns, position.label("position"), position_id.label("position_id"))
    query = query.where(*(_CONDITIONS[name] for name in names))
    if goes_on:
        stands, after = tuple_(position, position_id), tuple_(_AFTER, _AFTER_ID)
        query = query.where(stands < after if descending else stands > after)
    order = [column.desc() if descending else column.asc() for column in (position, position_id)]
    return query.order_by(*order).offset(bindparam("skip")).limit(bindparam("size"))
