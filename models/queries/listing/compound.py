"""Conditions of a filter that are more than one column equal to a value: written once in SQL, for
the page, its count and the search."""

from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, DateTime, SmallInteger, Text, TypeEngine

from models.words import Status

# ``{row}`` stands before a column of maintenance_requests, ``{value}`` for what the filter says.
_COMPLETED = f"{{row}}status = '{Status.COMPLETED}' AND {{row}}ended_at"
_CORRECTED = (
    "EXISTS (SELECT FROM corrections c WHERE c.request_id = {row}id "
    "AND c.was <> c.became AND c.was <> 'pending')"
)
_CONDITIONS = {
    "place": "{row}location = ANY ({value})",
    "completed_from": f"{_COMPLETED} >= {{value}}",
    "completed_to": f"{_COMPLETED} < {{value}}",
    "open_at": "{row}created_at < {value} AND ({row}ended_at IS NULL OR {row}ended_at >= {value})",
    "corrected": f"CASE WHEN {{value}} THEN {_CORRECTED} ELSE NOT {_CORRECTED} END",
    "rating": (
        "EXISTS (SELECT FROM ratings g WHERE g.request_id = {row}id AND g.stars = ANY ({value}))"
    ),
}
_MOMENT: TypeEngine[Any] = DateTime(timezone=True)
_TYPES: dict[str, TypeEngine[Any]] = {
    "place": ARRAY(Text),
    "corrected": Boolean(),
    "rating": ARRAY(SmallInteger),
}
COMPOUND = tuple(_CONDITIONS)


def given_in(wanted: object) -> dict[str, Any]:
    """Those that a filter names, with what it says."""
    found = {name: getattr(wanted, name) for name in COMPOUND}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if value not in (None, ())
    }


def compound(name: str, placeholder: str, table: str) -> str:
    """The condition in SQL; ``table`` is what the statement calls maintenance_requests."""
    return f"({_CONDITIONS[name].format(row=f'{table}.', value=placeholder)})"


def compound_clause(name: str, table: str) -> TextClause:
    """The same for a statement of SQLAlchemy's: the bind parameter has the condition's name."""
    parameter = bindparam(name, type_=_TYPES.get(name, _MOMENT))
    return text(compound(name, f":{name}", table)).bindparams(parameter)
