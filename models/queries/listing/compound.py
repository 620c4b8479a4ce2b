"""Conditions of a filter that are more than one column equal to a value: written once in SQL, for
the page, its count and the search."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, DateTime, SmallInteger, Text, TypeEngine

from models.assignee_key import ASSIGNEE_KEY, NAME, TEAM, USER
from models.base import Database
from models.words import Status

# ``{row}`` stands before a column of maintenance_requests, ``{value}`` for what the filter says.
_COMPLETED = f"{{row}}status = '{Status.COMPLETED}' AND {{row}}ended_at"
_CORRECTED = (
    "EXISTS (SELECT FROM corrections c WHERE c.request_id = {row}id "
    "AND c.was <> c.became AND c.was <> 'pending')"
)
# Whoever is called so: a value may also be a key itself. Closed teams have work still.
_CALLED = f"""ARRAY(
    SELECT given FROM unnest({{value}}) AS given UNION ALL
    SELECT '{NAME}' || given FROM unnest({{value}}) AS given UNION ALL
    SELECT '{USER}' || u.id FROM unnest({{value}}) AS given
        JOIN users u ON given <> '' AND (u.username = lower(given) OR u.name = given) UNION ALL
    SELECT '{TEAM}' || t.id FROM unnest({{value}}) AS given
        JOIN teams t ON given <> '' AND lower(given) IN (lower(t.name_ko), lower(t.name_en)))"""
_OF_USER = f"""ARRAY(
    SELECT '{USER}' || {{value}} UNION ALL
    SELECT '{TEAM}' || team_id FROM team_members WHERE user_id = {{value}})"""
_IS_ASSIGNED = "{row}assignee <> ''"  # an index has these
_CONDITIONS = {
    "mine": f"{_IS_ASSIGNED} AND {ASSIGNEE_KEY} = ANY ({_OF_USER})",
    "assignee": f"{_IS_ASSIGNED} AND {ASSIGNEE_KEY} = ANY ({_CALLED})",
    "assignee_key": f"{_IS_ASSIGNED} AND {ASSIGNEE_KEY} = {{value}}",
    "assignee_or_nobody": f"{ASSIGNEE_KEY} = ANY ({_CALLED})",
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
    "mine": BigInteger(),
    "assignee": ARRAY(Text),
    "assignee_key": Text(),
    "assignee_or_nobody": ARRAY(Text),
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


_FIND_KEYS = text(f"""
    SELECT key FROM unnest({_CALLED.format(value="CAST(:names AS text[])")}) AS key
    WHERE EXISTS (SELECT FROM maintenance_requests m
        WHERE m.assignee <> '' AND {ASSIGNEE_KEY.format(row="m.")} = key)
    GROUP BY key LIMIT 2
""")


def find_only_key(database: Database, names: Sequence[str]) -> str:
    """The key of the only assignee with requests who is called one of ``names``; empty if there are
    several, and a key that nobody has if there is none. An index has the rows of one key in the
    list's order."""
    keys = database.execute(_FIND_KEYS, {"names": list(names)}).scalars().all()
    if len(keys) > 1:
        return ""
    return str(keys[0]) if keys else f"{TEAM}0"
