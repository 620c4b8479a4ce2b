"""From a query string to a page of the list, and to the links around it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from models.queries import requests as queries
from web.schemas import ListQuery


def filter_of(query: ListQuery) -> queries.Filter:
    """Raises ValueError: the cursor is none of ours."""
    return queries.Filter(
        **query.model_dump(exclude={"cursor", "sort"}),
        sort=query.sort.lstrip("-"),
        descending=query.sort.startswith("-"),
        ranked="sort" not in query.model_fields_set,
        after=queries.read_cursor(query.cursor) if query.cursor else None,
    )


def links_of(given: Mapping[str, str], wanted: queries.Filter, next_cursor: str) -> str:
    """RFC 8288 links as the header ``Link`` has them: onwards by cursor, backwards for who counts
    with skip. ``given`` is the query as it came."""
    kept = {name: value for name, value in given.items() if name not in ("cursor", "skip")}
    links = []
    if next_cursor:
        links.append(_link({**kept, "cursor": next_cursor}, "next"))
    if wanted.skip > 0:
        links.append(_link({**kept, "skip": str(max(0, wanted.skip - wanted.limit))}, "prev"))
    return ", ".join(links)


def _link(given: Mapping[str, str], relation: str) -> str:
    return f'</api/requests?{urlencode(given)}>; rel="{relation}"'
