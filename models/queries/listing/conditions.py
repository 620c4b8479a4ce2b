"""SQL conditions for searching lists. Values go into bind parameters.

In the SQL, ``m`` is maintenance_requests and ``s`` is search_texts.
"""

import re
from collections.abc import Sequence
from typing import Any

from models.queries.listing.compound import compound, given_in
from models.queries.listing.filter import WORDS, Filter
from models.services.search import indexed, terms_of
from models.views import condition_of

_UNCHANGED_BY_FOLDING = re.compile(r"[ 0-9A-Za-z가-힣#(),./-]+")
_WILDCARDS = re.compile(r"([\\%_])")


class Parameters(dict[str, Any]):
    """The bind parameters of a statement by name; equal values share one."""

    def bind(self, value: Any) -> str:
        """The placeholder of ``value``, such as ``:value0``."""
        for known, same in self.items():
            if same == value:
                return f":{known}"
        name = f"value{len(self)}"
        self[name] = value
        return f":{name}"


def escape_like(text: str) -> str:
    """``text`` for a LIKE pattern, without wildcards."""
    return _WILDCARDS.sub(r"\\\1", text)


def equal_to(wanted: Filter, parameters: Parameters) -> list[str]:
    """Conditions on the request's own columns."""
    conditions = [
        f"m.{name} IN ({', '.join(parameters.bind(value) for value in values)})"
        for name in WORDS
        if (values := getattr(wanted, name))
    ]
    if wanted.view:
        conditions.append(condition_of(wanted.view, "m"))
    if wanted.unsure is not None:
        conditions.append("m.unsure" if wanted.unsure else "NOT m.unsure")
    conditions += [
        compound(name, parameters.bind(value), "m") for name, value in given_in(wanted).items()
    ]
    return conditions


def created_between(wanted: Filter, column: str, parameters: Parameters) -> list[str]:
    """Limits of the creation time. Both tables have it; ``column`` is that of the scanned table."""
    limits = ((">=", wanted.created_from), ("<", wanted.created_to))
    return [f"{column} {sign} {parameters.bind(limit)}" for sign, limit in limits if limit]


def in_location(wanted: Filter, parameters: Parameters) -> list[str]:
    """That the location contains the location's words; the search text has other fields too.

    A subquery, so that it runs only for rows that contain the words. With a join the planner would
    read all locations.
    """
    if not terms_of(wanted.location):
        return []
    where = "(SELECT r.location FROM maintenance_requests r WHERE r.id = s.request_id)"
    return [contains(where, wanted.location, parameters)]


def contains(column: str, words: str, parameters: Parameters) -> str:
    """That the column contains ``words`` as they were written, in upper or lower case."""
    written = escape_like(words.replace("\0", " "))  # PostgreSQL takes no NUL
    # ILIKE lower-cases each row's text, which costs more than the search; Korean does not need it.
    like = "LIKE" if words.lower() == words.upper() else "ILIKE"
    return f"{column} {like} {parameters.bind(f'%{written}%')}"


def location_suffices(location: str) -> bool:
    """Whether ``contains`` on the location alone gives the same result as the search text, so that
    the search text need not be read.

    That holds if folding does not change the characters and the index has each word. (A word too
    short for the index is only found at the beginning of words.)
    """
    terms = terms_of(location)
    unchanged = _UNCHANGED_BY_FOLDING.fullmatch(location) is not None
    return bool(terms) and unchanged and all(map(indexed, terms))


def where_all(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
