"""What a list may be asked for in a query string, as pydantic models."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.settings import get_settings
from models.days import end_of, start_of
from models.queries.requests import CURSOR
from models.views import View
from models.words import Category, Language, Priority, Status
from web.schemas import SEEN, Incoming, ShortText, not_blank

_BLANK = {"type": "string", "maxLength": 0}
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _yes_or_no(value: Any) -> Any:
    if value and str(value).lower() not in ("true", "false"):
        raise PydanticCustomError("literal_error", "no boolean", {"expected": "true, false"})
    return None if value == "" else value


def _day_or_moment(as_moment: Callable[[date, ZoneInfo], datetime]) -> BeforeValidator:
    """RFC 3339, or a day alone, which is one of the house; pydantic would also take numbers, and
    guess what they count."""

    def read(value: Any) -> Any:
        if not value:
            return None
        if not (found := _DAY.match(str(value))):
            raise PydanticCustomError("not_a_moment", "neither day nor time")
        if found.end() < len(value):
            return value
        try:
            return as_moment(date.fromisoformat(value), get_settings().timezone)
        except ValueError:
            raise PydanticCustomError("not_a_moment", "no such day") from None

    return BeforeValidator(read)


def read_day(value: Any) -> Any:
    """A day alone, or None where nothing is given."""
    if value and not isinstance(value, date) and not _DAY.fullmatch(str(value)):
        raise PydanticCustomError("not_a_day", "no day")
    return value or None


def _in_utc(value: datetime | None) -> datetime | None:
    """The database knows no offsets beyond 16 hours, RFC 3339 does; without one it is UTC."""
    if value is None or value.tzinfo is None:
        return value and value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return _FIRST if value.year == 1 else _LAST


_SHOWN = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": name} for name in ("date-time", "date")] + [_BLANK]}
)
_From = Annotated[datetime | None, _day_or_moment(start_of), AfterValidator(_in_utc), _SHOWN]
_To = Annotated[datetime | None, _day_or_moment(end_of), AfterValidator(_in_utc), _SHOWN]

_MOST_VALUES = 20  # of one parameter


def _without_blanks(values: Any) -> Any:
    """In one order, so that equal lists are equal; an empty value counts as not given. What is
    refused stays as it is, too many values also where they say the same."""
    is_list = isinstance(values, list) and len(values) <= _MOST_VALUES
    if not is_list or not all(isinstance(value, str) for value in values):
        return values
    return sorted({value for value in values if value != ""})


def _schema_of(words: type[StrEnum]) -> WithJsonSchema:
    items = {"type": "string", "enum": [*words, ""]}
    return WithJsonSchema({"type": "array", "items": items, "maxItems": _MOST_VALUES})


# Parameters that may stand several times: any of their values.
_BLANKS = BeforeValidator(_without_blanks)
_SEVERAL: Any = Field(default_factory=list, max_length=_MOST_VALUES)
_Statuses = Annotated[list[Status], _BLANKS, _schema_of(Status), _SEVERAL]
_Categories = Annotated[list[Category], _BLANKS, _schema_of(Category), _SEVERAL]
_Priorities = Annotated[list[Priority], _BLANKS, _schema_of(Priority), _SEVERAL]
_Assignees = Annotated[list[ShortText], _BLANKS, _SEVERAL]
# Who writes a program means somebody: nobody has a word of its own.
_NamedAssignees = Annotated[
    list[
        Annotated[
            ShortText,
            AfterValidator(not_blank),
            Field(json_schema_extra={"minLength": 1, "pattern": SEEN}),
        ]
    ],
    AfterValidator(lambda names: sorted(set(names))),
    _SEVERAL,
]
_Places = Annotated[
    list[ShortText],
    _BLANKS,
    Field(
        default_factory=list,
        max_length=_MOST_VALUES,
        description="A location as it was written, whole.",
    ),
]


# As digits: a number that a query string writes otherwise is none of them.
_Ratings = Annotated[
    list[Literal["1", "2", "3", "4", "5"]],
    _BLANKS,
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "enum": [*"12345", ""]},
            "maxItems": _MOST_VALUES,
        }
    ),
    Field(
        default_factory=list,
        max_length=_MOST_VALUES,
        description="The requester has rated the work with so many stars.",
    ),
]


_VIEWS = (
    "Open requests (pending, in progress, on hold) that need a person now (pending, unsure, answered, "
    "with danger, urgent, or past their target), that are the caller's, or nobody's; those on hold; those past their target; all open "
    "ones; or all, which is meant unless said. Other parameters make it narrower."
)


class WordsQuery(Incoming):
    """Filters that lists and figures have in common."""

    status: _Statuses
    category: _Categories
    priority: _Priorities
    assignee: _Assignees
    location: Annotated[ShortText, Field()] = ""


class SearchQuery(WordsQuery):
    """Which requests; an empty value counts as not given. ``assignee`` is a name as it was written,
    ``me``, or ``none`` for nobody."""

    view: Annotated[
        View | None,
        BeforeValidator(lambda value: value or None),
        WithJsonSchema({"type": "string", "enum": [*View, ""]}),
    ] = Field(default=None, description=_VIEWS)
    unsure: Annotated[
        bool | None,
        BeforeValidator(_yes_or_no),
        WithJsonSchema({"type": "string", "enum": ["true", "false", ""]}),
    ] = None
    place: _Places
    created_from: _From = Field(default=None, description="A moment, or a day of the house.")
    created_to: _To = Field(
        default=None, description="Before this moment, or to the end of this day of the house."
    )
    completed_from: _From = Field(default=None, description="Completed, and not earlier.")
    completed_to: _To = Field(default=None, description="Completed, and not later.")
    open_at: _To = Field(
        default=None, description="Open at this moment, or at the end of this day of the house."
    )
    corrected: Annotated[
        bool | None,
        BeforeValidator(_yes_or_no),
        WithJsonSchema({"type": "string", "enum": ["true", "false", ""]}),
    ] = Field(
        default=None, description="An operator gave another category or priority than triage."
    )
    rating: _Ratings
    q: Annotated[ShortText, Field()] = ""


_Cursor = Annotated[
    str, Field(max_length=200, json_schema_extra={"pattern": f"^({CURSOR.pattern})?$"})
]


URGENCY = "urgency"


class DeskQuery(SearchQuery):
    """A page of the desk's list."""

    sort: Literal["", "urgency", "-created_at", "created_at", "-updated_at"] = ""
    cursor: _Cursor = ""


class FilterQuery(SearchQuery):
    """Which requests, and in which order."""

    assignee: _NamedAssignees

    sort: Literal["-created_at", "created_at", "-updated_at", "updated_at", "urgency"] = Field(
        default="-created_at",
        description="Newest first unless said; by urgency what is urgent or dangerous comes first, and "
        "the newest first in both; in view=needs_person it is so "
        "unless said. With q and without sort the best match comes first: "
        "exactly the reference, number or address, then words that begin so, then the rest.",
    )


class ListQuery(FilterQuery):
    """A page of them."""

    skip: int = Field(default=0, ge=0, le=10_000_000)
    limit: int = Field(default=100, ge=1, le=500)
    cursor: _Cursor = ""


class RepliesQuery(Incoming):
    """Which prepared replies; an empty value counts as not given."""

    language: Annotated[
        Language | None,
        BeforeValidator(lambda value: value or None),
        WithJsonSchema({"type": "string", "enum": [*Language, ""]}),
    ] = None
