"""What narrows a list with words, in SQL, with its values given beside it.

``m`` is the request, ``s`` its text for the search.
"""

import re
from collections.abc import Sequence
from typing import Any

from models.queries.listing.filter import Filter
from models.services.search import indexed, terms_of

_AS_THEY_ARE = re.compile(r"[ 0-9A-Za-z가-힣#(),./-]+")
_WILD = re.compile(r"([\\%_])")


class Given(dict[str, Any]):
    """What a statement is given: each value once, under a name of its own."""

    def name(self, value: Any) -> str:
        """How the statement says ``value``."""
        for known, same in self.items():
            if same == value:
                return f":{known}"
        name = f"given{len(self)}"
        self[name] = value
        return f":{name}"


def escaped(text: str) -> str:
    """As LIKE takes it for what it is."""
    return _WILD.sub(r"\\\1", text)


def equal_to(wanted: Filter, given: Given) -> list[str]:
    """What a column of the request must be."""
    words = [
        f"m.{name} = {given.name(value)}"
        for name in ("status", "category", "priority")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.unsure is not None:
        words.append("m.unsure" if wanted.unsure else "NOT m.unsure")
    return words


def created_between(wanted: Filter, column: str, given: Given) -> list[str]:
    """The time of ``column``, which both tables have: asked of the one that is walked."""
    limits = ((">=", wanted.created_from), ("<", wanted.created_to))
    return [f"{column} {sign} {given.name(limit)}" for sign, limit in limits if limit]


def in_location(wanted: Filter, given: Given) -> list[str]:
    """That the words of the location stand in the location, and not elsewhere; asked only where the
    words are: joined, the planner would rather read all locations."""
    if not terms_of(wanted.location):
        return []
    where = "(SELECT r.location FROM maintenance_requests r WHERE r.id = s.request_id)"
    return [stands_in(where, wanted.location, given)]


def stands_in(column: str, words: str, given: Given) -> str:
    """That ``words`` stand in the column as they were written, whatever the case of their letters."""
    written = escaped(words.replace("\0", " "))  # PostgreSQL takes no NUL
    # Lowering each row's text costs more than looking through it, and Korean has no cases.
    like = "LIKE" if words.lower() == words.upper() else "ILIKE"
    return f"{column} {like} {given.name(f'%{written}%')}"


def says_all(location: str) -> bool:
    """Whether a location that these words stand in also holds each of them as the index has it, so
    that looking there is enough. Folding leaves such letters as they are; a word too short for the
    index counts at the beginning of words only."""
    terms = terms_of(location)
    return bool(terms) and _AS_THEY_ARE.fullmatch(location) is not None and all(map(indexed, terms))


def where_all(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
