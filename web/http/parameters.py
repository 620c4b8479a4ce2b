"""Which parameters of a query string a route reads: one rule for all routes. What nobody reads is
refused before the view is called, or it would pass for a filter that was obeyed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app, request
from pydantic import BaseModel

from web.http.encodings import UNREADABLE
from web.http.parsing import SHOWN_ERRORS, SHOWN_NAME, field_error, field_problem, lists_of
from web.http.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])

# What other people's programs put behind the address of a page that is passed on.
_OF_LINKS = re.compile(
    r"utm_[a-z_]{1,20}|fbclid|gclid|gbraid|wbraid|gad_source|msclkid|igsh|mc_[ce]id"
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """``several`` are those that may stand there more than once; with ``unreadable`` what is in no
    known encoding is taken as it was sent. ``foreign`` are those of a call that goes elsewhere."""

    names: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    unreadable: bool = False
    foreign: bool = False


_NONE = Parameters()
_TAKEN: dict[Callable[..., Any], Parameters] = {}


def takes(
    *names: str,
    model: type[BaseModel] | None = None,
    unreadable: bool = False,
    foreign: bool = False,
) -> Callable[[View], View]:
    """Declare what a view reads of the query: the fields of ``model``, and ``names``. ``lang`` is
    read everywhere. ``foreign``: nothing, but the query is somebody else's to judge."""
    fields = frozenset(model.model_fields) if model else frozenset()
    several = lists_of(model) if model else frozenset()

    def declare(view: View) -> View:
        _TAKEN[view] = Parameters(fields | frozenset(names), several, unreadable, foreign)
        return view

    return declare


def parameters_of(view: Callable[..., Any]) -> Parameters:
    """What the view reads besides ``lang``."""
    return _TAKEN.get(view, _NONE)


def check_parameters() -> None:
    """Raises Problem (422): a parameter cannot be read, means nothing here, or stands twice where one
    value is meant."""
    if not request.query_string or request.endpoint is None or request.method == "OPTIONS":
        return
    taken = parameters_of(current_app.view_functions[request.endpoint])
    if taken.foreign:
        return
    given = request.args  # reading them finds what cannot be read
    wrong_text = request.environ.get(UNREADABLE)
    if wrong_text and not taken.unreadable:
        raise field_problem(wrong_text[:SHOWN_NAME], "encoding")
    wrong = {
        name: kind
        for name, values in given.lists()
        if (kind := _what_is_wrong(name, len(values), taken))
    }
    if wrong:
        shown = list(wrong.items())[:SHOWN_ERRORS]
        errors = tuple(field_error(name[:SHOWN_NAME], kind) for name, kind in shown)
        raise Problem(422, "invalid_input", errors=errors)


def _what_is_wrong(name: str, count: int, taken: Parameters) -> str:
    if name != "lang" and name not in taken.names:
        return "" if _is_of_links(name) else "unknown_parameter"
    return "repeated" if count > 1 and name not in taken.several else ""


def _is_of_links(name: str) -> bool:
    is_page = request.blueprint == "pages" and request.method in ("GET", "HEAD")
    return is_page and bool(_OF_LINKS.fullmatch(name))
