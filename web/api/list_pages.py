"""From a query string to a page of the list, and to the links around it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from models.queries import requests as queries
from models.services.assignees import wanted_assignees
from models.user import Person
from models.views import View
from web.http.parsing import field_problem
from web.list_query import URGENCY, SearchQuery


def filter_of(query: SearchQuery, user: Person) -> queries.Filter:
    """What a query string means to this user.

    Raises:
        Problem: the cursor is none of ours.
    """
    given: dict[str, Any] = query.model_dump(exclude={"cursor", "sort", "view"})
    sort, cursor = getattr(query, "sort", ""), getattr(query, "cursor", "")
    # Said or not, newest first is the rest of the order; said, it is all of it.
    by_tier = sort in ("", URGENCY) or "sort" not in query.model_fields_set
    column = "-created_at" if sort in ("", URGENCY) else sort
    given |= {name: tuple(map(str, given[name])) for name in (*queries.WORDS, "place")}
    given["rating"] = tuple(map(int, given["rating"]))
    given |= wanted_assignees(given["assignee"], user)
    return queries.Filter(
        **given,
        view="" if query.view in (None, View.ALL) else query.view,
        mine=user.id if query.view == View.MINE else None,
        sort=column.lstrip("-"),
        descending=column.startswith("-"),
        ranked=by_tier,
        urgent_first=sort == URGENCY,
        after=_position(cursor) if cursor else None,
    )


def _position(cursor: str) -> queries.Position:
    try:
        return queries.read_cursor(cursor)
    except ValueError:
        raise field_problem("cursor", "bad_cursor") from None


def links_of(given: Mapping[str, list[str]], wanted: queries.Filter, next_cursor: str) -> str:
    """RFC 8288 links as the header ``Link`` has them: onwards by cursor, backwards for who counts
    with skip. ``given`` is the query as it came."""
    kept = {name: values for name, values in given.items() if name not in ("cursor", "skip")}
    links = []
    if next_cursor:
        links.append(_link({**kept, "cursor": [next_cursor]}, "next"))
    if wanted.skip > 0:
        links.append(_link({**kept, "skip": [str(max(0, wanted.skip - wanted.limit))]}, "prev"))
    return ", ".join(links)


def _link(given: Mapping[str, list[str]], relation: str) -> str:
    return f'</api/requests?{urlencode(given, doseq=True)}>; rel="{relation}"'
