"""The list's rows as HTML. A row that is shown again, to whomever and in whichever list, is not
written again: a page of 50 is opened all day, after each change and by every operator."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

from flask import current_app
from markupsafe import Markup, escape
from sqlalchemy import Row

from models.targets import standing_of
from web.http.language import current_language
from web.pages.pieces import pieces_in
from web.pages.template_context import csrf_token

KEPT = 1000  # rows in this process, of 3 to 6 kB
# What a row shows: whatever else changes, it is the same row.
_SHOWN = (
    "id",
    "version",
    "status",
    "reference",
    "priority",
    "danger",
    "unsure",
    "language",
    "description",
    "location",
    "category",
    "photo_count",
)
_shown = attrgetter(*_SHOWN)
# Where the caller's own are put in. No text of a requester's has a NUL: PostgreSQL stores none.
_CSRF_TOKEN, _HERE = "\0csrf_token\0", "\0here\0"


def write_rows(rows: Iterable[Row[Any]], here: str, teams: Mapping[int, str]) -> Markup:
    """``rows`` have the columns of ``models.queries.requests.ON_THE_DESK``; ``here`` is the query
    string of the list that they stand in, for their forms; ``teams`` are those that are called
    otherwise in the caller's language, by id."""
    language = current_language()
    ago = pieces_in(language)["ago"]
    written = "".join(
        _written(
            language,
            (*_shown(row), teams.get(row.assignee_team_id, row.assignee)),
            standing_of(row.status, row.priority, row.created_at),
            ago(row.created_at),
        )
        for row in rows
    )
    own = written.replace(_CSRF_TOKEN, escape(csrf_token())).replace(_HERE, escape(here))
    return Markup(own)  # noqa: S704 - the template and the two lines above escape


@lru_cache(maxsize=KEPT)
def _written(language: str, shown: tuple[Any, ...], standing: str, age: Markup) -> str:
    return current_app.jinja_env.get_template("desk_row.html").render(
        pieces_in(language),
        row=dict(zip((*_SHOWN, "assignee"), shown, strict=True)),
        standing=standing,
        age=age,
        csrf_token=_CSRF_TOKEN,
        here=_HERE,
    )
